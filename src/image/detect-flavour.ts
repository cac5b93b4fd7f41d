import { BuildError } from '../errors.ts'
import type { FileReader } from '../fs/file-system.ts'
import type { Flavour, FlavourName } from '../model/image-layout.ts'
import type { SeedBackend } from '../model/rendered-node.ts'
import { decodeUtf8 } from '../text/encoding.ts'

/** Marks Raspberry Pi OS, whose os-release says Debian (pi-gen, stage2/01-sys-tweaks and export-image/05-finalise). */
const RASPIOS_MARK = 'etc/rpi-issue'
const CLOUD_INIT_MARK = 'etc/cloud/cloud.cfg'
/** Runs first-boot customisation on Raspberry Pi OS 11 and 12, which have no cloud-init. */
const FIRSTBOOT_MARK = 'usr/lib/raspberrypi-sys-mods/firstboot'

/**
 * Detects the system in an image from the files of its root volume. `file` names the image in errors. Throws
 * `IMAGE_FLAVOUR_UNKNOWN`.
 */
export async function detectFlavour(root: FileReader, cmdlinePath: string, file: string): Promise<Flavour> {
  const osRelease = parseOsRelease(decodeUtf8((await root.readFile('etc/os-release')) ?? new Uint8Array()))
  const osName = osRelease.get('PRETTY_NAME') ?? 'an unknown system'
  const seeded = await seedingOf(osRelease.get('ID') ?? '', cmdlinePath, root)
  if (seeded === null) throw new BuildError('IMAGE_FLAVOUR_UNKNOWN', { file, osName })
  return { ...seeded, osName, cmdlinePath }
}

async function seedingOf(
  osId: string,
  cmdlinePath: string,
  root: FileReader,
): Promise<{ name: FlavourName; seedBackend: SeedBackend } | null> {
  const has = async (path: string): Promise<boolean> => (await root.status(path)) !== null
  const raspios = await has(RASPIOS_MARK)
  if (await has(CLOUD_INIT_MARK)) {
    const name = raspios ? 'raspios' : nocloudFlavour(osId, cmdlinePath)
    return name === null ? null : { name, seedBackend: 'nocloud' }
  }
  return raspios && (await has(FIRSTBOOT_MARK)) ? { name: 'raspios-firstrun', seedBackend: 'firstrun' } : null
}

function nocloudFlavour(osId: string, cmdlinePath: string): FlavourName | null {
  if (osId === 'ubuntu') return cmdlinePath.includes('/') ? 'ubuntu-ab' : 'ubuntu'
  return osId === 'debian' ? 'debian' : null
}

/** Reads os-release: `KEY=value` lines, values optionally quoted (os-release(5)). */
function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const entries = text.split('\n').flatMap((line) => {
    const match = /^([A-Z0-9_]+)=(.*)$/.exec(line.trim())
    return match === null ? [] : [[match[1] ?? '', (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const]
  })
  return new Map(entries)
}
