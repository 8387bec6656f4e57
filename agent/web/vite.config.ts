// SPDX-License-Identifier: MulanPSL-2.0
import vue from '@vitejs/plugin-vue'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

// Addresses are relative, names carry their content's hash, nothing is inlined: the policy that the
// service sends (agent/api/page.h) allows files of its own and nothing else.
export default defineConfig({
  base: './',
  plugins: [vue()],
  resolve: { alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) } },
  build: {
    target: 'es2020',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
    reportCompressedSize: false,
  },
  // For work on the page: `npm run dev` beside `huce serve`.
  server: { proxy: { '/api': 'http://127.0.0.1:7400' } },
})
