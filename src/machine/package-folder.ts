import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the package is: profiles, templates, recipe and docs travel with it. src/machine and dist/machine are equally deep. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

export const shippedProfiles = join(packageFolder, 'profiles')
export const shippedSeeds = join(packageFolder, 'seeds')
export const shippedRecipe = join(packageFolder, 'debian-13')
/** Joins its standard input and output to a server of this machine: see `withPrivateLink`. */
export const forwardScript = join(packageFolder, 'dist', 'cli', 'forward-connection.js')
