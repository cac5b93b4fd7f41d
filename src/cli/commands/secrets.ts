import { relative } from 'node:path'
import { Argument, type Command } from 'commander'
import { BuildError } from '../../errors.ts'
import { type RotatableSecret, rotatableSecrets } from '../../secrets/rotate-secrets.ts'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, projectOf, selectionOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { collect, nodeOption, outOption, profileOption } from '../shared-options.ts'
import { formatSteps } from '../terminal/format-steps.ts'
import { formatTable } from '../terminal/format-table.ts'
import { addSecretsCommand } from './add-secrets-command.ts'
import { addSecretsValues } from './secrets-values.ts'

interface EncryptOptions extends ClusterOptions {
  readonly recipient?: readonly string[]
}

/** `bantam secrets`: shows, replaces, encrypts and decrypts the secrets of a cluster. */
export function addSecrets(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .summary('show, set, replace, encrypt and decrypt the secrets of a cluster')
    .description('Shows, sets, replaces, encrypts and decrypts the secrets in <cluster>.secrets.yaml.')
  withExamples(secrets, [
    ['bantam secrets show', 'list the secrets, without their values'],
    ['bantam secrets rotate admin-key', 'replace one secret and print the next steps'],
  ])
  addShow(secrets, context)
  addSecretsValues(secrets, context)
  addRotate(secrets, context)
  addEncrypt(secrets, context)
  addDecrypt(secrets, context)
}

function addShow(secrets: Command, context: CliContext): void {
  addSecretsCommand(secrets, 'show', 'list the secrets, without their values', [
    ['bantam secrets show', 'list them, and when they expire'],
  ]).action(async (options: ClusterOptions) => {
    const { showSecrets } = await import('../../pipeline/secrets/manage-secrets.ts')
    const { cluster, file, secrets: list } = await showSecrets(projectOf(options, context))
    const rows = list.map(({ name, use, expires }) => [name, expires ?? 'does not expire', use])
    const text = formatTable([['SECRET', 'EXPIRES', 'USE'], ...rows])
    printResult({ json: { cluster, file, secrets: list }, text, warnings: [] }, options, context)
  })
}

function addRotate(secrets: Command, context: CliContext): void {
  const secretArgument = new Argument('<secret>', 'which one')
  // The command refuses wrong values itself, with an error code.
  secretArgument.argChoices = [...rotatableSecrets]
  addSecretsCommand(secrets, 'rotate', 'replace a secret and print the next steps', [
    ['bantam secrets rotate agent-token', 'replace the token that agents join with'],
    ['bantam secrets rotate host-keys --node worker-1', 'replace the SSH host key of one node'],
  ])
    .addArgument(secretArgument)
    .addOption(outOption())
    .addOption(profileOption('host-keys and join-tokens: only nodes of this profile'))
    .addOption(nodeOption('host-keys and join-tokens: only this node'))
    .action(async (word: string, options: ClusterOptions) => {
      const secret = parseSecret(word)
      const { rotateSecrets } = await import('../../pipeline/secrets/manage-secrets.ts')
      const rotation = await rotateSecrets(projectOf(options, context), secret, selectionOf(options))
      const { file, changedNodes, steps } = rotation
      const json = { secret, file, changedNodes, steps }
      const text = `${secret} has been replaced in ${shownPath(file, context)}.\n${formatSteps(steps)}`
      printResult({ json, text, warnings: [] }, options, context)
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

function shownPath(path: string, { workingFolder }: CliContext): string {
  return relative(workingFolder, path) || path
}
