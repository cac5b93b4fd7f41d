import { unreachable } from '../../errors.ts'
import { catalogRows, type ImageLookup } from '../../model/base-image-catalog.ts'

/** Where to find the image of a catalog id. */
export type CatalogEntry =
  /** An address that redirects to the newest image. `<url>.sha256` is next to the image. */
  | { readonly kind: 'redirect'; readonly latestUrls: readonly string[]; readonly fileName: RegExp }
  /** A folder whose `SHA256SUMS` names the images; the first group of `fileName` is the point release. */
  | { readonly kind: 'checksum-list'; readonly folderUrl: string; readonly fileName: RegExp }
  /** A Debian system that this machine assembles from the packages of a mirror. */
  | { readonly kind: 'debian'; readonly suite: string }

/** Images by the id that users write in `os:`. */
export type Catalog = Readonly<Record<string, CatalogEntry>>

/** Servers of the publishers, or mirrors with the same folders; no trailing slash. */
export interface CatalogOrigins {
  readonly raspberryPi: string
  readonly ubuntu: string
}

const publishers: CatalogOrigins = {
  raspberryPi: 'https://downloads.raspberrypi.com',
  ubuntu: 'https://cdimage.ubuntu.com',
}

/** Returns the images that bantam knows, in the layout of their publishers' servers. */
export function defaultCatalog(origins: Partial<CatalogOrigins> = {}): Catalog {
  const servers = { ...publishers, ...origins }
  return Object.fromEntries(Object.entries(catalogRows).map(([id, { lookup }]) => [id, entryOf(lookup, servers)]))
}

function entryOf(lookup: ImageLookup, { raspberryPi, ubuntu }: CatalogOrigins): CatalogEntry {
  switch (lookup.kind) {
    case 'raspios-lite':
      return raspiosLite(raspberryPi, lookup.suite)
    case 'ubuntu-server':
      return ubuntuServer(ubuntu, lookup.version)
    case 'debian':
      return { kind: 'debian', suite: lookup.suite }
    default:
      throw unreachable(lookup)
  }
}

function raspiosLite(origin: string, suite: string): CatalogEntry {
  return {
    kind: 'redirect',
    // When a new release is published, the previous one moves from the first address to the second. The file name
    // decides.
    latestUrls: [`${origin}/raspios_lite_arm64_latest`, `${origin}/raspios_oldstable_lite_arm64_latest`],
    fileName: new RegExp(`^\\d{4}-\\d{2}-\\d{2}-raspios-${suite}-arm64-lite\\.img\\.xz$`),
  }
}

function ubuntuServer(origin: string, version: string): CatalogEntry {
  return {
    kind: 'checksum-list',
    folderUrl: `${origin}/releases/${version}/release`,
    fileName: new RegExp(
      `^ubuntu-${version.replace('.', '\\.')}(?:\\.(\\d+))?-preinstalled-server-arm64\\+raspi\\.img\\.xz$`,
    ),
  }
}
