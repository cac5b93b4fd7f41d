import type { ErrorEntry } from './error-entry.ts'

/** Limits and states of the machine that bantam runs on. */
export const machineErrors = {
  MACHINE_FOLDER_GONE: {
    kind: 'input',
    message: () => 'The folder that bantam runs in no longer exists.',
    hint: 'Change to another folder with `cd`, and run the command again.',
    example: undefined,
  },
  MACHINE_OPEN_FILES: {
    kind: 'failure',
    message: (d: { limit: 'process' | 'machine' }) =>
      d.limit === 'process'
        ? 'The limit of open files is too low for bantam: this process may not open another file.'
        : 'This machine has reached its limit of open files: no program may open another file.',
    hint: (d: { limit: 'process' | 'machine' }) =>
      d.limit === 'process'
        ? 'Raise the limit with `ulimit -n 1024`, and run the command again.'
        : 'End programs that hold many files open, or raise the limit with `sysctl fs.file-max`. Then run the command again.',
    example: { limit: 'process' },
  },
  MACHINE_MEMORY: {
    kind: 'failure',
    message: (d: { reason: string }) => `This process does not get the memory that it needs: ${d.reason}.`,
    hint: 'Take `--max-old-space-size` out of NODE_OPTIONS if it is there. Give the machine or container more memory. If `ulimit -v` shows a limit, remove it with `ulimit -v unlimited`: the libraries for file systems reserve 8 GiB of addresses for each image, and use little of it.',
    example: { reason: 'WebAssembly.Instance(): Out of memory: Cannot allocate Wasm memory for new instance' },
  },
  MACHINE_INSTALLATION_INCOMPLETE: {
    kind: 'failure',
    message: (d: { reason: string }) => `bantam is not completely installed: ${d.reason}.`,
    hint: 'Install it again: `npm ci` in a clone, else `npm install` with the name that you installed.',
    example: { reason: "Cannot find package 'yaml' imported from /home/ada/bantam/dist/text/format-yaml.js" },
  },
  MACHINE_CALL_FAILED: {
    kind: 'failure',
    message: (d: { call: string; path: string | null; reason: string }) =>
      `The system refused to ${d.call}${d.path === null ? '' : ` ${d.path}`}: ${d.reason}.`,
    hint: 'Check that this user may use the path, and that disk and network work. Then run the command again. If nothing is wrong there, report it with the output of BANTAM_DEBUG=1.',
    example: { call: 'read', path: '/home/ada/cluster/home.secrets.yaml', reason: 'EIO, i/o error' },
  },
} as const satisfies Record<string, ErrorEntry>
