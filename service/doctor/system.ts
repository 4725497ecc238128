import { accessSync, constants, readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'

/** What the checks ask of the machine; none of it opens a device or changes anything. */
export interface System {
  readonly platform: NodeJS.Platform
  readonly nodeVersion: string
  /** `groups`: the ids that this process has now, which are older than a change of the user's groups. */
  readonly user: { readonly name: string; readonly uid: number; readonly groups: readonly number[] }
  /** Null for what cannot be read. */
  read(path: string): string | null
  /** The names in a folder; none where there is no such folder. */
  list(path: string): readonly string[]
  /** Null for what is not there. */
  stat(path: string): { readonly device: number; readonly inode: number } | null
  /** Whether the user may read and write it. */
  isPermitted(path: string): boolean
  /** Loads a package with native code. A string says why it cannot be loaded. */
  load(name: NativePackage): string | null
}

/** The packages that need something of the system, or of the processor. */
export type NativePackage = 'node-hid' | 'koffi'

const require = createRequire(import.meta.url)

export const thisSystem: System = {
  platform: process.platform,
  nodeVersion: process.versions.node,
  user: { name: userInfo().username, uid: userInfo().uid, groups: process.getgroups?.() ?? [] },
  read: (path) => orElse(null, () => readFileSync(path, 'utf8')),
  list: (path) => orElse([], () => readdirSync(path)),
  stat: (path) => orElse(null, () => ({ device: statSync(path).dev, inode: statSync(path).ino })),
  isPermitted: (path) => orElse(false, () => accessSync(path, constants.R_OK | constants.W_OK) === undefined),
  load(name) {
    try {
      const loaded = require(name)
      // Its native part is loaded with the first use.
      if (name === 'node-hid') loaded.devices()
      return null
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  },
}

function orElse<Value>(otherwise: Value, ask: () => Value): Value {
  try {
    return ask()
  } catch {
    return otherwise
  }
}
