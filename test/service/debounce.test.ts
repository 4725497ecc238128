import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { Debounce } from '../../service/debounce.ts'

const bytes = (text: string) => Buffer.from(text)

describe('debouncing', () => {
  it('takes a code once while it is held, however long', () => {
    const debounce = new Debounce()
    expect(debounce.isHeld(bytes('a'), 0)).toBe(false)
    for (let now = 100; now <= 60_000; now += 100) expect(debounce.isHeld(bytes('a'), now)).toBe(true)
  })

  it('takes it anew after two seconds away, and not a moment earlier', () => {
    const debounce = new Debounce()
    expect(debounce.isHeld(bytes('a'), 0)).toBe(false)
    expect(debounce.isHeld(bytes('a'), 1999)).toBe(true)
    expect(debounce.isHeld(bytes('a'), 3999)).toBe(false)
  })

  it('keeps codes apart that are shown in turn', () => {
    const debounce = new Debounce()
    const held = ['a', 'b', 'a', 'b', 'c', 'a'].map((code, i) => debounce.isHeld(bytes(code), i * 100))
    expect(held).toEqual([false, false, true, true, false, true])
  })

  it('tells codes apart by every byte', () => {
    const debounce = new Debounce()
    expect(debounce.isHeld(bytes('a'), 0)).toBe(false)
    expect(debounce.isHeld(bytes('a\0'), 0)).toBe(false)
    expect(debounce.isHeld(bytes('A'), 0)).toBe(false)
  })

  it('remembers a bounded number of codes, the newest', () => {
    const debounce = new Debounce()
    for (let i = 0; i < 10_000; i++) debounce.isHeld(bytes(`code ${i}`), 0)
    expect(debounce.isHeld(bytes('code 0'), 1)).toBe(false)
    expect(debounce.isHeld(bytes('code 9999'), 1)).toBe(true)
  })

  it('forgets the code that was away the longest, not the one that came first', () => {
    const debounce = new Debounce()
    const show = (from: number, to: number) => {
      for (let i = from; i < to; i++) debounce.isHeld(bytes(`code ${i}`), 0)
    }
    debounce.isHeld(bytes('a'), 0)
    show(0, 40)
    debounce.isHeld(bytes('a'), 0)
    show(40, 80)
    expect(debounce.isHeld(bytes('a'), 0)).toBe(true)
  })

  it('keeps nothing that could be read back', () => {
    const debounce = new Debounce()
    debounce.isHeld(bytes('001090000001'), 0)
    expect(inspect(debounce, { showHidden: true, depth: null })).not.toContain('001090')
  })
})
