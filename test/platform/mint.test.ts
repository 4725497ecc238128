import { decode } from 'cborg'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Platform } from '../../platform/admin.ts'
import { decodeBase45 } from '../../platform/base45.ts'
import { mint } from '../../platform/mint.ts'
import { revokeCode } from '../../platform/revoke.ts'
import { makeSite, run, startEngine } from './engine.ts'

const person = { name: 'Trần Thị Bình', born: '1985-06-30' }
const now = Date.parse('2026-11-21T08:00:00+07:00') / 1000
const untagged = { useMaps: true, tags: { 18: (inner: () => unknown) => inner() } }

/** The claims of a code by their numbers (RFC 8392). */
function claimsOf(code: string): Map<number, unknown> {
  const [, , payload] = decode(decodeBase45(code.slice('VNG1:'.length)) ?? new Uint8Array(), untagged)
  return decode(payload, { useMaps: true })
}

let platform: Platform
let site: string
let stop: () => Promise<void>
beforeAll(async () => {
  ;({ platform, stop } = await startEngine('pglite'))
  site = await makeSite(platform)
}, 60_000)
afterAll(() => stop())
afterEach(() => vi.useRealTimers())

async function minted(options: object): Promise<Map<number, unknown>> {
  vi.useFakeTimers({ now: now * 1000, toFake: ['Date'] })
  const { code } = await run(platform, mint, mint.input.parse({ site, ...options }))
  return claimsOf(code)
}

describe('a minted code', () => {
  test.each([
    ['120s', 120],
    ['30m', 1800],
    ['12h', 43_200],
    ['7d', 604_800],
    ['1s', 1],
    ['999999d', 999_999 * 86_400],
  ])('with a lifetime of %s ends so many seconds after it was issued', async (lifetime, lasts) => {
    const claims = await minted({ ...person, lifetime })
    expect([claims.get(6), claims.get(4)]).toEqual([now, now + lasts])
  })

  test('ends after 180 days where nothing is said', async () => {
    expect((await minted(person)).get(4)).toBe(now + 180 * 86_400)
  })

  test.each([
    ['2027-01-01', '2027-01-01T23:59:59+07:00'],
    ['2027-01-01T10:00:00Z', '2027-01-01T17:00:00+07:00'],
    ['9999-12-31', '9999-12-31T23:59:59+07:00'],
  ])('with --expires %s ends at %s', async (expires, at) => {
    expect((await minted({ ...person, expires })).get(4)).toBe(Date.parse(at) / 1000)
  })

  test('begins at the start of a day in Vietnam', async () => {
    const claims = await minted({ ...person, lifetime: '7d', 'not-before': '2026-11-23' })
    expect(claims.get(5)).toBe(Date.parse('2026-11-23T00:00:00+07:00') / 1000)
  })

  test('that would end before it begins is refused', async () => {
    const backward = { site, ...person, lifetime: '120s', 'not-before': '2999-01-01' }
    expect(await mint.run(platform, backward)).toEqual({
      kind: 'refused',
      why: 'not-before: expected a time before expires',
    })
  })

  test.each([
    ['lifetime', '999999d'],
    ['lifetime', '1s'],
    ['expires', '0000-01-01'],
    ['expires', '9999-12-31T23:59:59-23:59'],
  ])('with %s %s can be revoked', async (option, value) => {
    const { code } = await run(platform, mint, { site, ...person, [option]: value })
    expect((await run(platform, revokeCode, { site, code })).revoked).toMatch(/^[\w-]{11}$/)
  })
})

describe('an opaque code', () => {
  test.each([
    ['without a person', {}],
    ['with a person', { ...person, sex: 'female', id: '001085000002' }],
  ])('made %s carries no claim of identity', async (_how, who) => {
    const claims = await minted({ opaque: true, ...who })
    expect([...claims.keys()].sort()).toEqual([1, 4, 6, 7])
  })

  test('can be revoked like any other, and no two are the same', async () => {
    const codes = [await run(platform, mint, { site, opaque: true }), await run(platform, mint, { site, opaque: true })]
    const revoked = await Promise.all(codes.map(({ code }) => run(platform, revokeCode, { site, code })))
    expect(new Set(revoked.map((one) => one.revoked)).size).toBe(2)
  })
})

describe('what a code cannot be made of', () => {
  test.each(['0s', '00s', '-5s', '+5s', '1w', '5', 's', '', '1.5h', '1e3s', '1000000s', '9'.repeat(400), '7d '])(
    'a lifetime of "%s"',
    (lifetime) => {
      const { error } = mint.input.safeParse({ site, ...person, lifetime })
      expect(error?.issues).toEqual([expect.objectContaining({ path: ['lifetime'] })])
    },
  )

  test('an end and a lifetime', () => {
    const both = { site, ...person, expires: '2027-01-01', lifetime: '7d' }
    expect(mint.input.safeParse(both).error?.issues[0]?.path).toEqual(['lifetime'])
  })

  test.each(['name', 'born'] as const)('a person without %s', (member) => {
    const { [member]: _left, ...rest } = person
    expect(mint.input.safeParse({ site, ...rest }).error?.issues.map(({ path }) => path)).toEqual([[member]])
  })
})
