/** The milestones of a boot, as the serial console shows them. */

export const milestoneNames = ['kernel', 'cloud-init done', 'k3s started', 'joined'] as const
export type MilestoneName = (typeof milestoneNames)[number]

export interface Milestone {
  readonly name: MilestoneName
  /** Since the machine was switched on. */
  readonly seconds: number
  /** The line of the console that shows it. */
  readonly line: string
}

/** The lines of the kernel, of cloud-init's final stage, and of bantam's first boot. */
const patterns: readonly (readonly [MilestoneName, RegExp])[] = [
  ['kernel', /\bLinux version \d/],
  ['cloud-init done', /\bCloud-init v\. .* finished at /],
  ['k3s started', /first-boot.*\bstage: k3s-started\b/],
  ['joined', /first-boot.*\bstage: joined\b/],
]

/** Lines after which a boot cannot succeed. */
const failures: readonly RegExp[] = [
  /Kernel panic - not syncing/,
  /^\(initramfs\)/,
  /You are in emergency mode/,
  /ALERT! .* does not exist/,
]

/** What systemd says of the unit that keeps a system from coming up; the units that wait for it fail after it. */
const causes: readonly RegExp[] = [
  /Timed out waiting for device/,
  /\bFailed to (?:mount|start) /,
  /Dependency failed for /,
]

/** Finds the milestone that a line of the console shows; null: none. */
export function parseMilestone(line: string): MilestoneName | null {
  return patterns.find(([, pattern]) => pattern.test(line))?.[0] ?? null
}

/** Finds the line of the console that says why a boot failed; null: none does. */
export function findBootCause(lines: readonly string[]): string | null {
  return causes.map((pattern) => lines.find((line) => pattern.test(line))).find((line) => line !== undefined) ?? null
}

/** Says whether a line of the console means that the boot has failed. */
export function isBootFailure(line: string): boolean {
  return failures.some((pattern) => pattern.test(line))
}
