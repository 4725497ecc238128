import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import { z } from 'zod'
import { addEnrolment, addSite } from '../../platform/admin.ts'
import { type Server, serve } from '../../platform/serve.ts'
import { firstPrev, visitHash } from '../../sync/digest.ts'
import { type Enrolment, enrol } from '../../sync/enrolment.ts'
import { parseEnrolmentCode } from '../../sync/enrolment-code.ts'
import { Visit } from '../../sync/protocol.ts'
import { memoryFolder } from './folder.ts'

const Row = z.object({
  seq: z.int(),
  hash: z.string().nullable(),
  visit: z.unknown(),
  rejected_code: z.string().nullable(),
})

/** The platform itself, on PGlite, and what its operator's backup and mistakes do to it. */
export class RealPlatform {
  readonly #server: Server
  readonly #site: string
  readonly #dir: string

  private constructor(server: Server, site: string, dir: string) {
    this.#server = server
    this.#site = site
    this.#dir = dir
  }

  static async start(): Promise<RealPlatform> {
    const dir = mkdtempSync(join(memoryFolder, 'faults-platform-'))
    process.env['XDG_STATE_HOME'] = join(dir, 'state')
    const storage = { kind: 'data' as const, dir: join(dir, 'data') }
    const server = await serve({ storage, host: '127.0.0.1', port: 0 }, pino({ level: 'silent' }))
    const site = await addSite.run(server.platform, { name: 'Chợ Mẫu', kind: 'market' })
    if (site.kind === 'refused') throw new Error(site.why)
    return new RealPlatform(server, site.value.id, dir)
  }

  get url(): string {
    return this.#server.url
  }

  async stop(): Promise<void> {
    await this.#server.close()
    rmSync(this.#dir, { recursive: true, force: true })
  }

  /** Enrols a gate that reaches the platform through `url`. */
  async enrol(url: string): Promise<Enrolment> {
    const answer = await addEnrolment.run(this.#server.platform, { site: this.#site })
    if (answer.kind === 'refused') throw new Error(answer.why)
    const code = parseEnrolmentCode(answer.value.code)
    if (typeof code === 'string') throw new Error(code)
    const result = await enrol(code, { name: 'Cổng A', software: { name: 'gate-kiosk', version: '0.0.0' } })
    if (result.kind === 'refused') throw new Error(result.why)
    return { ...result.enrolment, url }
  }

  /** What it holds of a log. Throws where that is not a chain of sound visits, each of them once. */
  async held(device: string, log: string): Promise<Visit[]> {
    const text = 'select seq, hash, visit, rejected_code from visit where device = $1 and log = $2 order by seq'
    const rows = z.array(Row).parse(await this.#server.platform.database.query(text, [device, log]))
    let prev = firstPrev
    return rows.map(({ seq, hash, visit: stored, rejected_code }, i) => {
      const visit = Visit.parse(stored)
      const sound = seq === i + 1 && visit.seq === seq && visit.prev === prev && rejected_code === null
      if (!sound || visitHash(visit) !== hash)
        throw new Error(`row ${i + 1} of the log holds visit ${seq}, or none that joins`)
      prev = hash
      return visit
    })
  }

  /** How many visits of a log it holds. */
  async count(device: string, log: string): Promise<number> {
    const text = 'select count(*)::int as count from visit where device = $1 and log = $2'
    const [row] = await this.#server.platform.database.query(text, [device, log])
    return z.object({ count: z.int() }).parse(row).count
  }

  /** Puts a log back to its first `to` visits, as a restored backup of the database does. */
  async restore(device: string, log: string, to: number): Promise<void> {
    await this.#server.platform.database.transaction(async (queries) => {
      await queries.query('delete from visit where device = $1 and log = $2 and seq > $3', [device, log, to])
      const head = to === 0 ? 'delete from log where device = $1 and log = $2 and acked > $3' : rewind
      await queries.query(head, [device, log, to])
    })
  }

  async revoke(device: string, revoked: boolean): Promise<void> {
    const text = `update device set revoked_at = ${revoked ? 'now()' : 'null'} where id = $1`
    await this.#server.platform.database.query(text, [device])
  }

  /** Forgets all visits: a long run must not grow, and nobody vacuums this database. */
  async forget(): Promise<void> {
    await this.#server.platform.database.query('truncate visit, log')
  }
}

const rewind = `update log set acked = $3, hash = (select hash from visit where device = $1 and log = $2 and seq = $3)
  where device = $1 and log = $2 and acked > $3`
