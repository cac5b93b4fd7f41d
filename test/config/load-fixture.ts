import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type LoadedCluster, loadCluster, type LoadOptions } from '../../src/config/load-cluster.ts'
import { hasCode } from '../../src/errors.ts'
import type { Problem } from '../../src/errors/problem.ts'

export const fixturesFolder = join(import.meta.dirname, 'fixtures')
export const profilesFolder = join(import.meta.dirname, '../../profiles')

type Values = LoadOptions['values']

/** No variable is set, and the secrets file holds no value. */
const noValues: Values = { need: 'all', env: {}, readSecrets: () => Promise.resolve({}) }

/** Loads a cluster file with the shipped profiles; the home folder is that of the fixtures unless said otherwise. */
export function loadFixture(
  file: string,
  homeFolder = join(fixturesFolder, 'home'),
  values: Partial<Values> = {},
): Promise<LoadedCluster> {
  return loadCluster(file, { homeFolder, profilesFolder, values: { ...noValues, ...values } })
}

/** Gives the problems of a cluster file, warnings included. */
export async function problemsOf(file: string, values: Partial<Values> = {}): Promise<readonly Problem[]> {
  try {
    return (await loadFixture(file, undefined, values)).warnings
  } catch (error) {
    if (hasCode(error, 'CLUSTER_INVALID')) return error.facts.problems
    throw error
  }
}

/** Lends a new folder with a cluster file of this text. */
export async function withClusterFile<T>(
  text: string | Uint8Array,
  use: (file: string, folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bantam-config-'))
  try {
    const file = join(folder, 'cluster.yaml')
    await writeFile(file, text)
    return await use(file, folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}
