import type { Cluster } from '../../model/cluster.ts'
import { reveal } from '../../model/secret.ts'
import { createPskDeriver } from '../../render/derive-psk.ts'
import { createPasswordHasher } from '../../render/hash-password.ts'
import type { SearchPattern } from '../../secrets/known-secrets.ts'

/** Lists the secrets of the cluster file, by name, as images would hold them. */
export function listSearchPatterns(
  { admin: { password }, k3s: { datastore }, nodes }: Cluster,
  passwordSalt: string,
): readonly SearchPattern[] {
  const derivePsk = createPskDeriver()
  const keys = nodes.flatMap(({ network: { wifi } }) =>
    wifi?.password == null ? [] : [derivePsk(wifi.ssid, reveal(wifi.password))],
  )
  return [
    ...(password === null
      ? []
      : [
          {
            name: 'hash of admin.password',
            text:
              password.form === 'hash'
                ? reveal(password.text)
                : createPasswordHasher()(reveal(password.text), passwordSalt),
          },
        ]),
    ...[...new Set(keys)].map((text) => ({ name: 'key of the Wi-Fi', text })),
    ...(datastore.kind === 'external' ? [{ name: 'k3s.datastore', text: reveal(datastore.endpoint) }] : []),
  ]
}
