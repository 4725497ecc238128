import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Pictures of codes, and the text of each. */
export type Stills = { folder: string; all: readonly { file: string; expected: string }[] }

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url))

/** The stills of ../shared/vectors, or null. */
export function keptStills(): Stills | null {
  return listed(join(shared, 'vectors/qr/gate'))
}

/** New stills of a seed, or null where they cannot be made. */
export function newStills(seed: string, folder: string): Stills | null {
  const script = join(shared, 'tools/gate-frames.py')
  if (!existsSync(script)) return null
  const { status } = spawnSync('/usr/bin/python3', [script, 'stills', folder, seed], { stdio: 'ignore' })
  return status === 0 ? listed(folder) : null
}

/** As ../shared/tools/gate-frames.py lists them. */
function listed(folder: string): Stills | null {
  const manifest = join(folder, 'manifest.jsonl')
  if (!existsSync(manifest)) return null
  const lines = readFileSync(manifest, 'utf8').trim().split('\n')
  return { folder, all: lines.map((line) => JSON.parse(line)) }
}
