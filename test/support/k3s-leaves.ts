/** Certificates as k3s issues them at its start (pkg/daemons/control/deps), for tests of what trusts them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type AuthorityFile, authorityFiles, type ClusterPki, formatAuthority } from '../../src/pki/cluster-pki.ts'
import { run } from './validators.ts'

type Usage = 'clientAuth' | 'serverAuth' | 'clientAuth,serverAuth'

/** Each leaf with its authority, its subject and what it may be used for. */
export const K3S_LEAVES = {
  kubelet: ['client-ca', '/O=system:nodes/CN=system:node:worker-1', 'clientAuth'],
  'kube-proxy': ['client-ca', '/CN=system:kube-proxy', 'clientAuth'],
  admin: ['client-ca', '/O=system:masters/CN=system:admin', 'clientAuth'],
  serving: ['server-ca', '/CN=worker-1', 'serverAuth'],
  'auth-proxy': ['request-header-ca', '/CN=system:auth-proxy', 'clientAuth'],
  'etcd-client': ['etcd/server-ca', '/CN=etcd-client', 'clientAuth'],
  'etcd-server': ['etcd/server-ca', '/CN=etcd-server', 'clientAuth,serverAuth'],
  'etcd-peer': ['etcd/peer-ca', '/CN=etcd-peer', 'clientAuth,serverAuth'],
} as const satisfies Record<string, readonly [AuthorityFile, string, Usage]>
export type K3sLeaf = keyof typeof K3S_LEAVES
export const k3sLeaves = Object.keys(K3S_LEAVES) as readonly K3sLeaf[]

/**
 * Writes the files of the authorities as an image has them, and below `leaves` each leaf: `.crt` holds it with the file of its authority
 * behind it, as k3s hands it out, `.key` its key.
 */
export function writeK3sLeaves(folder: string, pki: ClusterPki): void {
  const place = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), text)
  }
  for (const file of authorityFiles) {
    place(`${file}.crt`, formatAuthority(pki, file))
    place(`${file}.key`, pki.authorities[file].key)
  }
  for (const name of k3sLeaves) {
    const [authority, subject, usage] = K3S_LEAVES[name]
    place(`leaves/${name}.ext`, `subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=${usage}\n`)
    const script = `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '${subject}' -keyout leaves/${name}.key -out leaves/${name}.csr
openssl x509 -req -in leaves/${name}.csr -CA ${authority}.crt -CAkey ${authority}.key -set_serial 0x$(openssl rand -hex 8) -extfile leaves/${name}.ext -days 30 -out leaves/${name}.pem
cat leaves/${name}.pem ${authority}.crt > leaves/${name}.crt`
    const { status, output } = run('sh', ['-ec', script], { cwd: folder })
    if (status !== 0) throw new Error(output)
  }
}
