import type { K3sFlagTable } from './k3s-flag.ts'
import { k3sFlags as v136 } from './v1.36.ts'

/** One table for each minor version, newest first. */
export const flagTables = [v136] as const satisfies readonly K3sFlagTable[]

/** The table of the newest known version. */
export const newestFlagTable: K3sFlagTable = flagTables[0]

/** Returns the table for a release such as `v1.36.4+k3s1`. If the version has none, returns the newest table. */
export function findFlagTable(release: string): K3sFlagTable {
  return flagTables.find((table) => isTableOf(table, release)) ?? newestFlagTable
}

/** Says whether a table is of the minor version of a release. */
export function isTableOf({ version }: K3sFlagTable, release: string): boolean {
  return release.startsWith(`${version}.`)
}

/** Lists the names of the flags that a role's config.yaml may hold. */
export function flagNamesOf({ flags }: K3sFlagTable, role: 'server' | 'agent'): readonly string[] {
  return flags.filter((flag) => flag.of === 'both' || flag.of === role).map(({ name }) => name)
}
