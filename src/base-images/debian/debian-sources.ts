import { displayUrl } from '../../text/display-url.ts'
import type { DebianMirrors } from './choose-mirrors.ts'

const COMPONENTS = 'main non-free-firmware'
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

interface Source {
  readonly url: string
  readonly suites: readonly string[]
}

function sourcesOf({ main, security }: DebianMirrors, suite: string): readonly Source[] {
  const own = { url: main, suites: [suite, `${suite}-updates`] }
  return security === null ? [own] : [own, { url: security, suites: [`${suite}-security`] }]
}

/**
 * Formats lines of sources.list(5) for this machine's apt. Null `keyring`: the keys that apt trusts for all archives.
 */
export function formatSourcesList(mirrors: DebianMirrors, suite: string, keyring: string | null): readonly string[] {
  const options = ['arch=arm64', ...(keyring === null ? [] : [`signed-by=${keyring}`])].join(' ')
  return sourcesOf(mirrors, suite).flatMap(({ url, suites }) =>
    suites.map((one) => `deb [${options}] ${url} ${one} ${COMPONENTS}`),
  )
}

/** Formats the nodes' `debian.sources` (deb822 style of sources.list(5)), without the mirror's user and password. */
export function formatDebianSources(mirrors: DebianMirrors, suite: string): string {
  return sourcesOf(mirrors, suite)
    .map(({ url, suites }) =>
      [
        'Types: deb',
        `URIs: ${displayUrl(url)}`,
        `Suites: ${suites.join(' ')}`,
        `Components: ${COMPONENTS}`,
        `Signed-By: ${KEYRING}`,
        '',
      ].join('\n'),
    )
    .join('\n')
}
