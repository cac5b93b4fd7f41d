import { type Board, type BoardModel, boardModels, boardNames } from './boards.ts'

/** How the image of a catalog id is found. `base-images/reference/catalog.ts` has the addresses. */
export type ImageLookup =
  /** Raspberry Pi OS Lite. The name of the Debian release is in its file name. */
  | { readonly kind: 'raspios-lite'; readonly suite: string }
  /** Ubuntu Server for Raspberry Pi: the newest point release of a version. */
  | { readonly kind: 'ubuntu-server'; readonly version: string }
  /** A Debian system that this machine assembles from the packages of a mirror. */
  | { readonly kind: 'debian'; readonly suite: string }

export interface CatalogRow {
  /** For people. */
  readonly title: string
  readonly publisher: string
  readonly lookup: ImageLookup
  /** `vendor`: built for every Raspberry Pi. `debian`: built by Debian; it lacks drivers of some boards. */
  readonly kernel: 'vendor' | 'debian'
}

/** The base images that bantam knows, by the id that a user writes into `os:`. Errors, schema and docs follow from these rows. */
export const catalogRows = {
  'raspios-13-lite': {
    title: 'Raspberry Pi OS Lite, 64-bit, based on Debian 13 (trixie)',
    publisher: 'Raspberry Pi',
    lookup: { kind: 'raspios-lite', suite: 'trixie' },
    kernel: 'vendor',
  },
  'raspios-12-lite': {
    title: 'Raspberry Pi OS Lite, 64-bit, based on Debian 12 (bookworm)',
    publisher: 'Raspberry Pi',
    lookup: { kind: 'raspios-lite', suite: 'bookworm' },
    kernel: 'vendor',
  },
  'ubuntu-24.04': {
    title: 'Ubuntu Server 24.04 LTS for Raspberry Pi, 64-bit',
    publisher: 'Canonical',
    lookup: { kind: 'ubuntu-server', version: '24.04' },
    kernel: 'vendor',
  },
  'ubuntu-26.04': {
    title: 'Ubuntu Server 26.04 LTS for Raspberry Pi, 64-bit',
    publisher: 'Canonical',
    lookup: { kind: 'ubuntu-server', version: '26.04' },
    kernel: 'vendor',
  },
  'debian-13': {
    title: 'Debian 13 (trixie), laid out as Raspberry Pi OS',
    publisher: 'this machine, from its Debian mirror',
    lookup: { kind: 'debian', suite: 'trixie' },
    kernel: 'debian',
  },
} as const satisfies Readonly<Record<string, CatalogRow>>

export type CatalogId = keyof typeof catalogRows

/** In the order of the table. */
export const catalogIds = Object.keys(catalogRows) as readonly CatalogId[]

/** The default of `os`. The second image is used where the publisher of the first is not reachable. */
export const defaultOs: readonly CatalogId[] = ['raspios-13-lite', 'debian-13']

/** Lists the boards that the image of a catalog id does not start. */
export function listUnsupportedBoards(id: CatalogId): readonly BoardModel[] {
  return catalogRows[id].kernel === 'debian' ? boardNames.filter((board) => !boardModels[board].debianKernel) : []
}

/** Says whether a base image is known not to start a board. An image that is not in the catalog may start any board. */
export function isBoardUnsupported(reference: string, board: Board): boolean {
  const id = catalogIds.find((known) => known === reference)
  return id !== undefined && board !== 'any' && listUnsupportedBoards(id).includes(board)
}
