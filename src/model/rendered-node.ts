/** What reads the seed at first boot: cloud-init's NoCloud, or `firstrun.sh` on images that have no cloud-init. */
export const seedBackends = ['nocloud', 'firstrun'] as const
export type SeedBackend = (typeof seedBackends)[number]

/** A file for the FAT boot partition (`boot`) or the ext4 root (`root`). */
export interface RenderedFile {
  readonly volume: 'boot' | 'root'
  /** Path from the volume's root, `/`-separated, without a leading slash. */
  readonly path: string
  readonly content: Uint8Array
  /** Permission bits; the FAT keeps none. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Files that an image without secrets lacks: for every base image, and for those of one seed backend. */
export type SecretFiles = Readonly<Record<'common' | SeedBackend, readonly RenderedFile[]>>

/** A folder of the ext4 root that not everybody may look into. */
export interface RenderedFolder {
  readonly path: string
  readonly mode: number
}

/** A symbolic link in the ext4 root. */
export interface RenderedLink {
  readonly path: string
  readonly target: string
}

/** What one seed backend needs beside the files common to all. */
export interface RenderedSeed {
  readonly files: readonly RenderedFile[]
  readonly links: readonly RenderedLink[]
  readonly cmdlineTokens: readonly string[]
}

/** One node's files and boot edits, ready to go into any base image. */
export interface RenderedNode {
  readonly nodeName: string
  /** `<node>-<hash of the rendered seed>`: unchanged seeds keep it, changed ones never do. */
  readonly instanceId: string
  /** Files for every base image: k3s configuration, units, scripts. */
  readonly files: readonly RenderedFile[]
  /** Folders for every base image, outer ones first. */
  readonly folders: readonly RenderedFolder[]
  /** Files of the root that no node may share with another, gone from every image. */
  readonly absent: readonly string[]
  /** Links for every base image. */
  readonly links: readonly RenderedLink[]
  readonly seeds: Readonly<Record<SeedBackend, RenderedSeed>>
  /** Tokens that the kernel command line must hold, whatever the backend. */
  readonly cmdlineTokens: readonly string[]
  /** Lines of our block in config.txt; none: config.txt stays as it is. */
  readonly configTxtLines: readonly string[]
}
