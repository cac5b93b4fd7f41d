import type { Cluster } from '../../model/cluster.ts'
import { reveal } from '../../model/secret.ts'
import { createPskDeriver } from '../../render/derive-psk.ts'
import { createPasswordHasher } from '../../render/hash-password.ts'
import type { SearchPattern } from '../../secrets/known-secrets.ts'

/** Lists the secrets of the cluster file, by name: as the user wrote them, and as images hold them. */
export function listSearchPatterns(
  { admin: { password }, k3s: { datastore }, nodes }: Cluster,
  passwordSalt: string,
): readonly SearchPattern[] {
  return [
    ...(password === null ? [] : passwordPatterns(password.form, reveal(password.text), passwordSalt)),
    ...wifiPatterns(nodes),
    ...(datastore.kind === 'external' ? datastorePatterns(reveal(datastore.endpoint)) : []),
  ]
}

function passwordPatterns(form: 'clear' | 'hash', text: string, salt: string): readonly SearchPattern[] {
  const name = 'hash of admin.password'
  if (form === 'hash') return [{ name, text }]
  return [
    { name, text: createPasswordHasher()(text, salt) },
    { name: 'admin.password', text },
  ]
}

function wifiPatterns(nodes: Cluster['nodes']): readonly SearchPattern[] {
  const derivePsk = createPskDeriver()
  return nodes.flatMap(({ network: { wifi } }) => {
    if (wifi?.password == null) return []
    const password = reveal(wifi.password)
    return [
      { name: 'key of the Wi-Fi', text: derivePsk(wifi.ssid, password) },
      { name: 'password of the Wi-Fi', text: password },
    ]
  })
}

/** The password in an endpoint may be elsewhere without the endpoint, and there it is not percent-encoded. */
function datastorePatterns(endpoint: string): readonly SearchPattern[] {
  const [, password] = /^[a-z]+:\/\/[^:/@]*:(.+)@[^@]*$/.exec(endpoint) ?? []
  const name = 'password of k3s.datastore'
  return [
    { name: 'k3s.datastore', text: endpoint },
    ...(password === undefined
      ? []
      : [
          { name, text: password },
          { name, text: decodePercent(password) },
        ]),
  ]
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
