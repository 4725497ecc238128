import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'

const run = promisify(execFile)
const project = fileURLToPath(new URL('../..', import.meta.url))

// The builder's library belongs to the builder, so it is looked up from there.
const builderEntry = createRequire(import.meta.url).resolve('electron-builder')
const fromBuilder = createRequire(builderEntry)
const fromLibrary = createRequire(fromBuilder.resolve('app-builder-lib'))

const Library = z.object({
  getConfig: z.custom<(projectDir: string, path: null, fallback: null) => Promise<unknown>>(
    (value) => typeof value === 'function',
  ),
  validateConfiguration: z.custom<(config: unknown, log: { isEnabled: boolean }) => Promise<void>>(
    (value) => typeof value === 'function',
  ),
})
const { getConfig, validateConfiguration } = Library.parse(fromBuilder('app-builder-lib/out/util/config/config.js'))

describe('electron-builder.yml', () => {
  it("is valid by the builder's own schema", async () => {
    const config = z.record(z.string(), z.unknown()).parse(await getConfig(project, null, null))
    await expect(validateConfiguration(config, { isEnabled: false })).resolves.toBeUndefined()
    const misspelt = { ...config, electronFuse: {} }
    await expect(validateConfiguration(misspelt, { isEnabled: false })).rejects.toThrow('electronFuse')
  })

  it('sets the fuses, packs an archive, rebuilds and publishes nothing', async () => {
    expect(await getConfig(project, null, null)).toMatchObject({
      appId: 'vn.gate-kiosk',
      asar: true,
      asarUnpack: ['**/*.node'],
      npmRebuild: false,
      publish: null,
      directories: { output: 'release' },
      linux: { target: ['deb', 'AppImage'] },
      win: { target: ['nsis'] },
      nsis: { oneClick: false, perMachine: true },
      electronFuses: {
        runAsNode: false,
        enableNodeOptionsEnvironmentVariable: false,
        enableNodeCliInspectArguments: false,
        enableEmbeddedAsarIntegrityValidation: true,
        onlyLoadAppFromAsar: true,
        grantFileProtocolExtraPrivileges: false,
      },
    })
  })
})

// What marks the fuses in Electron's binary (@electron/fuses); version 1, nine fuses, set to Electron's defaults.
const fuseMark = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX'
const stockFuses = `${fuseMark}\u0001\u0009101100101`

/** A folder that looks like Electron for Linux to the builder; what counts here is what is packed beside it. */
async function makeDistribution(folder: string): Promise<void> {
  await mkdir(join(folder, 'locales'), { recursive: true })
  await mkdir(join(folder, 'resources'))
  for (const file of ['LICENSE', 'LICENSES.chromium.html', 'locales/vi.pak']) await writeFile(join(folder, file), '')
  await writeFile(join(folder, 'electron'), stockFuses)
  await chmod(join(folder, 'electron'), 0o755)
}

describe('the package for Linux, with a stand-in for the Electron binary', () => {
  let folder = ''
  let unpacked = ''
  let archive: string[] = []

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gate-kiosk-package-'))
    await makeDistribution(join(folder, 'electron'))
    await run(process.execPath, [
      join(dirname(builderEntry), '..', 'cli.js'),
      ...['--linux', 'dir', '--x64', '--projectDir', project],
      `-c.electronDist=${join(folder, 'electron')}`,
      `-c.directories.output=${join(folder, 'release')}`,
      // The shell itself need not be built for this.
      '-c.extraMetadata.main=package.json',
    ])
    unpacked = join(folder, 'release', 'linux-unpacked')
    const asar = fromLibrary.resolve('@electron/asar')
    await run(process.execPath, [
      ...[
        '--input-type=module',
        '--eval',
        'const [, asar, from, to] = process.argv; (await import(asar)).extractAll(from, to)',
      ],
      ...[asar, join(unpacked, 'resources', 'app.asar'), join(folder, 'app')],
    ])
    archive = await readdir(join(folder, 'app'), { recursive: true })
  }, 60_000)

  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('holds the build, its native packages and nothing else', () => {
    const top = new Set(archive.map((path) => path.split(sep)[0]))
    expect([...top].filter((name) => name !== 'dist').sort()).toEqual(['node_modules', 'package.json'])
    const packages = archive.filter((path) => /^node_modules.[^/\\]+$/.test(path)).map((path) => path.slice(13))
    const drivers = ['@koromix', '@serialport', 'better-sqlite3', 'koffi', 'node-hid', 'serialport']
    const theirs = ['debug', 'ms', 'node-gyp-build', 'pkg-prebuilds']
    expect(packages.sort()).toEqual([...drivers, ...theirs].sort())
  })

  it('holds native code for its own platform only, outside the archive', async () => {
    const natives = archive.filter((path) => path.endsWith('.node')).map((path) => path.split(sep).join('/'))
    expect(natives.sort()).toEqual([
      'node_modules/@koromix/koffi-linux-x64/linux_x64/koffi.node',
      'node_modules/@koromix/koffi-linux-x64/musl_x64/koffi.node',
      'node_modules/@serialport/bindings-cpp/prebuilds/linux-x64/@serialport+bindings-cpp.glibc.node',
      'node_modules/@serialport/bindings-cpp/prebuilds/linux-x64/@serialport+bindings-cpp.musl.node',
      'node_modules/better-sqlite3/prebuilds/linux-x64.node',
      'node_modules/node-hid/prebuilds/HID_hidraw-linux-x64/node-napi-v4.node',
    ])
    const beside = await readdir(join(unpacked, 'resources', 'app.asar.unpacked'), { recursive: true })
    for (const native of natives) expect(beside.map((path) => path.split(sep).join('/'))).toContain(native)
  })

  const sameTarget = process.platform === 'linux' && process.arch === 'x64'
  it.runIf(sameTarget)('holds all that the native packages need to load', async () => {
    const script = join(folder, 'app', 'load.mjs')
    await writeFile(
      script,
      [
        "import Database from 'better-sqlite3'",
        "import 'serialport'",
        "import { getHidapiVersion } from 'node-hid'",
        "import koffi from 'koffi'",
        "new Database(':memory:')",
        'getHidapiVersion()',
        "koffi.sizeof('int')",
        "console.log('loaded')",
      ].join('\n'),
    )
    expect((await run(process.execPath, [script])).stdout).toBe('loaded\n')
  })

  it('has its fuses set', async () => {
    const binary = await readFile(join(unpacked, 'gate-kiosk'), 'latin1')
    expect(binary.slice(fuseMark.length + 2)).toBe('000011101')
  })
})
