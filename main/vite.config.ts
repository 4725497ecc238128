import { join } from 'node:path'
import { defineConfig, type EnvironmentOptions } from 'vite'

const root = join(import.meta.dirname, '..')

// Whatever is not listed is bundled, so that the package carries no node_modules but those of the native drivers.
const natives = ['better-sqlite3', 'serialport', /^@serialport\//, 'node-hid', 'koffi', 'electron']

function bundle(entry: string, folder: string, file: string, format: 'es' | 'cjs'): EnvironmentOptions {
  return {
    consumer: 'server',
    resolve: { noExternal: true },
    build: {
      outDir: join(root, 'dist', folder),
      emptyOutDir: false,
      copyPublicDir: false,
      target: 'node24',
      minify: false,
      sourcemap: false,
      rolldownOptions: {
        input: join(root, entry),
        external: natives,
        platform: 'node',
        output: { format, entryFileNames: file, codeSplitting: false },
      },
    },
  }
}

export default defineConfig({
  root,
  // Nothing of the machine that builds may reach the build.
  envDir: false,
  environments: {
    main: bundle('main/main.ts', 'main', 'main.js', 'es'),
    // A sandboxed preload must be CommonJS.
    preload: bundle('main/preload.ts', 'main', 'preload.cjs', 'cjs'),
    service: bundle('service/hosts/shell.ts', 'service', 'shell.js', 'es'),
    wedge: bundle('drivers/readers/wedge/worker.ts', 'service', 'wedge-worker.js', 'es'),
  },
  builder: {
    async buildApp(builder) {
      for (const name of ['main', 'preload', 'service', 'wedge']) {
        const environment = builder.environments[name]
        if (environment !== undefined) await builder.build(environment)
      }
    },
  },
})
