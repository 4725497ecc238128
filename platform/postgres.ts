import pg from 'pg'
import type { Database, Queries } from './database.ts'

const int8 = 20

/** Opens a pool on a `postgres://…` URL. Nothing waits for ever: connecting 10 s, a statement 30 s. */
export function openPostgres(connectionString: string): Database {
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    types: {
      // Counters stay far below 2^53; pg would give text.
      getTypeParser: (id: number, format?: 'text' | 'binary') =>
        id === int8 ? Number : pg.types.getTypeParser(id, format ?? 'text'),
    },
  })
  // An idle connection that breaks is replaced at the next query; without a listener it would end the process.
  pool.on('error', () => {})
  return {
    query: async (text, params) => (await pool.query(text, params)).rows,
    transaction: (work) => transaction(pool, work),
    close: () => pool.end(),
  }
}

async function transaction<T>(pool: pg.Pool, work: (queries: Queries) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const result = await work({ query: async (text, params) => (await client.query(text, params)).rows })
    await client.query('commit')
    client.release()
    return result
  } catch (error) {
    // Closing the connection rolls back, even when it is the connection that broke.
    client.release(true)
    throw error
  }
}
