import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto'
import { compactVerify, SignJWT } from 'jose'
import { z } from 'zod'
import { sha256 } from '../../sync/digest.ts'
import { DeviceReply, Policy, type PublicJwk, SigningJwk } from '../../sync/protocol.ts'

export interface Device {
  base: string
  id: string
  audience: string
  signingKey: PublicJwk
  privateKey: KeyObject
}

export function newKey() {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  return { privateKey, publicKey: SigningJwk.parse(publicKey.export({ format: 'jwk' })) }
}

function tokenOf(code: string) {
  return z.string().parse(new URLSearchParams(code.slice('gate-enrol:?'.length)).get('token'))
}

export function postDevice(base: string, body: unknown) {
  return fetch(`${base}/v1/devices`, { method: 'POST', body: JSON.stringify(body) })
}

export function deviceRequest(code: string, publicKey: PublicJwk) {
  return { token: tokenOf(code), publicKey, name: 'Cổng A', software: { name: 'test', version: '1.0.0' } }
}

export async function enrolDevice(base: string, code: string): Promise<Device> {
  const { privateKey, publicKey } = newKey()
  const response = await postDevice(base, deviceRequest(code, publicKey))
  const { deviceId, audience, signingKey } = DeviceReply.parse(await response.json())
  return { base, id: deviceId, audience, signingKey, privateKey }
}

export interface Request {
  method: string
  path: string
  body?: Uint8Array<ArrayBuffer>
  headers?: Record<string, string>
}

/** The token of a request as a gate makes it; `change` alters claims or header for the tests that expect 401. */
export function signToken(
  { id, audience, privateKey }: Device,
  { method, path, body = new Uint8Array() }: Request,
  change: { claims?: Record<string, unknown>; header?: Record<string, string>; key?: KeyObject } = {},
) {
  const iat = Math.floor(Date.now() / 1000)
  const bh = sha256(body)
  const claims = { iss: id, aud: audience, iat, exp: iat + 60, jti: randomUUID(), htm: method, htu: path, bh }
  return new SignJWT({ ...claims, ...change.claims })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'gate-device+jwt', kid: id, ...change.header })
    .sign(change.key ?? privateKey)
}

export function send({ base }: Device, { method, path, body, headers }: Request, token: string) {
  const authorization = { authorization: `Bearer ${token}` }
  return fetch(base + path, { method, body: body ?? null, headers: { ...headers, ...authorization } })
}

export async function call(device: Device, request: Request) {
  return send(device, request, await signToken(device, request))
}

export function getPolicy(device: Device, headers: Record<string, string> = {}) {
  return call(device, { method: 'GET', path: `/v1/devices/${device.id}/policy`, headers })
}

/** The policy that a gate takes from the answer: the signature counts. */
export async function openPolicy({ signingKey }: Device, answer: Response): Promise<Policy> {
  const { payload } = await compactVerify(await answer.text(), signingKey, { algorithms: ['EdDSA'] })
  return Policy.parse(JSON.parse(new TextDecoder().decode(payload)))
}

export function visitsPath({ id }: Device) {
  return `/v1/devices/${id}/visits`
}

export function bytes(text: string) {
  return new TextEncoder().encode(text)
}

export function upload(device: Device, log: string, visits: { seq: number }[]) {
  const body = bytes(JSON.stringify({ log, first: visits[0]?.seq, visits }))
  return call(device, { method: 'POST', path: visitsPath(device), body })
}
