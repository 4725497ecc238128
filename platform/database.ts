import type { z } from 'zod'

/** One SQL for PGlite and PostgreSQL. Rows come as JSON-like values: bigint columns as numbers, timestamptz as Date. */
export interface Queries {
  query(text: string, params?: unknown[]): Promise<unknown[]>
}

export interface Database extends Queries {
  /** Commits when `work` returns, rolls back when it throws. Inside it, only its own `queries` may be used. */
  transaction<T>(work: (queries: Queries) => Promise<T>): Promise<T>
  close(): Promise<void>
}

/** The rows of a query, each checked against `row`. Throws where the database holds another shape, which is a bug. */
export async function select<T>(queries: Queries, row: z.ZodType<T>, text: string, params: unknown[] = []) {
  const found = await queries.query(text, params)
  return found.map((value) => row.parse(value))
}
