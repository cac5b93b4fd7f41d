import { decodeUtf8 } from '../bytes/text.ts'
import type { ReadableDevice } from '../disk/block-device.ts'
import { CachedDevice } from '../disk/cached-device.ts'
import { ReadableSlice } from '../disk/device-slice.ts'
import { withExt4Reader } from '../fs/ext4/ext4-volume.ts'
import { readSuperblock } from '../fs/ext4/read-superblock.ts'
import { decodeFatBootSector } from '../fs/fat/boot-sector.ts'
import { withFatReader } from '../fs/fat/fat-volume.ts'
import type { FileReader } from '../fs/file-system.ts'
import type { ImageFacts } from '../model/image-facts.ts'
import { SECTOR_BYTES } from '../units.ts'
import { readImageLayout } from './read-image-layout.ts'

const SEED_FILES = ['user-data', 'meta-data', 'network-config', 'vendor-data', 'firstrun.sh']
const K3S_CONFIG = 'etc/rancher/k3s/config.yaml'
const UNIT_FOLDER = 'etc/systemd/system'
const K3S_UNITS = ['k3s.service', 'k3s-agent.service']

/** Reads what an image says of itself. `file` names it in errors. Throws what `readImageLayout` throws. */
export async function readImageFacts(image: ReadableDevice, file: string): Promise<ImageFacts> {
  const device = new CachedDevice(image)
  const layout = await readImageLayout(device, file)
  const boot = new ReadableSlice(device, layout.boot.byteStart, layout.boot.byteLength)
  const root = new ReadableSlice(device, layout.root.byteStart, layout.root.byteLength)
  const superblock = readSuperblock(root)
  const bootFacts = await withFatReader(boot, async (volume) => ({
    cmdline: ((await readText(volume, layout.flavour.cmdlinePath)) ?? '').trim(),
    configTxtLines: activeLines((await readText(volume, 'config.txt')) ?? ''),
    bootFiles: await volume.list(''),
    seedFiles: await readSeedFiles(volume),
  }))
  const rootFacts = await withExt4Reader(root, async (volume) => {
    const units = await volume.list(UNIT_FOLDER)
    return { k3sConfig: await readText(volume, K3S_CONFIG), k3sUnits: K3S_UNITS.filter((unit) => units.includes(unit)) }
  })
  return {
    layout,
    bootLabel: fatLabel(boot),
    rootLabel: superblock.label,
    rootFreeBytes: superblock.freeBlockCount * superblock.blockByteLength,
    ...bootFacts,
    ...rootFacts,
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
