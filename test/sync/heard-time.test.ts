import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { heardTimeIn } from '../../sync/heard-time.ts'

const noon = Date.parse('2026-11-21T12:00:00.000Z')

describe('the time when the platform was last heard', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'heard-'))
  })
  afterEach(() => rmSync(dir, { recursive: true }))

  it('outlives a restart, and a later one takes its place', () => {
    const file = join(dir, 'heard')
    heardTimeIn(file).keep(noon - 60_000)
    heardTimeIn(file).keep(noon)
    expect(heardTimeIn(file).last()).toBe(noon)
    expect(readdirSync(dir)).toEqual(['heard'])
  })

  it.each(['', 'nonsense', '2026-11-2', '2026-11-21T12:00:00.000Z\0'])('is unknown where the file holds %j', (text) => {
    writeFileSync(join(dir, 'heard'), text)
    expect(heardTimeIn(join(dir, 'heard')).last()).toBe(0)
  })

  it('is unknown, and costs nothing else, where it can be neither read nor written', () => {
    const file = join(dir, 'heard')
    mkdirSync(file)
    const heard = heardTimeIn(file)
    heard.keep(noon)
    expect(heard.last()).toBe(0)
  })
})
