import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Lists } from '../../../service/store/lists.ts'
import { canonical, sha256 } from '../../../sync/digest.ts'
import { tempFolder } from '../../support/folder.ts'

const ref = { list: 'revoked', version: 1, digest: 'A'.repeat(43) }
const json = (entries: Iterable<string>) => [...entries].map((entry) => JSON.stringify(entry))

/** As sync/protocol.ts defines it for a list. */
function digestOf(entries: Iterable<unknown>): string {
  const bytes = [...entries].map((entry) => Buffer.from(canonical(entry))).toSorted(Buffer.compare)
  return sha256(bytes.map(String).join('\n'))
}

function openLists(dir = tempFolder()) {
  const reports: string[] = []
  const lists = new Lists(dir, 'use', (what) => reports.push(what))
  lists.want([ref])
  onTestFinished(() => lists.close())
  return { lists, dir, reports, files: () => readdirSync(join(dir, 'lists')).toSorted() }
}

/** Brings a list in force from nothing. */
async function fill(lists: Lists, entries: readonly string[], version = 1) {
  const load = lists.load('revoked', 'whole')
  expect(await load.take({ add: json(entries), remove: [] })).toBeNull()
  expect(await load.finish({ version, digest: digestOf(entries) })).toBeNull()
}

/** All but the file's first pages. */
function overwrite(file: string) {
  const bytes = readFileSync(file)
  writeFileSync(file, bytes.fill(0xa5, 4 * 4096))
}

describe('a list', () => {
  it('holds what it was given by any way there, and has the digest of the sorted entries', async () => {
    const id = fc.stringMatching(/^[ab\u{1F600}\uFF5E]{1,2}$/u)
    const step = fc.record({ add: fc.uniqueArray(id, { maxLength: 8 }), remove: fc.uniqueArray(id, { maxLength: 4 }) })
    const loads = fc.array(fc.record({ whole: fc.boolean(), steps: fc.array(step, { maxLength: 3 }) }), {
      maxLength: 5,
    })
    await fc.assert(
      fc.asyncProperty(loads, async (many) => {
        const { lists } = openLists()
        let held = new Set<string>()
        await fill(lists, [])
        for (const [i, { whole, steps }] of many.entries()) {
          const load = lists.load('revoked', whole ? 'whole' : 'changes')
          const next = whole ? new Set<string>() : new Set(held)
          for (const { add, remove } of steps) {
            for (const entry of add) next.add(entry)
            for (const entry of remove) next.delete(entry)
            expect(await load.take({ add: json(add), remove: json(remove) })).toBeNull()
            for (const entry of held) expect(lists.has('revoked', entry)).toBe(true)
          }
          expect(await load.finish({ version: i + 2, digest: digestOf(next) })).toBeNull()
          held = next
          for (const entry of many.flatMap((each) => each.steps.flatMap(({ add }) => add)))
            expect(lists.has('revoked', entry)).toBe(held.has(entry))
          expect(lists.held('revoked')).toEqual({ version: i + 2, digest: digestOf(held) })
        }
        lists.close()
      }),
      { numRuns: 60 },
    )
  })

  it.each(['whole', 'changes'] as const)('stays as it is when %s of it has another digest', async (kind) => {
    const { lists, files } = openLists()
    await fill(lists, ['a', 'b'])
    const load = lists.load('revoked', kind)
    await load.take({ add: json(['c']), remove: json(['a']) })
    const why = expect.stringContaining(`expected ${digestOf(['x'])}`)
    expect(await load.finish({ version: 2, digest: digestOf(['x']) })).toEqual({ kind: 'differs', why })
    load.drop()
    expect(['a', 'b', 'c'].map((id) => lists.has('revoked', id))).toEqual([true, true, false])
    expect(lists.held('revoked')).toEqual({ version: 1, digest: digestOf(['a', 'b']) })
    expect(files().filter((file) => /[.](db|part)$/.test(file))).toEqual(['revoked-1.db'])
    // Nothing of what was wrong is left for the next changes.
    const next = lists.load('revoked', 'changes')
    await next.take({ add: json(['d']), remove: [] })
    expect(await next.finish({ version: 3, digest: digestOf(['a', 'b', 'd']) })).toBeNull()
  })

  it('is there after a restart, without what was on its way', async () => {
    const first = openLists()
    await fill(first.lists, ['a'], 7)
    await first.lists.load('revoked', 'changes').take({ add: json(['b']), remove: json(['a']) })
    await first.lists.load('revoked', 'whole').take({ add: json(['c']), remove: [] })
    first.lists.close()
    const { lists } = openLists(first.dir)
    expect(['a', 'b', 'c'].map((id) => lists.has('revoked', id))).toEqual([true, false, false])
    expect(lists.held('revoked').version).toBe(7)
  })

  it('is read by a command while the service puts another in its place', async () => {
    const { lists, dir } = openLists()
    await fill(lists, ['a'])
    const beside = new Lists(dir, 'read', () => {})
    onTestFinished(() => beside.close())
    expect(beside.has('revoked', 'a')).toBe(true)
    await fill(lists, ['b'], 2)
    expect([beside.has('revoked', 'a'), lists.has('revoked', 'a'), lists.has('revoked', 'b')]).toEqual([
      true,
      false,
      true,
    ])
  })

  it('is removed when no policy refers to it', async () => {
    const { lists, files } = openLists()
    await fill(lists, ['a'])
    lists.want([])
    expect([lists.has('revoked', 'a'), files()]).toEqual([false, []])
  })

  it.each<[string, (file: string) => void]>([
    ['is no database', (file) => writeFileSync(file, 'no database at all'.repeat(100))],
    ['is empty', (file) => truncateSync(file)],
    ['is half gone', (file) => truncateSync(file, 8192)],
    ['has entries that were overwritten', overwrite],
  ])('that %s has nothing, says so, and is loaded anew', async (_what, damage) => {
    const first = openLists()
    await fill(
      first.lists,
      Array.from({ length: 5000 }, (_, i) => `id-${i}`),
    )
    first.lists.close()
    damage(join(first.dir, 'lists', 'revoked-1.db'))
    const { lists, reports, files } = openLists(first.dir)
    expect(lists.has('revoked', 'id-4999')).toBe(false)
    expect(lists.held('revoked').version).toBe(0)
    expect(reports[0]).toMatch(/^the list revoked cannot be (read|opened): /)
    await fill(lists, ['b'], 2)
    expect(lists.has('revoked', 'b')).toBe(true)
    expect(files().filter((file) => file.endsWith('.db'))).toHaveLength(1)
  })

  it('that is found damaged by changes is to be loaded whole', async () => {
    const { lists, dir } = openLists()
    await fill(
      lists,
      Array.from({ length: 5000 }, (_, i) => `id-${i}`),
    )
    lists.close()
    overwrite(join(dir, 'lists', 'revoked-1.db'))
    const load = openLists(dir).lists.load('revoked', 'changes')
    expect(await load.take({ add: json(['a']), remove: [] })).toBeNull()
    expect(await load.finish({ version: 2, digest: '' })).toMatchObject({ kind: 'differs' })
  })

  it('finds the entries about one subject', async () => {
    const { lists } = openLists()
    const flags = ['x', 'y', 'x'].map((subject, i) => ({
      subject,
      action: 'warn',
      note: { vi: `Ghi chú ${i}`, en: '' },
    }))
    const load = lists.load('flags', 'whole')
    await load.take({ add: [...flags, 'x', 7, null, [{ subject: 'x' }]].map(canonical), remove: [] })
    const all = [...flags, 'x', 7, null, [{ subject: 'x' }]]
    expect(await load.finish({ version: 1, digest: digestOf(all) })).toBeNull()
    expect(lists.about('flags', 'x')).toEqual([flags[0], flags[2]].map(canonical))
    expect(lists.about('flags', 'z')).toEqual([])
  })

  it('keeps what the policy held itself until the list is here', async () => {
    const { lists } = openLists()
    await lists.seed(['a', 'b', 'a'], ref)
    expect([lists.has('revoked', 'b'), lists.held('revoked').version]).toEqual([true, 0])
    await lists.seed([], ref)
    await lists.seed(['c'], ['d'])
    await lists.seed(ref, ref)
    expect([lists.has('revoked', 'b'), lists.has('revoked', 'c')]).toEqual([true, false])
    await fill(lists, ['e'])
    expect([lists.has('revoked', 'b'), lists.has('revoked', 'e')]).toEqual([false, true])
  })

  it('takes no more changes at once than memory should hold', async () => {
    const { lists } = openLists()
    await fill(lists, [])
    const load = lists.load('revoked', 'changes')
    const add = json(Array.from({ length: 50_001 }, (_, i) => `${i}`))
    expect(await load.take({ add, remove: [] })).toBeNull()
    const why = 'it has more than 100000 entries'
    expect(await load.take({ add, remove: [] })).toEqual({ kind: 'differs', why })
  })

  it('ends a load under way when the gate stops', async () => {
    const { lists } = openLists()
    const load = lists.load('revoked', 'whole')
    const taking = load.take({ add: json(Array.from({ length: 5000 }, (_, i) => `${i}`)), remove: [] })
    lists.close()
    expect(await taking).toEqual({ kind: 'failed', why: 'its load was ended' })
    expect([load.ended, await load.finish({ version: 1, digest: '' })]).toEqual([true, await taking])
  })
})
