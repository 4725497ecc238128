import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import type { Answer, Command, Platform } from '../../platform/admin.ts'
import { addEnrolment, addSite } from '../../platform/admin.ts'
import { type Storage, serve } from '../../platform/serve.ts'
import { startCluster } from './postgres.ts'

export const engines = ['pglite', 'postgres'] as const

/** A folder that is removed by `remove`; also the home of the state file, so that no test touches the user's own. */
export function temporaryFolder() {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gate-platform-'))
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true }) }
}

/** The real server on one engine, with one site. */
export async function startEngine(kind: (typeof engines)[number]) {
  const { dir, remove } = temporaryFolder()
  process.env['XDG_STATE_HOME'] = path.join(dir, 'state')
  const cluster = kind === 'postgres' ? await startCluster() : null
  const data = path.join(dir, 'data')
  const storage: Storage = cluster === null ? { kind: 'data', dir: data } : { kind: 'database', url: cluster.url }
  const server = await serve({ storage, host: '127.0.0.1', port: 0 }, pino({ level: 'silent' }))
  const stop = async () => {
    await server.close()
    await cluster?.stop()
    remove()
  }
  return { base: server.url, platform: server.platform, stop }
}

export async function run<I, O>(platform: Platform, command: Command<I, O>, input: I): Promise<O> {
  const answer: Answer<O> = await command.run(platform, input)
  if (answer.kind === 'refused') throw new Error(answer.why)
  return answer.value
}

export async function makeSite(platform: Platform) {
  const site = await run(platform, addSite, { name: 'Chợ Đông', kind: 'market', address: '1 Phố Chợ' })
  return site.id
}

export async function makeCode(platform: Platform, site: string) {
  return (await run(platform, addEnrolment, { site, gate: undefined, area: undefined })).code
}
