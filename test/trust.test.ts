import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { decodeJwt } from 'jose'
import { describe, expect, it, vi } from 'vitest'
import { certificateOf, makeSigner, type Signer } from './support/dcc.ts'
import { type EnrolledGate, enrolledGate } from './support/enrolled.ts'
import { fileWith, tempFolder } from './support/folder.ts'
import { printed, run, serve, visits } from './support/programs.ts'

const cli = fileURLToPath(new URL('../service/cli.ts', import.meta.url))

/** A certificate that is in force now. */
function certificateBy(signer: Signer): string {
  const now = Math.floor(Date.now() / 1000)
  return signer.mint({ dcc: certificateOf('v'), iat: now - 60, exp: now + 86_400 })
}

/** The signer as a trust list names it. */
function methodOf({ entry: { key }, kid }: Signer) {
  const id = `did:web:trust.example:v2:trustlist:-:VNM:DSC#${encodeURIComponent(Buffer.from(kid).toString('base64'))}`
  return { id, type: 'JsonWebKey2020', controller: 'did:web:trust.example:v2:trustlist:-:VNM', publicKeyJwk: key }
}

async function signedBy({ platform }: EnrolledGate, list: unknown): Promise<string> {
  return platform('trust', '--file', fileWith(JSON.stringify(list)))
}

async function classified(code: string, dir: string): Promise<unknown> {
  const child = spawn(process.execPath, [cli, 'classify', '--site', dir], { stdio: ['pipe', 'pipe', 'inherit'] })
  child.stdin.end(`${JSON.stringify(code)}\n`)
  return JSON.parse(await text(child.stdout))
}

const inVietnam = (key: object) => ({ ...key, country: 'VN' })
const bring = (data: string, bundle: string) => run('service', ['trust', '--data', data, fileWith(bundle)])
const told = (bundle: string) => {
  const { version, issuedAt, dcc } = decodeJwt<{ version: number; issuedAt: string; dcc: unknown[] }>(bundle)
  return `${dcc.length} certificate keys of ${issuedAt}, version ${version}`
}

describe('a bundle of certificate keys', () => {
  it('goes from a trust list to a gate at work without a network', { timeout: 120_000 }, async () => {
    const gate = await enrolledGate()
    const { data } = gate
    const signer = makeSigner()
    const code = certificateBy(signer)
    const settings = fileWith(
      JSON.stringify({
        lanes: [
          {
            ...{ id: 'lane-1', name: 'Cổng A', direction: 'in' },
            readers: [{ id: 'r1', driver: 'simulator', codes: [code], everyMs: 2500 }],
          },
        ],
      }),
    )
    const { log, stop } = await gate.serve('--settings', settings)
    const passed = async () =>
      (await visits('service', ['--data', data])).map(({ reason, credential }) => [reason, credential])
    const refused = ['unknown-issuer', { kind: 'dcc', verified: false }]
    await vi.waitFor(async () => expect(await passed()).toContainEqual(refused), 20_000)
    expect(await printed('service', ['trust', '--data', data])).toBe('no bundle of certificate keys')
    expect(await classified(code, data)).toMatchObject({ kind: 'dcc', verified: false, reason: 'unknown-issuer' })

    const bundle = await signedBy(gate, { verificationMethod: [methodOf(signer)] })
    expect(await bring(data, bundle)).toEqual({ status: 0, stdout: `${told(bundle)}\n`, stderr: '' })
    expect(await printed('service', ['trust', '--data', data])).toBe(told(bundle))
    expect(await classified(code, data)).toMatchObject({ kind: 'dcc', verified: true, reason: '' })
    await vi.waitFor(() => expect(log.join('\n')).toContain('bundle of certificate keys in force'), 10_000)
    await vi.waitFor(async () => expect(await passed()).toContainEqual(['', { kind: 'dcc', verified: true }]), 20_000)

    await stop()
    const again = await serve('service', ['--data', data, '--no-ui'])
    await vi.waitFor(() => expect(again.log.join('\n')).toContain('bundle of certificate keys in force'), 10_000)
  })

  it('gives way to no earlier one, nor to one of another platform', { timeout: 120_000 }, async () => {
    const [gate, stranger] = [await enrolledGate(), await enrolledGate()]
    const list = [makeSigner().entry].map(inVietnam)
    const first = await signedBy(gate, [])
    const second = await vi.waitFor(
      async () => {
        const later = await signedBy(gate, list)
        expect(decodeJwt(later)['version']).not.toBe(decodeJwt(first)['version'])
        return later
      },
      { timeout: 10_000 },
    )
    expect((await bring(gate.data, first)).status).toBe(0)
    expect((await bring(gate.data, second)).status).toBe(0)
    expect(await bring(gate.data, first)).toEqual({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^gate-kiosk: the bundle has version \d+, expected \d+ or later\n$/),
    })
    expect(await bring(gate.data, await signedBy(stranger, list))).toEqual({
      status: 1,
      stdout: '',
      stderr: 'gate-kiosk: the bundle is not signed by the platform of this gate\n',
    })
    expect(await printed('service', ['trust', '--data', gate.data])).toBe(told(second))
  })

  it('that was damaged is named once; of the next one the usable keys count', { timeout: 60_000 }, async () => {
    const gate = await enrolledGate()
    const { log, stop } = await gate.serve()
    writeFileSync(join(gate.data, 'trust.jws'), 'rubbish')
    const named = () => log.filter((line) => line.includes('the bundle of certificate keys cannot be used'))
    await vi.waitFor(() => expect(named()).toHaveLength(1), 10_000)
    expect(
      await bring(
        gate.data,
        await signedBy(gate, [makeSigner().entry, { ...makeSigner().entry, kid: 'A*' }].map(inVietnam)),
      ),
    ).toEqual({
      status: 0,
      stdout: expect.stringMatching(/^1 certificate keys of /),
      stderr: 'gate-kiosk: left out: dcc.1.kid: expected base64url\n',
    })
    await vi.waitFor(() => expect(log.join('\n')).toContain('bundle of certificate keys in force'), 10_000)
    expect(named()).toHaveLength(1)
    expect(await stop()).toBe(0)
  })
})

describe('gate-kiosk trust', () => {
  it('refuses a gate that has no platform, whose signature would count', async () => {
    for (const data of [tempFolder(), join(tempFolder(), 'none')]) {
      for (const file of [[], [fileWith('x')]]) {
        expect(await run('service', ['trust', '--data', data, ...file])).toEqual({
          status: 1,
          stdout: '',
          stderr: `gate-kiosk: the gate in ${data} has no platform yet, whose signature would count\n`,
        })
      }
    }
  })

  it('explains wrong arguments with exit code 2', async () => {
    for (const args of [[], ['--data', 'x', 'a', 'b'], ['--site', 'x']]) {
      const { status, stderr } = await run('service', ['trust', ...args])
      expect([status, stderr]).toEqual([2, expect.stringContaining('usage:')])
    }
  })
})
