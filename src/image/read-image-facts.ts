import type { ReadableDevice } from '../disk/block-device.ts'
import { CachedDevice } from '../disk/cached-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { withExt4Reader } from '../fs/ext4/ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import { decodeFatBootSector } from '../fs/fat/boot-sector.ts'
import { withFatReader } from '../fs/fat/fat-volume.ts'
import type { FileReader } from '../fs/file-system.ts'
import type { ImageFacts } from '../model/image-facts.ts'
import type { Flavour } from '../model/image-layout.ts'
import { decodeUtf8 } from '../text/encoding.ts'
import { SECTOR_BYTES } from '../units.ts'
import { CONFIG_TXT } from './config-txt.ts'
import { detectFlavour } from './detect-flavour.ts'
import { locatePartitions } from './locate-partitions.ts'
import { readBootText } from './read-boot-text.ts'

const SEED_FILES = ['user-data', 'meta-data', 'network-config', 'vendor-data', 'firstrun.sh']
const ROOT_NETWORK = 'etc/cloud/cloud.cfg.d/99_zz_bantam_network.cfg'
const K3S_CONFIG = 'etc/rancher/k3s/config.yaml'
const UNIT_FOLDER = 'etc/systemd/system'
const K3S_UNITS = ['k3s.service', 'k3s-agent.service']

/**
 * Reads an image's partitions, volumes and system. `file` names the image in errors. Throws what `locatePartitions` and
 * `detectFlavour` throw, `FAT_INVALID`, `EXT4_INVALID`, `EXT4_FEATURE_UNSUPPORTED`.
 */
export async function readImageFacts(image: ReadableDevice, file: string): Promise<ImageFacts> {
  const device = new CachedDevice(image)
  const { table, boot, root, cmdlinePath } = await locatePartitions(device, file)
  const bootDevice = new ReadableSlice(device, boot.byteStart, boot.byteLength)
  const rootDevice = new ReadableSlice(device, root.byteStart, root.byteLength)
  const superblock = readSuperblock(rootDevice)
  const volumeFacts = await withFatReader(bootDevice, (bootVolume) =>
    withExt4Reader(rootDevice, (rootVolume) => readVolumeFacts(bootVolume, rootVolume, cmdlinePath, file)),
  )
  const { flavour, ...facts } = volumeFacts
  return {
    layout: { table, boot, root, flavour },
    bootLabel: fatLabel(bootDevice),
    rootLabel: superblock.label,
    rootFreeBytes: superblock.freeBlockCount * superblock.blockByteLength,
    ...facts,
  }
}

type VolumeFacts = Omit<ImageFacts, 'layout' | 'bootLabel' | 'rootLabel' | 'rootFreeBytes'> & {
  readonly flavour: Flavour
}

async function readVolumeFacts(
  boot: FileReader,
  root: FileReader,
  cmdlinePath: string,
  file: string,
): Promise<VolumeFacts> {
  const flavour = await detectFlavour(root, cmdlinePath, file)
  const units = await root.list(UNIT_FOLDER)
  return {
    flavour,
    cmdline: (await readBootText(boot, flavour.cmdlinePath, file)).trim(),
    configTxtLines: activeLines(await readBootText(boot, CONFIG_TXT, file)),
    bootFiles: await boot.list(''),
    seedFiles: await readSeedFiles(boot),
    rootNetwork: await readText(root, ROOT_NETWORK),
    k3sConfig: await readText(root, K3S_CONFIG),
    k3sUnits: K3S_UNITS.filter((unit) => units.includes(unit)),
  }
}

async function readSeedFiles(volume: FileReader): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {}
  for (const name of SEED_FILES) {
    const text = await readText(volume, name)
    if (text !== null) found[name] = text
  }
  return found
}

async function readText(volume: FileReader, path: string): Promise<string | null> {
  const bytes = await volume.readFile(path)
  return bytes === null ? null : decodeUtf8(bytes)
}

function activeLines(text: string): readonly string[] {
  return text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'))
}

function fatLabel(boot: ReadableDevice): string {
  const sector = new Uint8Array(SECTOR_BYTES)
  boot.read(0, sector)
  return decodeFatBootSector(sector)?.label ?? ''
}
