import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { type Keystroke, Wedge } from '../contract/wedge.ts'
import { openPage } from './support/chromium.ts'
import { tempFolder } from './support/folder.ts'
import { keyOf, timed } from './support/keystrokes.ts'
import { serve, visits } from './support/programs.ts'

const codeOf = (n: number) => `00109000000${n}|010000001|Nguyen Van Mau|15011990|Nam|So 1 pho Mau|01072021`
const answered = '[data-screen="verdict"]'

/** A gate whose readers type into the page, where a text field has the focus. */
async function openGate(...lanes: readonly object[][]) {
  const settings = join(tempFolder(), 'settings.json')
  const all = lanes.map((readers, n) => ({ id: `lane-${n + 1}`, name: `Cổng ${n + 1}`, direction: 'in', readers }))
  writeFileSync(settings, JSON.stringify({ lanes: all }))
  const data = tempFolder()
  const gate = await serve('service', ['--data', data, '--settings', settings])
  const { page, faults } = await openPage()
  await page.goto(gate.url)
  await page.locator('[data-screen="idle"]').first().waitFor()
  await page.evaluate(() => {
    const field = document.body.appendChild(document.createElement('input'))
    field.id = 'field'
    field.addEventListener('keydown', (event) => event.stopPropagation())
    field.focus()
  })
  const arrived = () => page.locator('#field').inputValue()
  return { data, page, faults, arrived, log: gate.log }
}

/** Presses keys `gapMs` apart by the browser's own clock, however busy this machine is. */
async function press(page: Page, text: string, gapMs: number, different: object = {}): Promise<void> {
  const session = await page.context().newCDPSession(page)
  const start = Date.now() / 1000
  const sent = [...text].flatMap((character, n) => {
    const { code, shiftKey } = keyOf(character)
    const timestamp = start + (n * gapMs) / 1000
    const stroke = { code, modifiers: shiftKey ? 8 : 0, key: character, text: character, timestamp, ...different }
    return (['keyDown', 'keyUp'] as const).map((type) => session.send('Input.dispatchKeyEvent', { ...stroke, type }))
  })
  await Promise.all(sent)
  await session.detach()
}

const scan = (page: Page, code: string) => press(page, `${code}\r`, 2)

it('knows every key by the name that Chromium gives it', async () => {
  const { page } = await openPage()
  await page.setContent('<input autofocus>')
  await page.evaluate(() => {
    const strokes: object[] = []
    Object.assign(window, { strokes })
    for (const name of ['keydown', 'keyup'] as const)
      window.addEventListener(
        name,
        ({ type, code, key, keyCode, shiftKey, ctrlKey, altKey, metaKey, isComposing, repeat }) =>
          strokes.push({ type, code, key, keyCode, shiftKey, ctrlKey, altKey, metaKey, isComposing, repeat }),
      )
  })
  const ascii = Array.from({ length: 95 }, (_, n) => String.fromCharCode(0x20 + n)).join('')
  for (const character of ascii) await page.keyboard.press(`${keyOf(character).shiftKey ? 'Shift+' : ''}${character}`)
  for (const digit of '0123456789') await page.keyboard.press(`Numpad${digit}`)
  await page.keyboard.press('NumpadEnter')
  const strokes: Keystroke[] = await page.evaluate('strokes')
  const wedge = new Wedge()
  const out = timed(strokes, 5).flatMap((stroke) => wedge.push(stroke))
  const bytes = [...Buffer.from(`${ascii}0123456789`)]
  expect(out).toEqual([{ kind: 'message', bytes: Uint8Array.from(bytes) }])
})

it('lets a person in whose code is typed at the speed of a reader, and no key arrives in a field', async () => {
  const { data, page, arrived, faults } = await openGate([{ id: 'typing', driver: 'wedge' }])
  await scan(page, codeOf(1))
  await page.locator(answered).waitFor()
  expect(await arrived()).toBe('')
  expect(faults).toEqual([])
  expect(await visits('service', ['--data', data])).toMatchObject([{ reader: 'typing', method: 'reader' }])
}, 60_000)

it('reads nothing that a person types', async () => {
  const { data, page, arrived } = await openGate([{ id: 'typing', driver: 'wedge' }])
  await press(page, `${codeOf(1)}\r`, 110)
  await scan(page, codeOf(2))
  await page.locator(answered).waitFor()
  expect(await visits('service', ['--data', data])).toHaveLength(1)
  expect(await arrived()).toBe('')
}, 60_000)

it('names an input method that changes what the reader types, until a code comes whole', async () => {
  const { data, page } = await openGate([{ id: 'typing', driver: 'wedge' }])
  await press(page, codeOf(1), 2, { windowsVirtualKeyCode: 229, key: 'Process', text: '' })
  await page.locator('[data-screen="retry"]').waitFor()
  await page.locator('[data-screen="fault"]').getByText('an input method changes what the reader types').waitFor()
  await scan(page, codeOf(2))
  await page.locator(answered).waitFor()
  await page.locator('[data-screen="idle"]').waitFor()
  expect(await visits('service', ['--data', data])).toHaveLength(1)
}, 60_000)

it('drops a code that holds a chord, and says so in the log', async () => {
  const { data, page, log } = await openGate([{ id: 'typing', driver: 'wedge' }])
  const session = await page.context().newCDPSession(page)
  const timestamp = Date.now() / 1000
  session.send('Input.dispatchKeyEvent', { type: 'keyDown', code: 'KeyP', key: 'p', modifiers: 2, timestamp })
  await scan(page, 'calc.exe')
  await page.locator('[data-screen="retry"]').waitFor()
  expect(log.filter((line) => line.includes('"why":"chord"'))).toHaveLength(1)
  expect(log.join()).not.toContain('calc')
  expect(await visits('service', ['--data', data])).toEqual([])
}, 60_000)

it('says that another window has the keyboard', async () => {
  const { page } = await openGate([{ id: 'typing', driver: 'wedge' }])
  const focus = (has: boolean) =>
    page.evaluate((is) => {
      document.hasFocus = () => is
      window.dispatchEvent(new Event(is ? 'focus' : 'blur'))
    }, has)
  await focus(false)
  await page.locator('[data-screen="fault"]').getByText('another window has the keyboard').waitFor()
  await focus(true)
  await page.locator('[data-screen="idle"]').waitFor()
}, 60_000)

it('tells two readers apart by their prefixes alone', async () => {
  const typing = (id: string, prefix: string) => [{ id, driver: 'wedge', prefix }]
  const { data, page } = await openGate(typing('a', '<'), typing('b', '>'), typing('c', '>'))
  await press(page, `>${codeOf(1)}\r`, 100)
  await page.locator(`[data-lane="lane-2"]${answered}`).waitFor()
  await press(page, `<${codeOf(2)}\r`, 100)
  await page.locator(`[data-lane="lane-1"]${answered}`).waitFor()
  expect(await visits('service', ['--data', data])).toMatchObject([{ reader: 'b' }, { reader: 'a' }])
  await page.locator('[data-lane="lane-3"][data-screen="fault"]').getByText('cannot be told from another').waitFor()
}, 60_000)

it('leaves the keyboard alone where no reader types', async () => {
  const { page, arrived } = await openGate([
    { id: 'demo', driver: 'simulator', codes: [codeOf(1)] },
    { id: 'taken', driver: 'wedge', path: '/dev/input/by-id/usb-EXAMPLE-event-kbd' },
  ])
  await page.keyboard.type('a note')
  expect(await arrived()).toBe('a note')
}, 60_000)
