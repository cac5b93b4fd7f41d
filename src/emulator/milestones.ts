/** What a booting node says of its progress on the serial console. */

export const milestoneNames = ['kernel', 'cloud-init done', 'k3s started', 'joined'] as const
export type MilestoneName = (typeof milestoneNames)[number]

export interface Milestone {
  readonly name: MilestoneName
  /** Since the machine was switched on. */
  readonly seconds: number
  /** What it was read from. */
  readonly line: string
}

/** The lines of the kernel, of cloud-init's final stage, and of bantam's first boot. */
const patterns: readonly (readonly [MilestoneName, RegExp])[] = [
  ['kernel', /\bLinux version \d/],
  ['cloud-init done', /\bCloud-init v\. .* finished at /],
  ['k3s started', /first-boot.*\bstage: k3s-started\b/],
  ['joined', /first-boot.*\bstage: joined\b/],
]

/** What ends a boot for good. */
const failures: readonly RegExp[] = [
  /Kernel panic - not syncing/,
  /^\(initramfs\)/,
  /You are in emergency mode/,
  /ALERT! .* does not exist/,
]

/** The milestone that a line of the console stands for; null: none. */
export function parseMilestone(line: string): MilestoneName | null {
  return patterns.find(([, pattern]) => pattern.test(line))?.[0] ?? null
}

/** Says whether a line of the console means that the boot has ended in failure. */
export function isBootFailure(line: string): boolean {
  return failures.some((pattern) => pattern.test(line))
}
