/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vite';
import { budget } from './budget.ts';

const hub = process.env.HEARTH_URL ?? 'http://127.0.0.1:7420';

export default defineConfig({
  plugins: [svelte(), svelteTesting(), budget()],
  base: './', // the page does not know where it is mounted: a proxy may give it a folder
  build: {
    target: ['chrome123', 'firefox128', 'safari17.5'],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0, // the CSP has no data: for fonts
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: { '/api': hub, '/ws': { target: hub, ws: true } },
  },
  test: {
    environment: 'jsdom',
    setupFiles: ['./src/test-setup.ts'],
    include: ['src/**/*.test.ts'],
    restoreMocks: true,
  },
});
