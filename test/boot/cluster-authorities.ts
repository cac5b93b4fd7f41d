import { createHash, X509Certificate } from 'node:crypto'
/** Certificate authorities as custom ones are given to k3s: one root, and bundles of leaf authority and root. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { run } from '../support/validators.ts'

/** https://docs.k3s.io/cli/certificate: files below server/tls. */
const NAMES = ['server-ca', 'client-ca', 'request-header-ca', 'etcd/peer-ca', 'etcd/server-ca']

const CONFIG = `[ca]
default_ca = authority
[authority]
database = index.txt
new_certs_dir = .
default_md = sha256
policy = any
rand_serial = yes
unique_subject = no
[any]
commonName = supplied
[req]
distinguished_name = name
[name]
[extensions]
basicConstraints = critical, CA:true
keyUsage = critical, digitalSignature, keyEncipherment, keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`

/** Writes the files below `tls` and gives the hash that tokens carry. `starts` is the first second: `YYYYMMDDHHMMSSZ`. */
export function writeAuthorities(tls: string, starts: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'bantam-authorities-'))
  const openssl = (...args: readonly string[]): void => {
    const { status, output } = run('openssl', args, { cwd: folder })
    if (status !== 0) throw new Error(output)
  }
  try {
    writeFileSync(join(folder, 'config'), CONFIG)
    writeFileSync(join(folder, 'index.txt'), '')
    make(openssl, 'root', ['-selfsign', '-keyfile', 'root.key'], starts)
    const root = readFileSync(join(folder, 'root.crt'), 'utf8')
    for (const name of NAMES) {
      make(openssl, 'leaf', ['-cert', 'root.crt', '-keyfile', 'root.key'], starts)
      mkdirSync(dirname(join(tls, name)), { recursive: true })
      writeFileSync(join(tls, `${name}.crt`), readFileSync(join(folder, 'leaf.crt'), 'utf8') + root)
      copyFileSync(join(folder, 'leaf.key'), join(tls, `${name}.key`))
      chmodSync(join(tls, `${name}.key`), 0o600)
    }
    return createHash('sha256').update(new X509Certificate(root).raw).digest('hex')
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function make(
  openssl: (...args: readonly string[]) => void,
  name: string,
  signer: readonly string[],
  starts: string,
): void {
  openssl('ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', `${name}.key`)
  openssl(
    'req',
    '-new',
    '-config',
    'config',
    '-key',
    `${name}.key`,
    '-subj',
    `/CN=k3s-${name}-ca@1577836800`,
    '-out',
    `${name}.csr`,
  )
  openssl(
    'ca',
    '-batch',
    '-notext',
    '-config',
    'config',
    '-extensions',
    'extensions',
    '-in',
    `${name}.csr`,
    '-out',
    `${name}.crt`,
    '-startdate',
    starts,
    '-enddate',
    '20591231235959Z',
    ...signer,
  )
}
