import type { Problem } from '../../errors/problem.ts'
import type { Datastore, K3sSettings } from '../../model/cluster.ts'
import { type Checked, problem } from '../../yaml-source/describe-problem.ts'
import { at, type Located, type Place } from '../../yaml-source/place.ts'
import { isHost } from '../network/is-host.ts'
import type { UserValues } from '../references/user-values.ts'
import type { RawK3s } from '../schema/raw-cluster.ts'
import { checkK3sFlags } from './check-k3s-flags.ts'

/** The version that is installed if the file names none. Docs and starter name the same version. */
export const DEFAULT_K3S_VERSION = 'v1.36.4+k3s1'
const DEFAULT_RELEASE_URL = 'https://github.com/k3s-io/k3s/releases/download'

/** Reads the settings of k3s and fills in defaults. */
export async function parseK3s(
  k3s: Located<RawK3s>,
  tokenLifetime: string | undefined,
  values: UserValues,
): Promise<Checked<K3sSettings>> {
  const raw = k3s.value
  const datastore = await parseDatastore(raw.datastore ?? 'sqlite', at(k3s, 'datastore'), values)
  const value: K3sSettings = {
    version: raw.version ?? DEFAULT_K3S_VERSION,
    install: raw.install ?? 'online',
    datastore: datastore.value,
    joinTokenSeconds: tokenLifetime === undefined ? null : parseLifetime(tokenLifetime),
    releaseUrl: withoutTrailingSlashes(raw.releaseUrl ?? DEFAULT_RELEASE_URL),
    sha256: Object.fromEntries(Object.entries(raw.sha256 ?? {}).map(([asset, sum]) => [asset, sum.toLowerCase()])),
    endpoint: raw.endpoint ?? null,
    tlsSans: (raw.tlsSans ?? []).flat(),
    disable: [...new Set((raw.disable ?? []).flat())],
    serverConfig: raw.serverConfig ?? {},
    agentConfig: raw.agentConfig ?? {},
  }
  return {
    value,
    problems: [...datastore.problems, ...checkHosts(k3s), ...checkK3sFlags(k3s, value.version)],
  }
}

/** Searches from the end: a pattern such as `/+$` starts again at each slash of a long row. */
function withoutTrailingSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end -= 1
  return url.slice(0, end)
}

/** A text with references is an endpoint: whether servers share a database is in the file itself. */
async function parseDatastore(text: string, place: Place, values: UserValues): Promise<Checked<Datastore>> {
  if (text === 'sqlite' || text === 'etcd') return { value: { kind: text }, problems: [] }
  const endpoint = await values.read('datastore', text, place)
  return { value: { kind: 'external', endpoint: endpoint.value }, problems: endpoint.problems }
}

/** Converts a lifetime to seconds. The schema has checked that it is a number and a unit. */
function parseLifetime(text: string): number {
  const unitSeconds: Readonly<Record<string, number>> = { m: 60, h: 3600, d: 86_400 }
  return Number.parseInt(text, 10) * (unitSeconds[text.slice(-1)] ?? 0)
}

function checkHosts(k3s: Located<RawK3s>): readonly Problem[] {
  const { endpoint, tlsSans = [] } = k3s.value
  return [
    ...(endpoint === undefined || isHost(endpoint)
      ? []
      : [problem('K3S_ENDPOINT_INVALID', { value: endpoint }, at(k3s, 'endpoint'))]),
    ...tlsSans.flatMap((value, index) =>
      isHost(value) ? [] : [problem('K3S_TLS_SAN_INVALID', { value }, at(k3s, 'tlsSans', index))],
    ),
  ]
}
