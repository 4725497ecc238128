import type { ReaderDriver } from './driver.ts'

/** Shows codes by itself, one after the other, for demonstrations. */
export const simulator: ReaderDriver = {
  name: 'simulator',

  matches: (device, settings) => device.kind === 'simulator' && device.id === settings.id,

  async open(_device, settings, on) {
    if (settings.driver !== 'simulator') throw new TypeError('expected the settings of a simulator')
    let next = 0
    let timer: NodeJS.Timeout | undefined
    const show = () => {
      const code = settings.codes[next++ % settings.codes.length] ?? ''
      on.reading(Buffer.from(code, 'utf8')).finally(() => {
        if (timer !== undefined) timer = setTimeout(show, settings.everyMs)
      })
    }
    timer = setTimeout(show, Math.min(settings.everyMs, 500))
    return {
      async close() {
        clearTimeout(timer)
        timer = undefined
      },
    }
  },
}
