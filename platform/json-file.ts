import { readFileSync } from 'node:fs'
import type { z } from 'zod'
import { UsageError } from './arguments.ts'
import { explain } from './body.ts'

/** What a file of the operator's holds. Throws UsageError. */
export function readJsonFile<T>(path: string, shape: z.ZodType<T>): T {
  const parsed = shape.safeParse(readJson(path))
  if (!parsed.success) throw new UsageError(`${path}: ${explain(parsed.error)}`)
  return parsed.data
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path)))
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  }
}
