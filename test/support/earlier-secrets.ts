/** Secrets files as earlier versions of bantam wrote them, byte for byte. */
import { readFileSync } from 'node:fs'
import { parseSecretsFile, type SecretsFile } from '../../src/secrets/secrets-file.ts'

export const earlierVersions = [2, 3] as const
export type EarlierVersion = (typeof earlierVersions)[number]

/** Returns the text of the secrets file of a cluster `home`. */
export function earlierText(version: EarlierVersion): string {
  return readFileSync(new URL(`../secrets/samples/secrets-version-${version}.yaml`, import.meta.url), 'utf8')
}

/** Reads the secrets file of a cluster `home`. */
export function earlierSecrets(version: EarlierVersion): Promise<SecretsFile> {
  return parseSecretsFile(earlierText(version), 'home.secrets.yaml')
}
