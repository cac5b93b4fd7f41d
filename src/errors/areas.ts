/** Where an error code belongs: the words that it starts with, who throws it, and the file that holds its texts. */
export interface ErrorArea {
  /** A code is the prefix, an underscore and the problem: `XZ` and `XZ_CORRUPT`. */
  readonly prefix: string
  /** The file of `src/errors/` that lists the codes. */
  readonly file: string
  /** The folders of `src/` that the codes are about. */
  readonly rooms: readonly string[]
  readonly title: string
}

/** Every area, in the order of a build: what you write, what is downloaded, what is edited, what is written. */
export const errorAreas: readonly ErrorArea[] = [
  area('USAGE', 'usage.ts', ['cli'], 'The command line'),
  area('API', 'api.ts', ['api'], 'Calls of the library'),
  area('YAML', 'config/yaml-errors.ts', ['yaml-source'], 'YAML files'),
  area('CLUSTER', 'config/cluster-errors.ts', ['config'], 'The cluster file as a whole'),
  area('PROFILE', 'config/cluster-errors.ts', ['config'], 'Profiles'),
  area('ADMIN', 'config/cluster-errors.ts', ['config'], '`admin`: the user of every node'),
  area('TIMEZONE', 'config/cluster-errors.ts', ['config'], '`timezone`'),
  area('K3S', 'config/k3s-errors.ts', ['config', 'k3s-release'], '`k3s`'),
  area('JOIN', 'config/k3s-errors.ts', ['config'], '`join`: how nodes join'),
  area('NODE', 'config/node-errors.ts', ['config'], '`nodes`'),
  area('NETWORK', 'config/node-errors.ts', ['config'], '`network`'),
  area('LABEL', 'config/settings-errors.ts', ['config'], '`labels`'),
  area('TAINT', 'config/settings-errors.ts', ['config'], '`taints`'),
  area('PACKAGE', 'config/settings-errors.ts', ['config'], '`packages`'),
  area('COMMAND', 'config/settings-errors.ts', ['config'], '`commands`'),
  area('CMDLINE', 'config/settings-errors.ts', ['config'], '`cmdline`'),
  area('CONFIG_TXT', 'config/settings-errors.ts', ['config'], '`configTxt`'),
  area('EXTRA_FILE', 'config/settings-errors.ts', ['config'], '`files`'),
  area('SELECTION', 'pipeline.ts', ['pipeline'], 'Nodes chosen with `--node` and `--profile`'),
  area('ACCESS', 'pipeline.ts', ['pipeline', 'exports'], 'Access to the running cluster'),
  area('SECRETS', 'secrets.ts', ['secrets', 'host'], 'The secrets file'),
  area('AGE', 'secrets.ts', ['secrets'], 'Keys that encrypt the secrets file'),
  area('CLOCK', 'clock.ts', ['pki', 'pipeline', 'image'], 'The clock of this machine'),
  area('TEMPLATE', 'render.ts', ['render', 'templates'], 'Templates'),
  area('SEED', 'render.ts', ['render'], 'Files rendered from templates'),
  area('BASE', 'base-images.ts', ['base-images'], 'Base images'),
  area('DEBIAN', 'debian.ts', ['base-images'], 'Debian images assembled on this machine'),
  area('DOWNLOAD', 'download.ts', ['download', 'cache'], 'Downloads'),
  area('CACHE', 'cache.ts', ['cache', 'xz-cache', 'host'], 'The cache folder'),
  area('GZIP', 'gzip.ts', ['base-images'], '.gz files'),
  area('XZ', 'xz.ts', ['xz'], '.xz files'),
  area('FILE', 'file.ts', ['host'], 'Files of this machine'),
  area('DISK', 'disk.ts', ['disk'], 'Raw images as block devices'),
  area('PARTITION', 'partition.ts', ['partition'], 'Partition tables'),
  area('FAT', 'file-systems.ts', ['fs'], 'The boot partition (FAT)'),
  area('EXT4', 'file-systems.ts', ['fs'], 'The root partition (ext4)'),
  area('IMAGE', 'image.ts', ['image', 'artifact'], 'Contents of an image'),
  area('OUTPUT', 'output.ts', ['artifact', 'host', 'pipeline', 'cli'], 'Files and text that a command writes'),
  area('BUILD', 'output.ts', ['artifact', 'cli'], 'The run as a whole'),
  area('EMULATOR', 'emulator.ts', ['emulator'], 'QEMU'),
  area('BOOT', 'emulator.ts', ['emulator', 'pipeline'], 'Images that boot in QEMU'),
  area('MACHINE', 'machine.ts', ['machine', 'host', 'cli'], 'Limits of the machine that bantam runs on'),
  area('BUG', 'bug.ts', [], 'Mistakes in bantam'),
]

/** Finds the area of a code; `CONFIG_TXT_LINE_INVALID` belongs to the longest prefix that fits. */
export function findErrorArea(code: string): ErrorArea | null {
  const fitting = errorAreas.filter(({ prefix }) => code === prefix || code.startsWith(`${prefix}_`))
  return fitting.reduce<ErrorArea | null>(
    (best, one) => (best === null || one.prefix.length > best.prefix.length ? one : best),
    null,
  )
}

function area(prefix: string, file: string, rooms: readonly string[], title: string): ErrorArea {
  return { prefix, file, rooms, title }
}
