import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import type { z } from 'zod'
import { maxBatchBytes } from '../sync/protocol.ts'

export const maxBody = maxBatchBytes
const maxInflated = 16 * 1024 * 1024

export type Inflated = { kind: 'plain'; bytes: Buffer } | { kind: 'too-large' } | { kind: 'invalid'; detail: string }

/** Undoes `Content-Encoding`; never makes more than 16 MiB of a body. */
export async function inflate(bytes: Buffer, encoding: string | undefined): Promise<Inflated> {
  if (encoding === undefined || encoding === 'identity') return { kind: 'plain', bytes }
  if (encoding !== 'gzip') return { kind: 'invalid', detail: 'content-encoding: expected gzip or none' }
  try {
    return { kind: 'plain', bytes: await promisify(gunzip)(bytes, { maxOutputLength: maxInflated }) }
  } catch (error) {
    const large = error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
    return large ? { kind: 'too-large' } : { kind: 'invalid', detail: 'body: expected gzip' }
  }
}

export type Read<T> = { kind: 'value'; value: T } | { kind: 'invalid'; detail: string }

/** A JSON body in UTF-8, of the given shape. */
export function readJson<T>(bytes: Uint8Array, shape: z.ZodType<T>): Read<T> {
  const json = parseJson(bytes)
  if (json === undefined) return { kind: 'invalid', detail: 'body: expected JSON in UTF-8' }
  const parsed = shape.safeParse(json)
  if (parsed.success) return { kind: 'value', value: parsed.data }
  return { kind: 'invalid', detail: explain(parsed.error) }
}

/** Names the members and what was expected, never what was received: it may be personal. */
export function explain(error: z.ZodError | undefined): string {
  const issues = (error?.issues ?? []).map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  )
  return issues.join('; ').slice(0, 300)
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}
