import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Folder of the package, with its profiles, templates, recipe and docs. src/machine and dist/machine are equally deep. */
export const packageFolder = fileURLToPath(new URL('../..', import.meta.url))

export const shippedProfiles = join(packageFolder, 'profiles')
export const shippedSeeds = join(packageFolder, 'seeds')
export const shippedRecipe = join(packageFolder, 'debian-13')
/** A script that connects its standard input and output to a server on this machine: see `withPrivateLink`. */
export const forwardScript = join(packageFolder, 'dist', 'cli', 'forward-connection.js')
