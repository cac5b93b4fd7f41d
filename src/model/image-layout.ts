import type { Partition, PartitionTable } from '../partition/read-partition-table.ts'
import type { SeedBackend } from './rendered-node.ts'

/** Kinds of operating system image that bantam knows how to seed. */
export type FlavourName = 'raspios' | 'raspios-firstrun' | 'ubuntu' | 'ubuntu-ab' | 'debian'

/** The kind of an image, found from its files. */
export interface Flavour {
  readonly name: FlavourName
  /** Such as `Debian GNU/Linux 13 (trixie)`, from os-release. */
  readonly osName: string
  readonly seedBackend: SeedBackend
  /** Path on the boot partition of the kernel command line that the firmware reads. */
  readonly cmdlinePath: string
}

/** The places of an image that bantam edits. */
export interface ImageLayout {
  readonly table: PartitionTable
  readonly boot: Partition
  readonly root: Partition
  readonly flavour: Flavour
}
