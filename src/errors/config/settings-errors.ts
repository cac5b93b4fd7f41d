import type { ErrorEntry } from '../error-entry.ts'
import { docsPage } from '../shared-hints.ts'
import { quote } from './quote-value.ts'

export const settingErrors = {
  LABEL_INVALID: {
    kind: 'input',
    message: (d: { key: string; reason: string }) => `The label ${quote(d.key)} is not valid: ${d.reason}.`,
    hint: 'A key is `name` or `domain/name`; name and value have at most 63 letters, digits, `-`, `_` and `.`, and end with a letter or digit.',
    example: { key: '-gpu', reason: 'its name is not allowed' },
  },
  LABEL_RESERVED: {
    kind: 'input',
    message: (d: { key: string }) => `A node may not set the label ${quote(d.key)} itself; k3s would not start.`,
    hint: 'Use a domain that you own, or `node.kubernetes.io/…`. Set role labels with `kubectl label node` afterwards.',
    example: { key: 'node-role.kubernetes.io/worker' },
  },
  TAINT_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not a taint.`,
    hint: 'Write `key=value:Effect` or `key:Effect`, where Effect is NoSchedule, PreferNoSchedule or NoExecute.',
    example: { value: 'dedicated' },
  },
  TAINT_CONFLICT: {
    kind: 'input',
    message: (d: { key: string; effect: string }) =>
      `The taint ${quote(`${d.key}:${d.effect}`)} has two different values on one node.`,
    hint: 'Kubernetes allows one value for a key and an effect: remove one from the node, its profiles or the cluster.',
    example: { key: 'dedicated', effect: 'NoSchedule' },
  },
  PACKAGE_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not the name of a Debian package.`,
    hint: 'Write `name` or `name=version`, one package for each item of the list.',
    example: { value: 'nfs common' },
  },
  COMMAND_INVALID: {
    kind: 'input',
    message: () => 'A command is empty or holds a NUL character.',
    hint: 'Write one shell command for each item of the list.',
    example: undefined,
  },
  CMDLINE_TOKEN_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not one token of the kernel command line.`,
    hint: 'Write one token for each item of the list, in ASCII, without spaces, quotes and line breaks.',
    example: { value: 'quiet splash' },
  },
  CMDLINE_TOKEN_RESERVED: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} would change what boots, or would prevent the node's set-up.`,
    hint: 'Remove it: the base image and bantam set this part of the command line.',
    example: { value: 'root=/dev/sda2' },
  },
  CONFIG_TXT_LINE_INVALID: {
    kind: 'input',
    message: (d: { value: string; reason: string }) => `${quote(d.value)} is not a line for config.txt: ${d.reason}.`,
    hint: 'Write one line for each item of the list, in ASCII and with at most 98 characters.',
    example: { value: 'a=1\nb=2', reason: 'it holds a line break' },
  },
  CONFIG_TXT_LINE_RESERVED: {
    kind: 'input',
    message: (d: { value: string }) =>
      `${quote(d.value)} would make the firmware read other boot files than the ones that bantam prepares.`,
    hint: 'Remove it; choose the operating system with `os`. To use another kernel, build a base image that contains it.',
    example: { value: 'os_prefix=a/' },
  },
  EXTRA_FILE_PATH_INVALID: {
    kind: 'input',
    message: (d: { value: string; reason: string }) =>
      `${quote(d.value)} cannot be the path of a file on a node: ${d.reason}.`,
    hint: 'Write an absolute path, such as `/etc/sysctl.d/60-net.conf`.',
    example: { value: 'etc/x', reason: 'it is not absolute' },
  },
  EXTRA_FILE_PATH_RESERVED: {
    kind: 'input',
    message: (d: { path: string; reason: string }) => `The file ${quote(d.path)} cannot be added: ${d.reason}.`,
    hint: `Use another path, or the key of cluster.yaml that is made for it. All keys are in ${docsPage('cluster-yaml')}.`,
    example: {
      path: '/boot/firmware/config.txt',
      reason: 'the boot partition is mounted there; use `cmdline` and `configTxt`',
    },
  },
  EXTRA_FILE_PATH_DUPLICATE: {
    kind: 'input',
    message: (d: { path: string }) => `The file ${quote(d.path)} is in one list twice.`,
    hint: 'Keep one of the two.',
    example: { path: '/etc/x' },
  },
  EXTRA_FILE_PATH_CONFLICT: {
    kind: 'input',
    message: (d: { path: string; folder: string }) =>
      `The file ${quote(d.path)} cannot be added: ${quote(d.folder)} is also a file, not a folder.`,
    hint: 'Remove one of the two, or give it another path. Look in the node, its profiles and at the top of the file.',
    example: { path: '/opt/a/b', folder: '/opt/a' },
  },
  EXTRA_FILE_CONTENT: {
    kind: 'input',
    message: (d: { path: string }) =>
      `The file ${quote(d.path)} needs exactly one of \`content\`, \`source\` and \`template\`.`,
    hint: 'Write short text as `content`; name a file of yours as `source`, or a template of yours as `template`.',
    example: { path: '/etc/x' },
  },
  EXTRA_FILE_SOURCE_MISSING: {
    kind: 'input',
    message: (d: { source: string; reason: string }) => `The file ${quote(d.source)} cannot be read (${d.reason}).`,
    hint: 'The path counts from the folder of the YAML file that names it; `~` is your home folder.',
    example: { source: './absent', reason: 'it does not exist' },
  },
  EXTRA_FILE_TOO_LARGE: {
    kind: 'input',
    message: (d: { source: string; limitBytes: number }) =>
      `The file ${quote(d.source)} is larger than ${d.limitBytes} bytes.`,
    hint: 'Fetch large files on the node with `commands`, or put them into the base image.',
    example: { source: './models/large.bin', limitBytes: 16777216 },
  },
  EXTRA_FILE_TOTAL_TOO_LARGE: {
    kind: 'input',
    message: (d: { source: string; limitBytes: number }) =>
      `With ${quote(d.source)} the files of the cluster are larger than ${d.limitBytes} bytes together.`,
    hint: 'Fetch large files on the node with `commands`, or put them into the base image.',
    example: { source: './models/fifth.bin', limitBytes: 67108864 },
  },
  EXTRA_FILE_MODE_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not a file mode.`,
    hint: "Write it as octal digits in quotes, such as '0644'.",
    example: { value: '0888' },
  },
  EXTRA_FILE_OWNER_INVALID: {
    kind: 'input',
    message: (d: { value: string }) => `${quote(d.value)} is not an owner.`,
    hint: 'Write `user` or `user:group`, such as `root:root`.',
    example: { value: 'root:' },
  },
} as const satisfies Record<string, ErrorEntry>
