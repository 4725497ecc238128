import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

// Run from the top of the checkout. The relative base lets one build serve http://127.0.0.1:PORT/ and app://gate/.
export default defineConfig({
  root: 'renderer',
  base: './',
  plugins: [react()],
  // The decoder for where WebAssembly is refused is a part of its own, which only a module can load.
  worker: { format: 'es' },
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    // The content security policy has no `data:` fonts.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
