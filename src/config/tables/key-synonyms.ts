/** Words that other tools use for keys of cluster.yaml. Their spelling is too different to count as a misspelt key. */
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

/** Finds the key for a word of another tool. Case and hyphens do not matter. */
export function findKeySynonym(key: string, known: readonly string[]): string | null {
  const plain = key.slice(0, 64).toLowerCase().replace(/[-_]/g, '')
  const synonym = Object.hasOwn(keySynonyms, plain) ? keySynonyms[plain] : undefined
  return synonym !== undefined && known.includes(synonym) ? synonym : null
}
