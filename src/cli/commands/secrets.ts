import { relative } from 'node:path'
import type { Command } from 'commander'
import { BuildError, unreachable } from '../../errors.ts'
import type { Rotation } from '../../pipeline/secrets/manage-secrets.ts'
import { recipientsOf, requireRecipients, type SecretsKeys } from '../../secrets/encrypt-secrets.ts'
import { type RotatableSecret, rotatableSecrets } from '../../secrets/rotate-secrets.ts'
import type { Encryption } from '../../secrets/secrets-file.ts'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, collect, projectOf, selectionOf } from '../options.ts'
import { formatTable, printResult } from '../print-result.ts'

interface EncryptOptions extends ClusterOptions {
  readonly recipient?: readonly string[]
}

/** `bantam secrets`: shows, replaces, encrypts and decrypts what a cluster's secrets file holds. */
export function addSecrets(program: Command, context: CliContext): void {
  const secrets = program
    .command('secrets')
    .summary('look after the secrets of a cluster')
    .description('Shows, replaces, encrypts and decrypts what <cluster>.secrets.yaml holds.')
  const shown = (path: string): string => relative(context.workingFolder, path) || path
  addCommand(secrets, 'show', 'list the secrets, without their values').action(async (options: ClusterOptions) => {
    const { showSecrets } = await import('../../pipeline/secrets/manage-secrets.ts')
    const { cluster, file, secrets: list } = await showSecrets(projectOf(options, context))
    const rows = list.map(({ name, use, expires }) => [name, expires ?? 'does not expire', use])
    printResult(
      {
        json: { cluster, file, secrets: list },
        text: formatTable([['SECRET', 'EXPIRES', 'USE'], ...rows]),
        warnings: [],
      },
      options,
      context,
    )
  })
  addCommand(secrets, 'rotate', 'replace a secret, and say what has to be done for it')
    .argument('<secret>', rotatableSecrets.join(', '))
    .option('--out <dir>', 'folder of results', 'out')
    .option(
      '--profile <name>',
      'host keys and join tokens: only of nodes of this profile (may be given again)',
      collect,
    )
    .option('--node <name>', 'host keys and join tokens: only of this node (may be given again)', collect)
    .action(async (word: string, options: ClusterOptions) => {
      const which = rotatableSecrets.find((one) => one === word)
      if (which === undefined)
        throw new BuildError('USAGE_OPTION_INVALID', {
          option: '<secret>',
          value: word,
          expected: rotatableSecrets.join(', '),
        })
      const { rotateSecrets } = await import('../../pipeline/secrets/manage-secrets.ts')
      const project = projectOf(options, context)
      const rotation = await rotateSecrets(project, which, selectionOf(options))
      const steps = stepsAfter(which, rotation, {
        outFolder: shown(project.outFolder),
        options: repeatedOptions(options),
      })
      const text = [
        `${which} has been replaced in ${shown(rotation.file)}.`,
        ...steps.map((step, index) => `${index + 1}. ${step}`),
      ]
        .map((line) => `${line}\n`)
        .join('')
      printResult(
        {
          json: { secret: which, file: rotation.file, changedNodes: rotation.changedNodes, steps },
          text,
          warnings: [],
        },
        options,
        context,
      )
    })
  addCommand(secrets, 'encrypt', 'encrypt the secrets file by age')
    .option(
      '--recipient <age1…>',
      'also for the owner of this public key (may be given again), beside that of BANTAM_AGE_KEY or BANTAM_AGE_KEY_FILE',
      collect,
    )
    .action(async (options: EncryptOptions) => {
      const { setEncryption } = await import('../../pipeline/secrets/manage-secrets.ts')
      const project = projectOf(options, context)
      const encryption = await encryptionOf(options, project.secretsKeys)
      const file = await setEncryption(project, encryption)
      const readers =
        'recipients' in encryption ? `these keys alone: ${encryption.recipients.join(', ')}` : 'a passphrase'
      printResult(
        {
          json: { file, encrypted: true },
          text: `Encrypted ${shown(file)} for ${readers}. Without its key, no image can be built any more: keep a copy of the key.\n`,
          warnings: [],
        },
        options,
        context,
      )
    })
  addCommand(secrets, 'decrypt', 'keep the secrets file in the clear again').action(async (options: ClusterOptions) => {
    const { setEncryption } = await import('../../pipeline/secrets/manage-secrets.ts')
    const file = await setEncryption(projectOf(options, context), null)
    printResult(
      { json: { file, encrypted: false }, text: `Decrypted ${shown(file)}.\n`, warnings: [] },
      options,
      context,
    )
  })
}

function addCommand(parent: Command, name: string, summary: string): Command {
  return parent
    .command(name)
    .summary(summary)
    .description(`${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`)
    .option('--cluster <file>', 'cluster file', 'cluster.yaml')
    .option('--json', 'print one JSON document on stdout')
}

async function encryptionOf(
  { recipient }: EncryptOptions,
  { identities, passphrase, askPassphrase }: SecretsKeys,
): Promise<Encryption> {
  if (recipient !== undefined) {
    // Whoever encrypts must be able to read it afterwards: without, the next build would fail, and the cluster be lost.
    if (identities.length === 0) throw new BuildError('AGE_OWN_KEY_MISSING', undefined)
    await requireRecipients(recipient)
    return { recipients: [...new Set([...(await recipientsOf(identities)), ...recipient])] }
  }
  if (identities.length > 0) return { recipients: await recipientsOf(identities) }
  if (passphrase !== null || askPassphrase !== null) return { passphrase: true }
  throw new BuildError('AGE_RECIPIENT_MISSING', undefined)
}

/** Options that choose the cluster, for the commands that are named in the steps. */
function repeatedOptions({ cluster, out }: ClusterOptions): string {
  return `${cluster === 'cluster.yaml' ? '' : ` --cluster ${cluster}`}${out === undefined || out === 'out' ? '' : ` --out ${out}`}`
}

/** What makes a new secret count. Images come into force when they are flashed; a running cluster is told by k3s itself. */
function stepsAfter(
  which: RotatableSecret,
  { cluster, changedNodes, retiredTokenIds }: Rotation,
  { outFolder, options }: { readonly outFolder: string; readonly options: string },
): readonly string[] {
  const servers = cluster.nodes.filter(({ role }) => role === 'server').map(({ name }) => name)
  const initialServer = servers[0] ?? 'the first server'
  const folder = `${outFolder}/${cluster.name}`
  const rebuild =
    changedNodes.length === 0
      ? 'No image holds it.'
      : `Build these images anew; cards that are flashed from now on must come from them: ${changedNodes.join(', ')}.`
  switch (which) {
    case 'server-token':
      return [
        `On ${initialServer}, as root: k3s token rotate --token OLD --new-token NEW. OLD is the value of \`token\` in its /etc/rancher/k3s/config.yaml; NEW is what follows \`::server:\` in ${folder}/seeds/${initialServer}/root/etc/rancher/k3s/config.yaml, which \`bantam render${options} --node ${initialServer}\` writes.`,
        `Put the new \`token\` of that file into /etc/rancher/k3s/config.yaml of every server (${servers.join(', ')}), then restart k3s there, one server after the other. Then delete ${folder}/seeds.`,
        rebuild,
      ]
    case 'agent-token':
      return [
        rebuild,
        'It counts for a cluster that is founded with these images. k3s has no command that replaces the agents\u2019 token of a running cluster, and a server whose configuration names another one refuses to start later. ' +
          `There, let nodes join by tokens that expire: k3s token create --ttl 1h on ${initialServer}, put into their /etc/rancher/k3s/config.yaml; or set \`join.tokenLifetime\`.`,
      ]
    case 'join-tokens':
      return [
        rebuild,
        `Tell a running cluster of the new ones: kubectl apply -f ${folder}/join-tokens.yaml, which that build writes.`,
        ...(retiredTokenIds.length === 0
          ? []
          : [
              `Take the old ones back: kubectl -n kube-system delete secret ${retiredTokenIds.map((id) => `bootstrap-token-${id}`).join(' ')}`,
            ]),
      ]
    case 'admin-certificate':
      return [
        rebuild,
        `Tell a running cluster, which then lets bearers of the older certificate do nothing: bantam kubeconfig${options} --break-glass, then kubectl --kubeconfig ${folder}/kubeconfig.break-glass apply -f ${folder}/admins.yaml`,
        'On running servers, put the same binding into /var/lib/rancher/k3s/server/manifests/bantam.yaml of the initial server: k3s applies that file again at its start.',
      ]
    case 'admin-key':
      return changedNodes.length === 0
        ? [rebuild]
        : [
            `Put the new key onto each running node, in place of the old one: ssh -F ${folder}/ssh_config -i ${folder}/id_ed25519.previous NODE 'cat > .ssh/authorized_keys' < ${folder}/id_ed25519.pub`,
            `Then delete ${folder}/id_ed25519.previous.`,
            rebuild,
          ]
    case 'host-keys':
      return [
        rebuild,
        `That build writes known_hosts anew: ssh then refuses running nodes until they have the new key. Put it there first, without flashing: bantam render${options} --node NODE, ` +
          `then copy ssh_host_ed25519_key and its .pub from ${folder}/seeds/NODE/root/etc/ssh/ to /etc/ssh/ of the node, and restart ssh there. Then delete ${folder}/seeds.`,
        ...(cluster.k3s.datastore.kind === 'sqlite'
          ? [`Do not flash ${initialServer} for it: its card holds the cluster.`]
          : []),
      ]
    default:
      throw unreachable(which)
  }
}
