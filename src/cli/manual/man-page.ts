import { allCommands, type CommandPage, type OptionPage } from './command-tree.ts'

/** The tree of commands does not hold these facts. */
const ENVIRONMENT = [
  ['BANTAM_CACHE', 'Folder of base images, where --cache does not name one.'],
  ['BANTAM_AGE_KEY', 'Identities of age that open an encrypted secrets file.'],
  ['BANTAM_AGE_KEY_FILE', 'File with such identities.'],
  ['BANTAM_AGE_PASSPHRASE', 'Passphrase of an encrypted secrets file.'],
  ['BANTAM_DEBUG', 'If set, a failure is printed with its stack.'],
  ['NO_COLOR', 'If set, nothing is coloured.'],
  ['SOURCE_DATE_EPOCH', 'Time of files in the images, in seconds since 1970.'],
] as const

export const exitCodes = [
  ['0', 'Done.'],
  ['1', 'Failed.'],
  ['2', 'Wrong usage, or invalid input.'],
  ['129', 'Interrupted: the terminal was closed (SIGHUP).'],
  ['130', 'Interrupted by Ctrl-C (SIGINT).'],
  ['143', 'Terminated (SIGTERM).'],
] as const

/** Writes the manual page, in the man macros of roff. https://man7.org/linux/man-pages/man7/man.7.html */
export function formatManPage(program: CommandPage, version: string): string {
  const commands = allCommands(program).filter(({ path, commands: inner }) => path.length > 0 && inner.length === 0)
  return [
    `.\\" Made by npm run docs:man. Do not edit.`,
    `.TH BANTAM 1 "" "bantam ${escape(version)}" "User Commands"`,
    '.SH NAME',
    'bantam \\- build Raspberry Pi images that form a k3s cluster',
    '.SH SYNOPSIS',
    '.B bantam',
    '.I command',
    '.RI [ options ]',
    '.SH DESCRIPTION',
    escape(program.description),
    '.SH OPTIONS',
    ...program.options.flatMap(formatOption),
    '.SH COMMANDS',
    ...commands.flatMap(formatCommand),
    '.SH ENVIRONMENT',
    ...ENVIRONMENT.flatMap(([name, meaning]) => entry(`.B ${escape(name)}`, meaning)),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(([code, meaning]) => entry(`.B ${code}`, meaning)),
    '.SH FILES',
    ...entry('.I cluster.yaml', 'The cluster file.'),
    ...entry('.I <cluster>.secrets.yaml', 'Secrets of the cluster, made at the first build. Keep it.'),
    ...entry('.I out/<cluster>/', 'Images and SHA256SUMS.'),
    ...entry(
      '.I out/<cluster>.access/',
      'Kubeconfig, SSH keys and settings, and detached secrets. Only you can read them.',
    ),
    '',
  ].join('\n')
}

function formatCommand({ path, usage, description, options, examples }: CommandPage): readonly string[] {
  return [
    `.SS ${escape(path.join(' '))}`,
    `.B ${escape(usage)}`,
    '.PP',
    escape(description),
    ...options.flatMap(formatOption),
    '.PP',
    'Examples:',
    ...examples.flatMap(([commandLine, meaning]) => entry(`.B ${escape(commandLine)}`, capital(`${meaning}.`))),
  ]
}

function formatOption({ flags, description, value, defaultValue }: OptionPage): readonly string[] {
  const choices = value?.kind === 'choices' ? ` Choices: ${value.choices.join(', ')}.` : ''
  const otherwise = defaultValue === null ? '' : ` Default: ${defaultValue}.`
  return entry(`.B ${escape(flags)}`, `${capital(description)}.${choices}${otherwise}`)
}

/** Writes a term and, indented, its meaning. */
function entry(term: string, meaning: string): readonly string[] {
  return ['.TP', term, escape(meaning)]
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`
}

/** Escapes backslashes, hyphens (so that readers can copy them), and a leading dot or quote, which would be a request. */
function escape(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('’', '\\(cq').replace(/^[.']/, '\\&$&')
}
