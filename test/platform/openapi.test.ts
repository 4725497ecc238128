import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openApi } from '../../platform/openapi.ts'
import { startEngine } from './engine.ts'
import { visitLog } from './visits.ts'

const document: unknown = JSON.parse(JSON.stringify(openApi()))

/** Everything that a JSON value holds, itself first. */
function* inside(value: unknown): Generator<unknown> {
  yield value
  if (typeof value === 'object' && value !== null) for (const member of Object.values(value)) yield* inside(member)
}

function at(pointer: string): unknown {
  const step = (value: unknown, key: string) => z.record(z.string(), z.unknown()).parse(value)[key]
  return pointer.slice(2).split('/').reduce(step, document)
}

/** The schema of that name as a program that reads the document takes it. */
function shape(name: string) {
  return z.fromJSONSchema(z.record(z.string(), z.unknown()).parse(at(`#/components/schemas/${name}`)))
}

test('every reference in it leads somewhere', () => {
  const refs = [...inside(document)].flatMap((value) => {
    const { $ref } = z.object({ $ref: z.string() }).safeParse(value).data ?? {}
    return $ref === undefined ? [] : [$ref]
  })
  expect(refs.length).toBeGreaterThan(20)
  for (const ref of refs) expect([ref, at(ref)]).toEqual([ref, expect.any(Object)])
})

describe('a platform', () => {
  let server: Awaited<ReturnType<typeof startEngine>>
  beforeAll(async () => {
    server = await startEngine('pglite')
  })
  afterAll(() => server.stop())

  test('serves every path in it, and asks each device who it is', async () => {
    const Paths = z.record(z.string(), z.record(z.string(), z.unknown()))
    for (const [path, { parameters: _, ...methods }] of Object.entries(Paths.parse(at('#/paths')))) {
      for (const method of Object.keys(methods)) {
        const url = server.base + path.replace('{id}', `dev_${'0'.repeat(32)}`).replace('{name}', 'revoked')
        const { status } = await fetch(url, { method: method.toUpperCase() })
        expect([path, method, status]).toEqual([path, method, path.includes('{id}') ? 401 : 422])
      }
    }
  })
})

test('every request of a device may be unauthorized, revoked or sent away for a time', () => {
  const Path = z.record(z.string(), z.looseObject({ responses: z.record(z.string(), z.unknown()).optional() }))
  const Paths = z.record(z.string(), z.looseObject({}))
  const ofDevices = Object.entries(Paths.parse(at('#/paths'))).filter(([path]) => path.includes('{id}'))
  expect(ofDevices).toHaveLength(4)
  for (const [, { parameters: _, ...methods }] of ofDevices) {
    for (const { responses = {} } of Object.values(Path.parse(methods))) {
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '503']))
    }
  }
})

describe('a program that knows nothing but the document', () => {
  const [visit] = visitLog(1)
  const key = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }
  const device = { token: 't', publicKey: key, name: 'Cổng A', software: { name: 'gate-kiosk', version: '1' } }
  const digest = 'A'.repeat(43)
  const list = { name: 'revoked', from: 0, version: 1, add: ['AAAAAAAAAAA'], remove: [], digest }

  test.each<[string, unknown]>([
    ['Visit', visit],
    ['Visit', { ...visit, later: 'a member that this version does not know' }],
    ['Batch', { log: randomUUID(), first: 1, visits: [visit] }],
    ['DeviceRequest', device],
    ['Refusal', { code: 'gap', expected: 7 }],
    ['Refusal', { code: 'revoked', purge: true }],
    ['UploadReply', { acked: 0, rejected: [], receipt: 'a.b.c' }],
    ['ListDelta', list],
  ])('takes a right %s', (name, value) => {
    expect(shape(name).safeParse(value).error).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['Visit', { ...visit, direction: 'sideways' }],
    ['Visit', { ...visit, hash: 'short' }],
    ['Batch', { log: randomUUID(), first: 1, visits: [] }],
    ['DeviceRequest', { ...device, publicKey: { ...key, crv: 'X25519' } }],
    ['Refusal', { code: 'gap' }],
    ['UploadReply', { acked: -1, rejected: [], receipt: 'a.b.c' }],
    ['ListDelta', { ...list, digest: '' }],
  ])('refuses a wrong %s', (name, value) => {
    expect(shape(name).safeParse(value).success).toBe(false)
  })
})
