import type { ImageLayout } from './image-layout.ts'

/** Facts that `inspect` reads from an image, before it interprets them. */
export interface ImageFacts {
  readonly layout: ImageLayout
  readonly bootLabel: string
  readonly rootLabel: string
  readonly rootFreeBytes: number
  readonly cmdline: string
  /** Active lines of config.txt: no comments, no blank lines. */
  readonly configTxtLines: readonly string[]
  /** Names in the root folder of the boot partition. */
  readonly bootFiles: readonly string[]
  /** Contents of the seed files on the boot partition, by name. Only those that exist. */
  readonly seedFiles: Readonly<Record<string, string>>
  /** Network settings on the root partition, which hold the key of a Wi-Fi network; null where there are none. */
  readonly rootNetwork: string | null
  /** Contents of /etc/rancher/k3s/config.yaml, which holds the join token; null where there is none. */
  readonly k3sConfig: string | null
  /** k3s units in /etc/systemd/system. */
  readonly k3sUnits: readonly string[]
}
