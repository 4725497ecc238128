import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'

const Entry = z.looseObject({
  resolved: z.string().optional(),
  gypfile: z.boolean().optional(),
  optional: z.boolean().optional(),
  engines: z.unknown().optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})
// Where one of these fails, npm install has written the lockfile: npm run lock makes it whole.
const file = new URL('../package-lock.json', import.meta.url)
const { packages } = z.object({ packages: z.record(z.string(), Entry) }).parse(JSON.parse(readFileSync(file, 'utf8')))

it('holds the binaries of every platform, without which npm ci refuses the lockfile', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  )
  expect(missing).toEqual([])
})

it('keeps npm from compiling better-sqlite3, whose binaries are in its package', () => {
  expect(packages['node_modules/better-sqlite3']?.gypfile).toBe(false)
})

it('lets an older Node install the binaries that the pinned Node needs', () => {
  const picky = Object.entries(packages).filter(([, entry]) => entry.optional && entry.engines !== undefined)
  expect(picky.map(([path]) => path)).toEqual([])
})

it('names no host, so that any mirror serves', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
