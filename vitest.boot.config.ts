import { defineConfig } from 'vitest/config'

/** Tests that boot images in QEMU: `npm run test:boot`. */
export default defineConfig({
  test: {
    include: ['test/boot/**/*.boot.ts'],
    // The second one builds images out of what the first one builds.
    globalSetup: ['test/support/fresh-dist.ts', 'test/boot/make-bases.ts'],
    // Machines are emulated; each test waits for several of them.
    testTimeout: 3_000_000,
    hookTimeout: 600_000,
    maxConcurrency: 12,
    // More machines than processors are slower than one after the other: time-outs of the systems in them begin to strike.
    maxWorkers: 1,
    fileParallelism: false,
    reporters: ['default'],
  },
})
