/** Names of OpenSSH key types (RFC 4253, 5656, 8709; PROTOCOL.u2f of OpenSSH), with the number of fields in the key's blob. */
const fieldCounts: Readonly<Record<string, number>> = {
  'ssh-ed25519': 2,
  'ssh-rsa': 3,
  'ecdsa-sha2-nistp256': 3,
  'ecdsa-sha2-nistp384': 3,
  'ecdsa-sha2-nistp521': 3,
  'sk-ssh-ed25519@openssh.com': 3,
  'sk-ecdsa-sha2-nistp256@openssh.com': 4,
}

/** A public key on one line, or the reason why the text is none. Reasons never repeat the text, because it may be a private key. */
export type ParsedPublicKey = { readonly key: string } | { readonly reason: string }

/** Says whether a text starts as a line of an authorized_keys file does. */
export function looksLikePublicKey(text: string): boolean {
  return /^(ssh-|ecdsa-|sk-)[a-z0-9@.-]+\s/.test(text) || /^AAAA[A-Za-z0-9+/=]{16}/.test(text)
}

/** Reads one OpenSSH public key, `type base64 comment`, and returns it with single spaces. */
export function parsePublicKey(line: string): ParsedPublicKey {
  const [type = '', base64 = '', ...comment] = line.trim().split(/[ \t]+/)
  if (!/^[ -~\t]*$/.test(line.trim())) return { reason: 'it holds characters outside ASCII or a line break' }
  const fieldCount = Object.hasOwn(fieldCounts, type) ? fieldCounts[type] : undefined
  if (fieldCount === undefined) return { reason: 'it does not start with a known type of key' }
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return { reason: 'the text after the type is not base64' }
  const fields = readFields(Buffer.from(base64, 'base64'))
  if (fields?.length !== fieldCount) return { reason: 'its data are cut off or damaged' }
  if (new TextDecoder().decode(fields[0]) !== type) return { reason: 'its data are those of a different type of key' }
  return { key: [type, base64, ...comment].join(' ') }
}

/** Splits an SSH wire-format blob (RFC 4251, section 5: each string has a 32-bit length before it). */
function readFields(blob: Uint8Array): readonly Uint8Array[] | null {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength)
  const fields: Uint8Array[] = []
  let offset = 0
  while (offset < blob.length) {
    if (offset + 4 > blob.length) return null
    const end = offset + 4 + view.getUint32(offset)
    if (end > blob.length) return null
    fields.push(blob.subarray(offset + 4, end))
    offset = end
  }
  return fields
}
