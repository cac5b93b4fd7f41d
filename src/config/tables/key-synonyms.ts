/** Words that other tools use for keys of cluster.yaml; too far from them in letters to be taken for a misspelling. */
const keySynonyms: Readonly<Record<string, string>> = {
  host: 'name',
  hostname: 'name',
  ip: 'address',
  ipaddress: 'address',
  ipv4: 'address',
  macaddress: 'mac',
  model: 'board',
  hardware: 'board',
  role: 'profile',
  type: 'profile',
  router: 'gateway',
  nameserver: 'dns',
  nameservers: 'dns',
  tz: 'timezone',
  image: 'os',
  login: 'user',
  username: 'user',
  authorizedkeys: 'sshKeys',
  passphrase: 'password',
  psk: 'password',
  regdomain: 'country',
}

/** Finds the known key that a word of another tool means, whatever its case and hyphens. */
export function findKeySynonym(key: string, known: readonly string[]): string | null {
  const plain = key.slice(0, 64).toLowerCase().replace(/[-_]/g, '')
  const synonym = Object.hasOwn(keySynonyms, plain) ? keySynonyms[plain] : undefined
  return synonym !== undefined && known.includes(synonym) ? synonym : null
}
