import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { enrol } from '../../sync/enrolment.ts'
import { type EnrolmentCode, parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { DeviceRequest } from '../../sync/protocol.ts'
import { type Scripted, ScriptedPlatform } from './scripted-platform.ts'

const key = 'k'.repeat(43)
const coded = (url: string) => `gate-enrol:?url=${encodeURIComponent(url)}&token=t&key=${key}`

describe('an enrolment code', () => {
  it.each([
    ['https://platform.example', 'https://platform.example'],
    ['https://platform.example/gates/', 'https://platform.example/gates'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080'],
    ['http://[::1]:8080', 'http://[::1]:8080'],
    ['http://localhost', 'http://localhost'],
  ])('with the address %s is read', (url, expected) => {
    expect(parseEnrolmentCode(coded(url))).toEqual({ url: expected, token: 't', key })
  })

  it('may be followed or led by the blanks that a reader or a person adds', () => {
    expect(parseEnrolmentCode(` ${coded('https://platform.example')}\r\n`)).toMatchObject({ token: 't' })
  })

  it.each([
    ['', 'begins with gate-enrol:?'],
    ['https://platform.example', 'begins with gate-enrol:?'],
    ['gate-enrol:', 'begins with gate-enrol:?'],
    ['gate-enrol:?', 'url, token and key'],
    [`gate-enrol:?token=t&key=${key}`, 'url, token and key'],
    [`gate-enrol:?url=https%3A%2F%2Fa.example&key=${key}`, 'url, token and key'],
    [`gate-enrol:?url=https%3A%2F%2Fa.example&token=&key=${key}`, 'url, token and key'],
    ['gate-enrol:?url=https%3A%2F%2Fa.example&token=t', 'url, token and key'],
    ['gate-enrol:?url=https%3A%2F%2Fa.example&token=t&key=short', 'SHA-256 thumbprint'],
    [`gate-enrol:?url=https%3A%2F%2Fa.example&token=t&key=${'='.repeat(43)}`, 'SHA-256 thumbprint'],
    [`gate-enrol:?url=https%3A%2F%2Fa.example&token=${'t'.repeat(201)}&key=${key}`, 'at most 200 characters'],
    [coded('platform'), 'a web address'],
    [coded('http://platform.example'), 'https://'],
    [coded('http://127.0.0.1.platform.example'), 'https://'],
    [coded('http://localhost.platform.example'), 'https://'],
    [coded('ftp://127.0.0.1'), 'https://'],
    [coded('file:///etc/hosts'), 'https://'],
    [coded('https://user:secret@platform.example'), 'without user, query or fragment'],
    [coded('https://platform.example/?a=b'), 'without user, query or fragment'],
    [coded('https://platform.example/#a'), 'without user, query or fragment'],
  ])('of the form %j is refused with a sentence that says what was expected', (code, sentence) => {
    expect(parseEnrolmentCode(code)).toEqual(expect.stringContaining(sentence))
  })

  it('never comes back in the sentence, for it holds a secret', () => {
    const code = `gate-enrol:?url=https%3A%2F%2Fuser%3Asecret%40a.example&token=secret&key=${key}`
    expect(parseEnrolmentCode(code)).not.toContain('secret')
  })
})

describe('enrolment', () => {
  let platform: ScriptedPlatform
  let code: EnrolmentCode

  beforeEach(async () => {
    platform = await ScriptedPlatform.start()
    const parsed = parseEnrolmentCode(await platform.code())
    if (typeof parsed === 'string') throw new Error(parsed)
    code = parsed
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    await platform.close()
  })

  const gate = { name: 'Cổng A', software: { name: 'gate-kiosk', version: '1.0.0' } }

  it('yields an identity whose private key stays on the gate', async () => {
    const result = await enrol(code, gate)
    expect(result).toMatchObject({
      kind: 'enrolled',
      enrolment: { url: platform.url, audience: platform.url, deviceId: 'dev_1' },
    })
    const sent = platform.to('devices')[0]
    const request = DeviceRequest.parse(JSON.parse(sent?.body.toString() ?? ''))
    expect(request).toMatchObject({ token: 'one-time', ...gate })
    const d = result.kind === 'enrolled' ? result.enrolment.privateKey.d : ''
    expect(d).toHaveLength(43)
    expect(sent?.body.toString()).not.toContain(d)
  })

  it('makes a new key for every attempt', async () => {
    await enrol(code, gate)
    await enrol(code, gate)
    const [one, two] = platform.to('devices').map(({ body }) => JSON.parse(body.toString()).publicKey.x)
    expect(one).not.toBe(two)
  })

  const stranger = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }
  it.each<[string, Scripted, string]>([
    ['another signing key', { kind: 'changed', reply: { signingKey: stranger } }, 'signing key is not the one'],
    ['a signing key of another kind', { kind: 'changed', reply: { signingKey: { kty: 'RSA' } } }, 'shape is wrong'],
    ['no device id', { kind: 'changed', reply: { deviceId: '' } }, 'shape is wrong'],
    ['410', { kind: 'answer', status: 410, body: '{"code":"gone"}' }, 'used before or has expired'],
    ['422', { kind: 'answer', status: 422, body: '{"code":"invalid"}' }, 'answered 422'],
    ['500', { kind: 'answer', status: 500 }, 'answered 500'],
    ['a redirect', { kind: 'answer', status: 302, headers: { location: 'https://b.example' } }, 'answered 302'],
    ['the page of a captive portal', { kind: 'answer', status: 200, body: '<html>' }, 'answered 200'],
    ['garbage', { kind: 'answer', status: 201, body: '{"deviceId":' }, 'shape is wrong'],
    ['nothing', { kind: 'answer', status: 201 }, 'shape is wrong'],
    ['a cut connection', { kind: 'cut' }, 'cannot be reached'],
    ['half an answer', { kind: 'lost' }, 'cannot be reached'],
    ['more than an answer can be', { kind: 'answer', status: 201, body: ' '.repeat(2_000_000) }, 'cannot be reached'],
  ])('is refused after %s', async (_answer, scripted, why) => {
    platform.next('devices', scripted)
    expect(await enrol(code, gate)).toEqual({ kind: 'refused', why: expect.stringContaining(why) })
  })

  it('is refused with a sentence where nobody listens', async () => {
    await platform.close()
    const result = await enrol(code, gate)
    expect(result).toEqual({ kind: 'refused', why: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/) })
  })

  it.each(['hang', 'drip'] as const)('ends though the platform answers with a %s', async (kind) => {
    const { timeout } = AbortSignal
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout.call(AbortSignal, ms / 100))
    platform.next('devices', { kind })
    const result = await enrol(code, gate)
    expect(result).toEqual({ kind: 'refused', why: expect.stringContaining('no whole answer within 15 s') })
  })

  it('never puts the token into a sentence', async () => {
    platform.next('devices', { kind: 'answer', status: 500, body: 'one-time' })
    expect(JSON.stringify(await enrol(code, gate))).not.toContain('one-time')
  })
})
