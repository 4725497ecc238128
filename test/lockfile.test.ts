import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { z } from 'zod'

const Entry = z.looseObject({
  resolved: z.string().optional(),
  gypfile: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
})
const file = new URL('../package-lock.json', import.meta.url)
const { packages } = z.object({ packages: z.record(z.string(), Entry) }).parse(JSON.parse(readFileSync(file, 'utf8')))

it('holds the binaries of every platform, without which npm ci refuses the lockfile', () => {
  const missing = Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
    ),
  )
  // npm makes it whole only where there is no node_modules: npm install --package-lock-only in an empty folder.
  expect(missing).toEqual([])
})

it('keeps npm from compiling better-sqlite3, whose binaries are in its package', () => {
  // npm reads its "gypfile": false from the lockfile alone, but does not write it there: put it back by hand.
  expect(packages['node_modules/better-sqlite3']?.gypfile).toBe(false)
})

it('names no host, so that any mirror serves', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([])
})
