import type { ImageLayout } from './image-layout.ts'

/** What `inspect` reads from an image, before anything in it is interpreted. */
export interface ImageFacts {
  readonly layout: ImageLayout
  readonly bootLabel: string
  readonly rootLabel: string
  readonly rootFreeBytes: number
  readonly cmdline: string
  /** Active lines of config.txt: no comments, no blank lines. */
  readonly configTxtLines: readonly string[]
  /** Names in the root folder of the boot volume. */
  readonly bootFiles: readonly string[]
  /** Contents of the seed files on the boot volume that exist, by name. */
  readonly seedFiles: Readonly<Record<string, string>>
  /** Network settings on the root partition; null where there are none. Holds the key of a Wi-Fi network. */
  readonly rootNetwork: string | null
  /** Contents of /etc/rancher/k3s/config.yaml; null where there is none. Holds the join token. */
  readonly k3sConfig: string | null
  /** k3s units in /etc/systemd/system. */
  readonly k3sUnits: readonly string[]
}
