import type { Partition, PartitionTable } from '../partition/read-partition-table.ts'
import type { SeedBackend } from './rendered-node.ts'

/** Kinds of operating system image that bantam knows how to seed. */
export type FlavourName = 'raspios' | 'raspios-firstrun' | 'ubuntu' | 'ubuntu-ab' | 'debian'

/** What an image is, told from its own files. */
export interface Flavour {
  readonly name: FlavourName
  /** Such as `Debian GNU/Linux 13 (trixie)`, from os-release. */
  readonly osName: string
  readonly seedBackend: SeedBackend
  /** Path of the kernel command line that the firmware reads, on the boot volume. */
  readonly cmdlinePath: string
}

/** Where an image keeps what we edit. */
export interface ImageLayout {
  readonly table: PartitionTable
  readonly boot: Partition
  readonly root: Partition
  readonly flavour: Flavour
}
