import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite } from '@electric-sql/pglite'
import type { Database } from '../../platform/database.ts'
import { openPglite } from '../../platform/pglite.ts'
import { openPostgres } from '../../platform/postgres.ts'
import { startCluster } from '../../test/platform/postgres.ts'

/** A database that the platform is measured on. */
export interface Engine {
  name: string
  /** For `gate-platform serve`. */
  args: string[]
  /** Only while no platform is running on it. */
  open(): Promise<Database>
  /** CPU seconds of the database so far; null where they count for the platform or are not ours to see. */
  cpuSeconds(): number | null
  /** Takes all visits into `bare` by one COPY; gives the seconds. */
  copy(): Promise<number>
  stop(): Promise<void>
}

const psql = `${process.env['PG_BIN'] ?? '/usr/lib/postgresql/15/bin'}/psql`
const all =
  'select site, device, log, seq, received_at, at, hash, visit, raw, rejected_code, rejected_detail from visit'

/** `url` null: a cluster of its own, removed afterwards. */
export async function postgres(url: string | null): Promise<Engine> {
  const cluster = url === null ? await startCluster() : { url, pid: null, stop: async () => {} }
  const folder = mkdtempSync(join(tmpdir(), 'bench-copy-'))
  const file = join(folder, 'visits')
  const run = (command: string) => execFileSync(psql, [cluster.url, '-qc', command], { stdio: 'pipe' })
  return {
    name: 'PostgreSQL',
    args: ['--database', cluster.url],
    open: async () => openPostgres(cluster.url),
    cpuSeconds: () => (cluster.pid === null ? null : familySeconds(cluster.pid)),
    copy: async () => {
      run(`\\copy (${all}) to '${file}'`)
      const began = performance.now()
      run(`\\copy bare from '${file}'`)
      return (performance.now() - began) / 1000
    },
    stop: async () => {
      rmSync(folder, { recursive: true })
      await cluster.stop()
    },
  }
}

export function pglite(): Engine {
  const folder = mkdtempSync(join(tmpdir(), 'bench-pglite-'))
  return {
    name: 'PGlite',
    args: ['--data', folder],
    open: () => openPglite(join(folder, 'database')),
    cpuSeconds: () => null,
    copy: async () => {
      const bare = await PGlite.create(join(folder, 'database'))
      const { blob } = await bare.query(`copy (${all}) to '/dev/blob'`)
      const began = performance.now()
      await bare.query(`copy bare from '/dev/blob'`, [], blob === undefined ? {} : { blob })
      const seconds = (performance.now() - began) / 1000
      await bare.close()
      return seconds
    },
    stop: async () => rmSync(folder, { recursive: true }),
  }
}

/** CPU seconds of a process since its start, with those of its children; Linux counts in ticks of 10 ms. */
export function familySeconds(pid: number): number {
  const families = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => statOf(name))
  const [own, children] = [families.find((stat) => stat.pid === pid), families.filter(({ parent }) => parent === pid)]
  return (own?.ended ?? 0) + [...children, ...(own === undefined ? [] : [own])].reduce((sum, { used }) => sum + used, 0)
}

/** `ended`: of its children that are gone. See proc_pid_stat(5). */
function statOf(pid: string) {
  const fields = statText(pid).split(') ').at(-1)?.split(' ') ?? []
  const seconds = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) / 100
  return { pid: Number(pid), parent: Number(fields[1]), used: seconds(11), ended: seconds(13) }
}

function statText(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // It ended meanwhile.
    return ''
  }
}
