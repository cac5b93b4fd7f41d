import { defineConfig } from 'vitest/config'
import { distImports } from './test/support/dist-imports.ts'

export default defineConfig({
  plugins: [distImports()],
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/fresh-dist.ts'],
    // Read by tests and imported by none: with `--changed`, an edit of one of these runs every test.
    forceRerunTriggers: [
      '**/package.json/**',
      '**/vitest.config.*',
      '**/{seeds,profiles,debian-13}/**',
      '**/test/{golden,fixtures}/**',
      '**/test/**/{fixtures,samples,stand-in}/**',
    ],
    tags: [{ name: 'slow', description: 'More than two seconds of CPU time; left out of npm run test:fast.' }],
    // Vitest keeps one processor free unless it is told: on two, files would run one after the other.
    maxWorkers: '100%',
    // Real images, cloud-init and netplan are slow on two shared cores.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
