import type { ErrorEntry } from './error-entry.ts'

/** Nodes that are asked for and do not exist. */
export const pipelineErrors = {
  SELECTION_UNKNOWN: {
    kind: 'input',
    message: (d: { kind: 'node' | 'profile'; name: string; known: readonly string[] }) =>
      `The cluster has no node ${d.kind === 'node' ? 'named' : 'of profile'} ${d.name}.`,
    hint: (d: { kind: string; name: string; known: readonly string[] }) =>
      `Choose one of: ${d.known.slice(0, 20).join(', ')}${d.known.length > 20 ? ', …' : ''}.`,
    example: { kind: 'node', name: 'worker-9', known: ['server-1', 'worker-1', 'worker-2'] },
  },
  SELECTION_EMPTY: {
    kind: 'input',
    message: () => 'No node matches both --profile and --node.',
    hint: '--profile and --node together choose the nodes that match both. Leave one of them out.',
    example: undefined,
  },
  ACCESS_SERVER_MISSING: {
    kind: 'input',
    message: (d: { file: string }) => `No node of ${d.file} is a server, so there is no cluster to log in to.`,
    hint: 'Give one node the profile `server`.',
    example: { file: 'cluster.yaml' },
  },
  ACCESS_PATH_UNSUPPORTED: {
    kind: 'input',
    message: (d: { path: string; text: string }) =>
      `ssh_config cannot name the path ${JSON.stringify(d.path)}: ssh has no way to write ${d.text} there.`,
    hint: 'Rename the folder, or write the results to another one with --out DIR.',
    example: { path: '/home/ada/${work}/out/home.access/known_hosts', text: '"${"' },
  },
  ACCESS_FILES_MOVED: {
    kind: 'input',
    severity: 'warning',
    message: (d: { files: readonly string[]; from: string; to: string }) =>
      `${d.files.join(', ')} of an earlier version of bantam were among the images in ${d.from}, and are in ${d.to} now.`,
    hint: (d: { from: string }) =>
      `Use the new paths. If others could read ${d.from}, rotate the secrets with \`bantam secrets rotate\`.`,
    example: { files: ['id_ed25519', 'kubeconfig'], from: 'out/home', to: 'out/home.access' },
  },
} as const satisfies Record<string, ErrorEntry>
