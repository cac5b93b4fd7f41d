/** What the command line and the library take where nobody says otherwise. */

export const buildDefaults = { format: 'img.xz', jobs: 3 } as const

export const bootDefaults = {
  board: 'pi4',
  until: ['cloud-init done'],
  timeoutSeconds: 600,
  memoryMiB: 1024,
  diskMiB: 8192,
  network: '10.0.2.0/24',
} as const
