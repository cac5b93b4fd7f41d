import { type Document, parseDocument } from 'yaml'
import { BuildError } from '../errors.ts'
import { nearestWord } from '../text/nearest-word.ts'
import { cloudConfigKeys } from './cloud-config-keys.ts'

/** The rendered file that is checked, for messages. */
export interface SeedOrigin {
  readonly template: string
  readonly node: string
}

type Mapping = Readonly<Record<string, unknown>>

/** Parses a rendered YAML file by the rules of the program that will read it, and requires a mapping. Throws `SEED_INVALID`. */
export function checkMapping(text: string, origin: SeedOrigin): Mapping {
  // The parser's own messages quote the source, which may hold a secret. Only the kind and the line of an error are reported.
  const document = parseDocument(text, { version: '1.1', prettyErrors: false, logLevel: 'silent' })
  const [error] = document.errors
  if (error !== undefined) {
    const line = text.slice(0, error.pos[0]).split('\n').length
    throw invalid(origin, `line ${line} is no valid YAML (${error.code})`)
  }
  const value = readValue(document, origin)
  if (!isMapping(value)) throw invalid(origin, 'it is no mapping of keys to values')
  return value
}

function readValue(document: Document.Parsed, origin: SeedOrigin): unknown {
  try {
    return document.toJS()
  } catch {
    // The parser's message quotes the name of the alias.
    throw invalid(origin, 'an alias (*name) in it has no anchor (&name) before it, or stands for too much')
  }
}

/** Checks user-data as cloud-init does, and rejects keys that cloud-init would ignore. */
export function checkUserData(text: string, origin: SeedOrigin): void {
  if (!/^#cloud-config\s*\n/.test(text)) throw invalid(origin, 'its first line is not "#cloud-config"')
  for (const key of Object.keys(checkMapping(text, origin))) {
    if (!cloudConfigKeys.has(key)) {
      const nearest = nearestWord(key, [...cloudConfigKeys])
      throw invalid(
        origin,
        `cloud-init knows no key "${key}"${nearest === null ? '' : `; the nearest is "${nearest}"`}`,
      )
    }
  }
}

/** Requires the id of this seed. With a different id, cloud-init would not notice that the seed has changed. */
export function checkMetaData(text: string, origin: SeedOrigin, instanceId: string): void {
  const value = checkMapping(text, origin)
  if (value['instance-id'] !== instanceId) throw invalid(origin, 'its instance-id is not the value instanceId')
  if (typeof value['local-hostname'] !== 'string') throw invalid(origin, 'it has no local-hostname')
}

/** Requires netplan's format, which both cloud-init and netplan read. */
export function checkNetworkConfig(text: string, origin: SeedOrigin): void {
  const { network } = checkMapping(text, origin)
  if (!isMapping(network)) throw invalid(origin, 'it has no mapping "network"')
  if (network.version !== 2) throw invalid(origin, '"network" has not "version: 2"')
}

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(origin: SeedOrigin, problem: string): BuildError {
  return new BuildError('SEED_INVALID', { ...origin, problem })
}
