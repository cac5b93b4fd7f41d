import { suggest } from './config/quote-value.ts'
import type { ErrorEntry } from './error-entry.ts'
import { firstNames } from './first-names.ts'
import { docsPage } from './shared-hints.ts'

export interface TemplateSpot {
  readonly template: string
  readonly line: number | null
  /** The nodes for which a user's template was filled in. */
  readonly nodes?: readonly string[]
}

const MOST_NODES = 3

/** A text in an image without secrets; the line is null where the place of the problem says it. */
export interface ExposedText {
  readonly subject: string
  readonly line: number | null
}

const textAt = ({ subject, line }: ExposedText): string => `${subject}${line === null ? '' : `, line ${line},`}`

const HIDE_SECRET =
  "Put it into a separate file in `files` with `mode: '0600'`, and read that file: it then goes to the node's secrets.tar."

const place = ({ template, line, nodes = [] }: TemplateSpot): string => {
  return [
    template,
    ...(line === null ? [] : [`line ${line}`]),
    ...(nodes.length === 0 ? [] : [`for node${nodes.length === 1 ? '' : 's'} ${firstNames(nodes, MOST_NODES)}`]),
  ].join(', ')
}

/** Failures of templates and of the files made from them. */
export const renderErrors = {
  TEMPLATE_FOLDER_MISSING: {
    kind: 'input',
    message: (d: { folder: string }) => `The folder of templates ${d.folder} does not exist.`,
    hint: 'Correct the path, or leave the option out to use the templates that come with bantam.',
    example: { folder: '/home/anna/cluster/templates' },
  },
  TEMPLATE_MISSING: {
    kind: 'failure',
    message: (d: { name: string; folder: string }) => `The template ${d.name} is not in ${d.folder}.`,
    hint: 'This installation is not complete. Install bantam again.',
    example: { name: 'user-data.hbs', folder: '/usr/lib/node_modules/bantam-k3s/seeds' },
  },
  TEMPLATE_UNKNOWN: {
    kind: 'input',
    message: (d: { file: string; nearest: string | null }) => `${d.file} replaces no template.`,
    hint: (d: { file: string; nearest: string | null }) =>
      `${d.nearest === null ? 'Remove it' : `Rename it to ${d.nearest}, or remove it`}. The list of templates is in ${docsPage('seeds')}.`,
    example: { file: '/home/anna/cluster/seeds/userdata.hbs', nearest: 'user-data.hbs' },
  },
  TEMPLATE_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `The template ${d.file} cannot be read (${d.reason}).`,
    hint: 'Put a text file there, make it readable, or remove it.',
    example: { file: '/home/anna/cluster/seeds/user-data.hbs', reason: 'it is a folder' },
  },
  TEMPLATE_FOLDER_UNKNOWN: {
    kind: 'input',
    message: (d: { folder: string; nearest: string | null }) => `${d.folder} is not the folder of a profile.`,
    hint: (d: { folder: string; nearest: string | null }) =>
      `${d.nearest === null ? 'Name it after a profile' : `Rename it to ${d.nearest}`}, or remove it. Nested folders are not read.`,
    example: { folder: '/home/anna/cluster/seeds/workers', nearest: 'worker' },
  },
  TEMPLATE_INVALID: {
    kind: 'input',
    message: (d: TemplateSpot & { problem: string }) => `${place(d)}: ${d.problem}.`,
    hint: `Correct the template. The syntax, the helpers and the values are in ${docsPage('seeds')}.`,
    example: { template: '/home/anna/cluster/motd.hbs', line: 2, problem: 'the syntax is not that of Handlebars' },
  },
  TEMPLATE_VALUE_MISSING: {
    kind: 'input',
    message: (d: TemplateSpot & { value: string; nearest: string | null }) =>
      `${place(d)}: there is no value ${d.value}.`,
    hint: (d: { nearest: string | null }) =>
      suggest(
        d.nearest,
        `Use a value of the list in ${docsPage('seeds')}. Secrets exist only in templates whose file only its owner may read.`,
      ),
    example: {
      template: '/home/anna/cluster/motd.hbs',
      line: 2,
      value: 'node.nam',
      nearest: 'node.name',
      nodes: ['server-1', 'worker-1'],
    },
  },
  TEMPLATE_VALUE_INVALID: {
    kind: 'input',
    message: (d: TemplateSpot & { value: string; problem: string }) =>
      `${place(d)}: the value ${d.value} ${d.problem}.`,
    hint: 'Change the value in cluster.yaml or in the profile that sets it.',
    example: {
      template: '/home/anna/cluster/haproxy.cfg.hbs',
      line: 8,
      value: 'node.address',
      problem: 'is no text, number or boolean',
      nodes: ['balancer'],
    },
  },
  SEED_INVALID: {
    kind: 'input',
    message: (d: { template: string; node: string; problem: string }) =>
      `${d.template}, rendered for node ${d.node}, would be rejected: ${d.problem}.`,
    hint: 'Correct the template. "bantam render" shows the result without building an image.',
    example: {
      template: '/home/anna/cluster/seeds/user-data.hbs',
      node: 'worker-1',
      problem: 'cloud-init knows no key "pakages"; the nearest is "packages"',
    },
  },
  SEED_FOLDER_CONFLICT: {
    kind: 'input',
    message: (d: { node: string; path: string; folder: string }) =>
      `Node ${d.node} would get the file /${d.path}, but /${d.folder} would be a file too, not a folder.`,
    hint: `Give your own file another path. The paths that bantam writes are in ${docsPage('seeds')}.`,
    example: { node: 'worker-1', path: 'usr/lib/bantam/first-boot/notes.txt', folder: 'usr/lib/bantam/first-boot' },
  },
  SEED_FILE_CONFLICT: {
    kind: 'input',
    message: (d: { node: string; path: string }) => `Node ${d.node} would get the file /${d.path} twice.`,
    hint: `Give your own file another path. The paths that bantam writes, and the templates to change them, are in ${docsPage('seeds')}.`,
    example: { node: 'worker-1', path: 'etc/systemd/timesyncd.conf.d/50-bantam.conf' },
  },
  SEED_HOLDS_SECRET: {
    kind: 'input',
    message: (d: ExposedText & { secret: string }) =>
      `${textAt(d)} holds ${d.secret}, and an image without secrets would show it to everyone.`,
    hint: `${HIDE_SECRET} A value that is not secret needs no reference: write it into the cluster file.`,
    example: { subject: 'This command', line: null, secret: '${env:WIFI_PASSWORD}' },
  },
  SEED_HOLDS_PRIVATE_KEY: {
    kind: 'input',
    message: (d: ExposedText & { kind: string }) =>
      `${textAt(d)} holds ${d.kind}, and an image without secrets would show it to everyone.`,
    hint: `${HIDE_SECRET} If everyone may have this key, write \`bantam:public\` on the line above it.`,
    example: { subject: 'The file /etc/ssl/private/lab.key', line: 1, kind: 'a private key' },
  },
  SEED_MAY_HOLD_SECRET: {
    kind: 'input',
    severity: 'warning',
    message: (d: ExposedText & { kind: string }) =>
      `${textAt(d)} holds what looks like ${d.kind}, and an image without secrets shows it to everyone.`,
    hint: `${HIDE_SECRET} If everyone may read it, write \`bantam:public\` on that line or on the line above it, such as in a comment.`,
    example: { subject: 'This command', line: null, kind: 'a credential in a header' },
  },
} as const satisfies Record<string, ErrorEntry>
