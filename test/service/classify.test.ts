import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { lines } from '../../service/commands/lines.ts'
import { enrolledGate } from '../support/enrolled.ts'
import { cccdExamples, signedExamples } from '../support/examples.ts'
import { tempFolder } from '../support/folder.ts'
import { cccdOf } from '../support/people.ts'
import { serve } from '../support/programs.ts'

const cli = fileURLToPath(new URL('../../service/cli.ts', import.meta.url))
const notString = { error: 'expected a JSON string' }
const citizen = {
  kind: 'cccd',
  verified: false,
  person: { name: 'Nguyễn Văn ***', document: '******000001', birthYear: 1990, sex: 'male', address: '***, Hà Nội' },
  reason: '',
}
const unknown = { kind: 'unknown', verified: false, person: {}, reason: 'unknown' }

function start(...args: string[]) {
  return spawn(process.execPath, [cli, 'classify', ...args])
}

/** Runs the command on this input, and parses every line of its answer. */
async function answer(input: string | Uint8Array, ...args: string[]) {
  const child = start(...args)
  child.stdin.end(input)
  const [stdout, stderr, [status]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  const answers: unknown[] = stdout.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line)]))
  return { status, answers, stderr }
}

const toLines = (codes: readonly string[]) => codes.map((code) => `${JSON.stringify(code)}\n`).join('')
const classify = (codes: readonly string[], ...args: string[]) => answer(toLines(codes), ...args)

describe('gate-kiosk classify', () => {
  it('says of every code what it is, one line each, in their order', async () => {
    const codes = [cccdExamples.card2021, signedExamples.named, 'hello', '']
    const { status, answers, stderr } = await classify(codes)
    const foreign = { kind: 'signed', verified: false, person: {}, reason: 'unknown-issuer' }
    expect(answers).toEqual([citizen, foreign, unknown, unknown])
    for (const one of answers) expect(Object.keys(Object(one))).toEqual(['kind', 'verified', 'person', 'reason'])
    expect([status, stderr]).toEqual([0, ''])
  })

  it('reads escapes as JSON does, and never falls over what they make', async () => {
    const escaped = Array.from(cccdExamples.card2021, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const strange = ['"\\ud800"', '"\\udfff\\ud800"', '"\\u0000\\u0000"', '"\\ufeff"', '"\\"\\\\\\/\\b\\f\\n\\r\\t"']
    const { status, answers } = await answer(`"${escaped.join('')}"\n${strange.join('\n')}\n`)
    expect(answers).toEqual([citizen, ...strange.map(() => unknown)])
    expect(status).toBe(0)
  })

  it('answers a line that is no JSON string in its place, and the others all the same', async () => {
    const card = JSON.stringify(cccdExamples.card2021)
    const wrong = ['hello', '{"code":"x"}', '["x"]', '1', 'null', 'true', '"open', `"${'a'.repeat(128 * 1024)}"`]
    const { status, answers, stderr } = await answer(wrong.map((line) => `${line}\n${card}\n`).join(''))
    expect(answers).toEqual(wrong.flatMap(() => [notString, citizen]))
    const says = wrong.map((_, i) => `gate-kiosk: line ${2 * i + 1}: expected a JSON string\n`)
    expect([status, stderr]).toEqual([1, says.join('')])
  })

  it('takes lines that end as on other systems, or not at all, and leaves out empty ones', async () => {
    const card = JSON.stringify(cccdExamples.card2021)
    const { status, answers, stderr } = await answer(`\ufeff${card}\r\n\r\n \n\n${card}\nx\n${card}`)
    expect(answers).toEqual([citizen, citizen, notString, citizen])
    expect([status, stderr]).toEqual([1, 'gate-kiosk: line 6: expected a JSON string\n'])
  })

  it('has nothing to say of nothing', async () => {
    expect(await answer('')).toEqual({ status: 0, answers: [], stderr: '' })
    expect(await answer('\n')).toEqual({ status: 0, answers: [], stderr: '' })
  })

  it('takes any bytes', async () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x00, 0x22, 0xc3, 0x28, 0x22, 0x0a, 0x22, 0xff, 0x22, 0x0a])
    expect(await answer(bytes)).toMatchObject({ status: 1, answers: [notString, unknown] })
  })

  it('answers the longest code within its line', async () => {
    const long = ['9'.repeat(128 * 1024 - 2), '|'.repeat(100_000), `VNG1:${'0'.repeat(100_000)}`]
    const { status, answers } = await classify([...long, cccdExamples.card2021])
    expect(answers).toHaveLength(4)
    expect(answers.at(-1)).toEqual(citizen)
    expect(status).toBe(0)
  })

  it('answers 10,000 codes in a few seconds', async () => {
    const codes = Array.from({ length: 10_000 }, (_, n) => (n % 2 === 0 ? cccdOf(n) : signedExamples.named))
    const before = performance.now()
    const { status, answers } = await classify(codes)
    expect(performance.now() - before).toBeLessThan(10_000)
    expect([status, answers.length]).toEqual([0, 10_000])
  })

  it('ends in peace when its reader has had enough', async () => {
    const child = start()
    child.stdin.on('error', () => {}).end(toLines(Array.from({ length: 20_000 }, (_, n) => cccdOf(n))))
    child.stdout.once('data', () => child.stdout.destroy())
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([status, stderr]).toEqual([0, ''])
  })

  it('waits for a slow reader', async () => {
    const child = start()
    child.stdin.end(toLines(Array.from({ length: 5000 }, (_, n) => cccdOf(n))))
    let read = ''
    for await (const chunk of child.stdout.setEncoding('utf8')) {
      read += chunk
      for (let turn = 0; turn < 20; turn++) await setImmediate()
    }
    expect(read.split('\n')).toHaveLength(5001)
  })

  it('explains wrong arguments with exit code 2', async () => {
    for (const args of [['codes.txt'], ['--data', 'x'], ['--site']]) {
      expect(await answer('', ...args)).toMatchObject({ status: 2, stderr: expect.stringContaining('usage:') })
    }
  })
})

describe('gate-kiosk classify --site', () => {
  it('judges by the policy and the keys of a gate, also beside the service at work', { timeout: 90_000 }, async () => {
    const { data, site, platform, serve } = await enrolledGate()
    const mint = (...args: string[]) => platform('mint', '--site', site, ...args)
    const person = ['--name', 'Nguyễn Văn Mẫu', '--born', '1990-01-15']
    const fresh = await mint(...person, '--lifetime', '120s')
    const opaque = await mint('--opaque')
    const expired = await mint(...person, '--expires', '2021-12-31')
    const early = await mint('--opaque', '--not-before', '2999-01-01', '--expires', '2999-01-02')
    const revoked = await mint(...person)
    await platform('revoke', '--site', site, '--code', revoked)
    const changed = fresh.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const codes = [fresh, opaque, expired, early, revoked, changed, signedExamples.named, cccdExamples.card2021]
    const masked = { name: 'Nguyễn Văn ***', birthYear: 1990 }
    const signed = (verified: boolean, reason: string, shown: object) => ({
      kind: 'signed',
      verified,
      person: shown,
      reason,
    })
    const judged = [
      signed(true, '', masked),
      signed(true, '', {}),
      signed(false, 'expired', masked),
      signed(false, 'not-yet-valid', {}),
      signed(false, 'revoked', masked),
      signed(false, 'bad-signature', {}),
      signed(false, 'unknown-issuer', {}),
      citizen,
    ]
    const gate = await serve()
    expect(await classify(codes, '--site', data)).toEqual({ status: 0, answers: judged, stderr: '' })
    await gate.stop()
    expect(await classify(codes, '--site', data)).toEqual({ status: 0, answers: judged, stderr: '' })
    expect((await classify([fresh])).answers).toEqual([signed(false, 'unknown-issuer', {})])
  })

  it('knows no issuer at a gate without a platform', async () => {
    const data = tempFolder()
    await serve('service', ['--data', data, '--no-ui'])
    const { status, answers } = await classify([signedExamples.named, cccdExamples.card2021], '--site', data)
    expect([status, answers]).toEqual([0, [expect.objectContaining({ reason: 'unknown-issuer' }), citizen]])
  })

  it('refuses a folder that is none, or no gate’s, and leaves it as it was', async () => {
    const [empty, none] = [tempFolder(), join(tempFolder(), 'none')]
    for (const dir of [empty, none, cli]) {
      expect(await classify(['x'], '--site', dir)).toEqual({
        status: 1,
        answers: [],
        stderr: `gate-kiosk: there is no gate database in ${dir}\n`,
      })
    }
    expect(readdirSync(empty)).toEqual([])
  })

  it('says what is damaged in a gate’s folder', { timeout: 60_000 }, async () => {
    const { data, serve } = await enrolledGate()
    await (await serve()).stop()
    writeFileSync(join(data, 'trust.jws'), 'rubbish')
    const says = async () => (await classify(['x'], '--site', data)).stderr
    expect(await says()).toBe('gate-kiosk: the bundle is not signed by the platform of this gate\n')
    writeFileSync(join(data, 'enrolment.json'), '{')
    expect(await says()).toMatch(/^gate-kiosk: .*enrolment\.json is damaged.*\n$/)
    writeFileSync(join(data, 'gate.db'), 'no database')
    expect(await says()).toMatch(/^gate-kiosk: .*gate\.db cannot be opened: .*\n$/)
  })
})

describe('the lines of a stream', () => {
  async function cut(stream: Iterable<Buffer>): Promise<(string | null)[]> {
    const found: (string | null)[] = []
    const source = async function* () {
      yield* stream
    }
    for await (const line of lines(source())) found.push(line)
    return found
  }

  it('are the same however it is cut into pieces', async () => {
    const word = fc.stringMatching(/^[a-zạế]{0,5}$/)
    await fc.assert(
      fc.asyncProperty(fc.array(word), fc.array(fc.nat(60)), async (words, at) => {
        const whole = Buffer.from(words.map((line) => `${line}\n`).join(''))
        const cuts = [0, ...at.map((n) => Math.min(n, whole.length)).sort((a, b) => a - b), whole.length]
        const pieces = cuts.slice(1).map((end, i) => whole.subarray(cuts[i], end))
        expect(await cut(pieces)).toEqual(words)
      }),
    )
  })

  it('are null where they are longer than 128 KiB, and nothing of them is kept', async () => {
    const limit = 128 * 1024
    const whole = Buffer.from(`${'a'.repeat(limit)}\n${'b'.repeat(limit + 1)}\nc\n${'d'.repeat(3 * limit)}`)
    const pieces = Array.from({ length: Math.ceil(whole.length / 1000) }, (_, i) =>
      whole.subarray(i * 1000, i * 1000 + 1000),
    )
    expect(await cut(pieces)).toEqual(['a'.repeat(limit), null, 'c', null])
  })

  it('says so where its output cannot be written', async () => {
    const child = spawn('sh', ['-c', `echo '"x"' | ${process.execPath} ${cli} classify > /dev/full`])
    const [stderr, [status]] = await Promise.all([text(child.stderr), once(child, 'close')])
    expect([status, stderr]).toEqual([1, expect.stringContaining('the output cannot be written: ENOSPC')])
  })
})
