import { z } from 'zod'
import * as protocol from '../sync/protocol.ts'

/** The payloads that travel as a compact JWS (RFC 7515) signed by the platform. */
const signedPayloads = { Policy: protocol.Policy, ListDelta: protocol.ListDelta, Receipt: protocol.Receipt }

const shapes = {
  DeviceRequest: protocol.DeviceRequest,
  DeviceReply: protocol.DeviceReply,
  Batch: protocol.Batch,
  Visit: protocol.Visit,
  UploadReply: protocol.UploadReply,
  Health: protocol.Health,
  Refusal: protocol.Refusal,
  ...signedPayloads,
}

const ref = (name: keyof typeof shapes) => ({ $ref: `#/components/schemas/${name}` })
const json = (name: keyof typeof shapes) => ({ 'application/json': { schema: ref(name) } })
const refused = (description: string) => ({ description, content: json('Refusal') })
const signed = (payload: keyof typeof signedPayloads) => ({
  'application/jose': {
    schema: { type: 'string', contentMediaType: 'application/jose', contentSchema: ref(payload) },
  },
})

/** The answers that every request signed by a device may get. */
const ofDevice = {
  '401': refused('The token is wrong or was used before. `Date` tells the time to sign by.'),
  '403': refused('The device was revoked.'),
  '503': {
    ...refused('Busy.'),
    headers: { 'Retry-After': { required: true, schema: { type: 'integer' }, description: 'Seconds.' } },
  },
}
const id = { name: 'id', in: 'path', required: true, schema: { type: 'string', pattern: '^dev_[0-9a-f]{32}$' } }

const paths = {
  '/v1/devices': {
    post: {
      summary: 'Enrols a gate by a token that works once.',
      security: [],
      requestBody: { required: true, content: json('DeviceRequest') },
      responses: {
        '201': { description: 'Enrolled.', content: json('DeviceReply') },
        '410': refused('The token was used or is out of date.'),
        '422': refused('Not of the expected shape.'),
      },
    },
  },
  '/v1/devices/{id}/visits': {
    parameters: [id],
    post: {
      summary: 'Stores visits of one log, each exactly once.',
      description: 'At most 500 visits and 1 MiB as sent, which may be in gzip.',
      parameters: [{ name: 'Content-Encoding', in: 'header', schema: { enum: ['gzip', 'identity'] } }],
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: { allOf: [ref('Batch'), { properties: { visits: { items: ref('Visit') } } }] },
          },
        },
      },
      responses: {
        '200': { description: '`receipt` is a compact JWS of a Receipt.', content: json('UploadReply') },
        '409': refused('A gap: go on from `expected`. A fork: another visit is held under `seq`.'),
        '413': refused('Too large: send fewer visits.'),
        '422': refused('Not of the expected shape.'),
        ...ofDevice,
      },
    },
  },
  '/v1/devices/{id}/policy': {
    parameters: [id],
    get: {
      summary: 'The policy in force.',
      parameters: [{ name: 'If-None-Match', in: 'header', schema: { type: 'string' } }],
      responses: {
        '200': { description: 'The policy; `ETag` is its version.', content: signed('Policy') },
        '304': { description: 'The gate has it already.' },
        ...ofDevice,
      },
    },
  },
  '/v1/devices/{id}/lists/{name}': {
    parameters: [id, { name: 'name', in: 'path', required: true, schema: { const: 'revoked' } }],
    get: {
      summary: 'What changed of a large list that the policy refers to.',
      parameters: [{ name: 'since', in: 'query', schema: { type: 'integer', minimum: 0 } }],
      responses: {
        '200': { description: 'The changes, or all of it.', content: signed('ListDelta') },
        '404': refused('There is no such list.'),
        '422': refused('`since` is not a version.'),
        ...ofDevice,
      },
    },
  },
  '/v1/devices/{id}/health': {
    parameters: [id],
    post: {
      summary: 'How the gate is.',
      requestBody: { required: true, content: json('Health') },
      responses: {
        '204': { description: 'Taken.' },
        '413': refused('More than 64 KiB.'),
        '422': refused('Not of the expected shape.'),
        ...ofDevice,
      },
    },
  },
}

/** The protocol as OpenAPI 3.1. */
export function openApi() {
  const schemas = Object.entries(shapes).map(([name, shape]) => {
    // What a sender may write: nothing of the protocol is changed by reading it.
    const { $schema: _draft, ...schema } = z.toJSONSchema(shape, { target: 'draft-2020-12', io: 'input' })
    return [name, schema]
  })
  return {
    openapi: '3.1.0',
    info: { title: 'Gate platform', version: '1' },
    security: [{ device: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(schemas),
      securitySchemes: {
        device: {
          ...{ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          description:
            'Signed by the device (EdDSA, typ gate-device+jwt, kid the id) with iss, aud, iat, exp ≤ iat + 60, jti, htm, ' +
            'htu (path and query) and bh, the base64url SHA-256 of the body as sent.',
        },
      },
    },
  }
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(openApi(), null, 2)}\n`)
