import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, statSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { CompactSign } from 'jose'
import { beforeEach, describe, expect, it } from 'vitest'
import { importTrust, type KeptTrust, readTrust, trustChangedAt } from '../../service/trust-file.ts'
import { newKey } from '../platform/client.ts'
import { fileWith, tempFolder } from '../support/folder.ts'
import { policyPayload } from '../sync/policies.ts'

const platform = newKey()
const dcc = [{ kid: 'AAAAAAAAAAE', country: 'VN' }]

function sign(payload: unknown, { by = platform, typ = 'gate-trust+jwt' as string | null } = {}): Promise<string> {
  return new CompactSign(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: 'EdDSA', ...(typ === null ? {} : { typ }) })
    .sign(by.privateKey)
}

const bundleOf = (version: number) => ({ version, issuedAt: '2026-11-21T00:00:00.000Z', dcc })

let dir: string
beforeEach(() => {
  dir = tempFolder()
})

const bring = async (text: string) => importTrust(dir, fileWith(text), platform.publicKey)
const kept = () => readTrust(dir, platform.publicKey)
const versionOf = (trust: KeptTrust) => (trust.kind === 'good' ? trust.bundle.version : trust)

describe('a bundle of certificate keys', () => {
  it('is not there at first', async () => {
    expect(await kept()).toEqual({ kind: 'none' })
    expect(trustChangedAt(dir)).toBe(0)
  })

  it.each(['trust.jws', 'brought'])('is never waited for at a pipe (%s)', async (name) => {
    const pipe = join(dir, name)
    execFileSync('mkfifo', [pipe])
    const trust = name === 'brought' ? await importTrust(dir, pipe, platform.publicKey) : await kept()
    expect(trust).toEqual({ kind: 'refused', why: `${pipe} is no file` })
  })

  it('is kept as it was signed, for the gate’s user alone', async () => {
    const jws = await sign(bundleOf(7))
    expect(await bring(`${jws}\r\n`)).toEqual({ kind: 'good', bundle: bundleOf(7) })
    expect(await kept()).toEqual({ kind: 'good', bundle: bundleOf(7) })
    const file = join(dir, 'trust.jws')
    expect([readFileSync(file, 'utf8'), statSync(file).mode & 0o777]).toEqual([jws, 0o600])
  })

  it('may be brought again, and a later one replaces it, but no earlier one', async () => {
    const [six, seven, eight] = await Promise.all([6, 7, 8].map((version) => sign(bundleOf(version))))
    await bring(seven ?? '')
    expect(versionOf(await bring(seven ?? ''))).toBe(7)
    expect(await bring(six ?? '')).toEqual({
      kind: 'refused',
      why: 'the bundle has version 6, expected 7 or later',
    })
    expect(versionOf(await kept())).toBe(7)
    expect(versionOf(await bring(eight ?? ''))).toBe(8)
  })

  it('counts only with the signature of the gate’s platform', async () => {
    await bring(await sign(bundleOf(7)))
    const why = 'the bundle is not signed by the platform of this gate'
    const [head, , tail] = (await sign(bundleOf(8))).split('.')
    const changed = [head, Buffer.from(JSON.stringify(bundleOf(9))).toString('base64url'), tail].join('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${changed.split('.')[1]}.`
    for (const text of [await sign(bundleOf(9), { by: newKey() }), changed, none, '', JSON.stringify(bundleOf(9))]) {
      expect(await bring(text)).toEqual({ kind: 'refused', why })
    }
    expect(versionOf(await kept())).toBe(7)
  })

  it('is not a policy, though the same key signs both and a policy has all members of a bundle', async () => {
    const why = 'the bundle cannot be read: typ: expected gate-trust+jwt'
    expect(await bring(await sign(policyPayload(9), { typ: null }))).toEqual({ kind: 'refused', why })
    expect(await kept()).toEqual({ kind: 'none' })
  })

  it.each([
    ['version', { ...bundleOf(1), version: 0 }],
    ['version', { ...bundleOf(1), version: 1.5 }],
    ['issuedAt', { ...bundleOf(1), issuedAt: 'yesterday' }],
    ['dcc', { ...bundleOf(1), dcc: 'all' }],
    ['(whole)', null],
  ])('with a wrong %s is refused with its name', async (member, payload) => {
    expect(await bring(await sign(payload))).toEqual({
      kind: 'refused',
      why: expect.stringContaining(`the bundle cannot be read: ${member}: `),
    })
  })

  it('is refused where it cannot be read', async () => {
    const missing = join(dir, 'missing.jws')
    expect(await importTrust(dir, missing, platform.publicKey)).toEqual({
      kind: 'refused',
      why: `there is no file ${missing}`,
    })
    expect((await importTrust(dir, tempFolder(), platform.publicKey)).kind).toBe('refused')
    const large = fileWith('')
    truncateSync(large, 32 * 1024 * 1024 + 1)
    expect(await importTrust(dir, large, platform.publicKey)).toEqual({
      kind: 'refused',
      why: `${large} has 33554433 bytes, expected at most 33554432`,
    })
  })

  it('is refused where it cannot be kept, and the one before stays', async () => {
    await bring(await sign(bundleOf(7)))
    mkdirSync(join(dir, 'trust.jws.part'))
    expect(await bring(await sign(bundleOf(8)))).toEqual({
      kind: 'refused',
      why: expect.stringContaining('the bundle cannot be kept: '),
    })
    expect(versionOf(await kept())).toBe(7)
  })

  it('that was damaged since says so, and any good one replaces it', async () => {
    await bring(await sign(bundleOf(7)))
    writeFileSync(join(dir, 'trust.jws'), 'rubbish')
    expect((await kept()).kind).toBe('refused')
    expect(versionOf(await bring(await sign(bundleOf(1))))).toBe(1)
  })

  it('is seen to change when another one is brought or it is taken away', async () => {
    await bring(await sign(bundleOf(7)))
    utimesSync(join(dir, 'trust.jws'), 1, 1)
    const before = trustChangedAt(dir)
    await bring(await sign(bundleOf(8)))
    expect(trustChangedAt(dir)).toBeGreaterThan(before)
    rmSync(join(dir, 'trust.jws'))
    expect(trustChangedAt(dir)).toBe(0)
    expect(trustChangedAt(fileWith('no folder'))).toBe(0)
  })

  it('never throws, whatever the file holds', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.base64String(), { maxLength: 4 }).map((parts) => parts.join('.')),
    )
    await fc.assert(
      fc.asyncProperty(text, async (any) => {
        writeFileSync(join(dir, 'trust.jws'), any)
        expect((await kept()).kind).toBe('refused')
      }),
    )
  })
})
