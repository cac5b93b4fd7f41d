import { defineConfig } from 'vitest/config'

/** Tests that boot images in QEMU: `npm run test:boot`. */
export default defineConfig({
  test: {
    include: ['test/boot/**/*.boot.ts'],
    globalSetup: ['test/boot/make-bases.ts'],
    // Machines are emulated; each test waits for several of them.
    testTimeout: 1_500_000,
    hookTimeout: 600_000,
    maxConcurrency: 12,
    maxWorkers: 2,
    reporters: ['default'],
  },
})
