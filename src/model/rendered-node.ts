/** The program that reads the seed at first boot: cloud-init's NoCloud, or `firstrun.sh` on images without cloud-init. */
export const seedBackends = ['nocloud', 'firstrun'] as const
export type SeedBackend = (typeof seedBackends)[number]

/** A file for the FAT boot partition (`boot`) or the ext4 root (`root`). */
export interface RenderedFile {
  readonly volume: 'boot' | 'root'
  /** Path from the volume's root, `/`-separated, without a leading slash. */
  readonly path: string
  readonly content: Uint8Array
  /** Permission bits; FAT stores none. */
  readonly mode: number
  readonly uid: number
  readonly gid: number
}

/** Files that are missing from an image without secrets: for every base image, and for those of one seed backend. */
export type SecretFiles = Readonly<Record<'common' | SeedBackend, readonly RenderedFile[]>>

/** A folder of the root partition that only some users may read. */
export interface RenderedFolder {
  readonly path: string
  readonly mode: number
}

/** A symbolic link in the ext4 root. */
export interface RenderedLink {
  readonly path: string
  readonly target: string
}

/** The files that one seed backend needs beside the common ones. */
export interface RenderedSeed {
  readonly files: readonly RenderedFile[]
  readonly links: readonly RenderedLink[]
  readonly cmdlineTokens: readonly string[]
}

/** One node's files and boot edits, ready for any base image. */
export interface RenderedNode {
  readonly nodeName: string
  /** `<node>-<hash of the rendered seed>`: it changes exactly when the seed changes. */
  readonly instanceId: string
  /** Files for every base image: k3s configuration, units, scripts. */
  readonly files: readonly RenderedFile[]
  /** Folders for every base image, outer ones first. */
  readonly folders: readonly RenderedFolder[]
  /** Files that bantam removes from the root partition, because no two nodes may share them. */
  readonly absent: readonly string[]
  /** Links for every base image. */
  readonly links: readonly RenderedLink[]
  readonly seeds: Readonly<Record<SeedBackend, RenderedSeed>>
  /** Tokens that the kernel command line must hold, with every backend. */
  readonly cmdlineTokens: readonly string[]
  /** Lines of bantam's block in config.txt. Without lines, config.txt stays as it is. */
  readonly configTxtLines: readonly string[]
}
