import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real images, cloud-init and netplan are slow on two shared cores.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
