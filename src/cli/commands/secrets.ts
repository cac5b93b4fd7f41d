import { Argument, type Command } from 'commander'
import { BuildError } from '../../errors.ts'
import type { PreviousDescription } from '../../secrets/describe-previous.ts'
import { type RotatableSecret, rotatableSecrets } from '../../secrets/rotate-secrets.ts'
import { isReason } from '../../secrets/secrets-schema.ts'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, projectOf, selectionOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { collect, nodeOption, outOption, profileOption } from '../shared-options.ts'
import { shownPath } from '../shown-path.ts'
import { formatSteps } from '../terminal/format-steps.ts'
import { formatTable } from '../terminal/format-table.ts'
import { addSecretsCommand } from './add-secrets-command.ts'
import { addSeparateAuthorities } from './secrets-separate-authorities.ts'
import { addSecretsValues } from './secrets-values.ts'

interface RotateOptions extends ClusterOptions {
  readonly reason?: string
}

interface ForgetOptions extends ClusterOptions {
  readonly all?: true
}

interface EncryptOptions extends ClusterOptions {
  readonly recipient?: readonly string[]
}

/** `bantam secrets`: shows, replaces, forgets, encrypts and decrypts the secrets of a cluster. */
export function addSecrets(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .summary('show, set, replace, forget, encrypt and decrypt the secrets of a cluster')
    .description('Shows, sets, replaces, forgets, encrypts and decrypts the secrets in <cluster>.secrets.yaml.')
  withExamples(secrets, [
    ['bantam secrets show', 'list the secrets, without their values'],
    ['bantam secrets rotate admin-key', 'replace one secret and print the next steps'],
  ])
  addShow(secrets, context)
  addSecretsValues(secrets, context)
  addRotate(secrets, context)
  addForget(secrets, context)
  addSeparateAuthorities(secrets, context)
  addEncrypt(secrets, context)
  addDecrypt(secrets, context)
}

function addShow(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'show', 'list the secrets, without their values', [
    ['bantam secrets show', 'list them, when they expire, and which previous values are kept'],
  ]).action(async (options: ClusterOptions) => {
    const { showSecrets } = await import('../../pipeline/secrets/manage-secrets.ts')
    const { cluster, file, secrets: list, previous, warnings } = await showSecrets(projectOf(options, context))
    const rows = list.map(({ name, use, expires }) => [name, expires ?? 'does not expire', use])
    const text = formatTable([['SECRET', 'EXPIRES', 'USE'], ...rows])
    const kept = previous.length === 0 ? '' : `\n${formatPrevious(previous, 'STILL NEEDED BY')}`
    printResult(
      { json: { cluster, file, secrets: list, previous, warnings }, text: text + kept, warnings },
      options,
      context,
    )
  })
}

/** Lists previous values. What needs a value is what no longer works without it. */
function formatPrevious(previous: readonly PreviousDescription[], lastHeading: string): string {
  const rows = previous.map(({ secret, node, replaced, reason, neededBy }) => [
    node === null ? secret : `${secret} of ${node}`,
    replaced,
    reason,
    neededBy,
  ])
  return formatTable([['PREVIOUS', 'REPLACED', 'REASON', lastHeading], ...rows])
}

function addRotate(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'rotate', 'replace a secret and print the next steps', [
    ['bantam secrets rotate agent-token', 'replace the token that agents join with'],
    ['bantam secrets rotate host-keys --node worker-1', 'replace the SSH host key of one node'],
  ])
    .addArgument(secretArgument('<secret>'))
    .addOption(outOption())
    .addOption(profileOption('host-keys and join-tokens: only nodes of this profile'))
    .addOption(nodeOption('host-keys and join-tokens: only this node'))
    .option('--reason <text>', 'why, for `secrets show`; if left out: secrets rotate')
    .action(async (word: string, options: RotateOptions) => {
      const which = parseSecret(word)
      const { DEFAULT_REASON, rotateSecrets } = await import('../../pipeline/secrets/rotate-secrets.ts')
      const reason = parseReason(options.reason ?? DEFAULT_REASON)
      const request = { which, selection: selectionOf(options), reason }
      const { file, changedNodes, steps, warnings } = await rotateSecrets(projectOf(options, context), request)
      const json = { secret: which, file, changedNodes, steps, warnings }
      const text = `${which} has been replaced in ${shownPath(file, context)}, which keeps the previous value.\n${formatSteps(steps)}`
      printResult({ json, text, warnings }, options, context)
    })
}

function addForget(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'forget', 'remove previous values of a secret', [
    ['bantam secrets forget admin-key', 'remove the previous SSH keys, once all nodes accept the new one'],
    ['bantam secrets forget host-keys --node worker-1', 'no longer accept the earlier host key of one node'],
    ['bantam secrets forget --all', 'remove all previous values'],
  ])
    .addArgument(secretArgument('[secret]'))
    .option('--all', 'of all secrets')
    .addOption(outOption())
    .addOption(profileOption('host-keys and join-tokens: only nodes of this profile'))
    .addOption(nodeOption('host-keys and join-tokens: only this node'))
    .action(async (word: string | undefined, options: ForgetOptions) => {
      const which = parseForgotten(word, options)
      const { forgetSecrets } = await import('../../pipeline/secrets/forget-secrets.ts')
      const forgetting = await forgetSecrets(projectOf(options, context), which, selectionOf(options))
      const { file, forgotten, warnings } = forgetting
      const text =
        forgotten.length === 0
          ? `${shownPath(file, context)} has no such previous value.\n`
          : `Removed from ${shownPath(file, context)}:\n${formatPrevious(forgotten, 'LOST')}`
      printResult({ json: forgetting, text, warnings }, options, context)
    })
}

function secretArgument(name: '<secret>' | '[secret]'): Argument {
  const argument = new Argument(name, 'which one')
  // The command refuses wrong values itself, with an error code.
  argument.argChoices = [...rotatableSecrets]
  return argument
}

/** Removing what somebody may still need takes an explicit word. Throws `SECRETS_FORGET_UNCLEAR`. */
function parseForgotten(word: string | undefined, { all }: ForgetOptions): RotatableSecret | 'all' {
  if (word === undefined && all !== true)
    throw new BuildError('SECRETS_FORGET_UNCLEAR', { reason: 'neither a secret nor --all is given' })
  if (word !== undefined && all === true)
    throw new BuildError('SECRETS_FORGET_UNCLEAR', { reason: `both ${word} and --all are given` })
  return word === undefined ? 'all' : parseSecret(word)
}

function parseReason(text: string): string {
  if (isReason(text)) return text
  throw new BuildError('USAGE_OPTION_INVALID', {
    option: '--reason',
    value: JSON.stringify(text),
    expected: 'one line of at most 200 characters',
  })
}

function parseSecret(word: string): RotatableSecret {
  const secret = rotatableSecrets.find((one) => one === word)
  if (secret === undefined)
    throw new BuildError('USAGE_OPTION_INVALID', {
      option: '<secret>',
      value: word,
      expected: `one of ${rotatableSecrets.join(', ')}`,
    })
  return secret
}

function addEncrypt(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'encrypt', 'encrypt the secrets file with age', [
    ['bantam secrets encrypt', 'encrypt it for the key of BANTAM_AGE_KEY_FILE, else for a passphrase'],
    ['bantam secrets encrypt --recipient age1…', 'encrypt it for a colleague too'],
  ])
    .option(
      '--recipient <age1…>',
      'another public key that may open the file (may be given again); your key of BANTAM_AGE_KEY or BANTAM_AGE_KEY_FILE always may',
      collect,
    )
    .action(async (options: EncryptOptions) => {
      const { chooseEncryption } = await import('../../pipeline/secrets/choose-encryption.ts')
      const { setEncryption } = await import('../../pipeline/secrets/manage-secrets.ts')
      const project = projectOf(options, context)
      const encryption = await chooseEncryption(options.recipient ?? [], project.secretsKeys)
      const file = await setEncryption(project, encryption)
      const readers =
        'recipients' in encryption ? `these keys alone: ${encryption.recipients.join(', ')}` : 'a passphrase'
      const text = `Encrypted ${shownPath(file, context)} for ${readers}. Keep a copy of the key: without it, no image can be built.\n`
      printResult({ json: { file, encrypted: true }, text, warnings: [] }, options, context)
    })
}

function addDecrypt(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'decrypt', 'store the secrets file unencrypted again', [
    ['bantam secrets decrypt', 'decrypt it; only you can read the file'],
  ]).action(async (options: ClusterOptions) => {
    const { setEncryption } = await import('../../pipeline/secrets/manage-secrets.ts')
    const file = await setEncryption(projectOf(options, context), null)
    const text = `Decrypted ${shownPath(file, context)}.\n`
    printResult({ json: { file, encrypted: false }, text, warnings: [] }, options, context)
  })
}
