import { unreachable } from '../errors.ts'
import type { OperatorStep } from '../model/operator-step.ts'
import { type ChangeFacts, HERE, initialServerOf, rebuildStep, serversOf } from './operator-steps.ts'
import type { RotatableSecret } from './rotate-secrets.ts'

/** The changes of a rotation, and the names of files and commands for its steps. */
export interface RotationFacts extends ChangeFacts {
  /** Ids of old join tokens that a running cluster still accepts, also of earlier rotations. */
  readonly retiredTokenIds: readonly string[]
  /** Files of the admin's previous keys, the newest first, as the steps name them. */
  readonly previousKeyFiles: readonly string[]
  /** The secrets file, as the steps name it. */
  readonly secretsFile: string
  /** Folder of this cluster's keys and seeds, as the steps name it: `out/home.access`. */
  readonly folder: string
}

const K3S_CONFIG = '/etc/rancher/k3s/config.yaml'

/**
 * Lists the steps after which a new secret is in use. Nodes get it when they are flashed with a new image. A running cluster gets it by
 * commands of k3s. https://docs.k3s.io/cli/token
 */
export function describeRotation(which: RotatableSecret, facts: RotationFacts): readonly OperatorStep[] {
  switch (which) {
    case 'server-token':
      return afterServerToken(facts)
    case 'agent-token':
      return afterAgentToken(facts)
    case 'join-tokens':
      return afterJoinTokens(facts)
    case 'admin-certificate':
      return afterAdminCertificate(facts)
    case 'admin-key':
      return afterAdminKey(facts)
    case 'host-keys':
      return afterHostKeys(facts)
    default:
      throw unreachable(which)
  }
}

function afterServerToken(facts: RotationFacts): readonly OperatorStep[] {
  const { folder } = facts
  const server = initialServerOf(facts)
  const rendered = `${folder}/seeds/${server}/root${K3S_CONFIG}`
  return [
    {
      do: `Write the configuration with the new token to ${rendered}.`,
      where: HERE,
      command: renderCommand(facts, server),
    },
    {
      do: `Rotate the token on ${server}. The command reads the new token from that file; k3s knows the old one. No shell or log keeps a token. For a moment, until k3s hides it, other users of ${server} could see the new token.`,
      where: HERE,
      command: rotateTokenCommand(rendered, `${folder}/ssh_config`, server),
    },
    {
      do: `Copy the new \`token\` from that file to ${K3S_CONFIG} of every server (${serversOf(facts).join(', ')}). Restart k3s there, one server after the other.`,
      where: null,
      command: null,
    },
    deleteSeeds(folder),
    rebuild(facts),
    forget(
      facts,
      'server-token',
      'no etcd snapshot from before this day is left: k3s restores a snapshot only with the token of its day',
    ),
  ]
}

/**
 * Gives the new token to k3s without a command line that holds it: ps would show it to every user, a shell would write it to
 * its history, and sudo to the log. k3s takes it only as a parameter, which it removes from its command line at its start, and
 * reads the old one from its data folder. Without a token it would make one: with `-r`, nothing runs if the file has none.
 */
function rotateTokenCommand(rendered: string, sshConfig: string, server: string): string {
  const token = String.raw`sed -n 's/^token: "K10[0-9a-f]*::server:\(.*\)"$/\1/p' ${rendered}`
  return `${token} | ssh -F ${sshConfig} ${server} sudo xargs -r k3s token rotate --new-token`
}

function afterAgentToken(facts: RotationFacts): readonly OperatorStep[] {
  return [
    rebuild(facts),
    {
      do: 'Only a cluster that is initialized with these images accepts the new token. k3s has no command that replaces the agents’ token of a running cluster. A server whose configuration names a different token refuses to start.',
      where: null,
      command: null,
    },
    {
      do: `For a running cluster, make a token that expires. Write it to ${K3S_CONFIG} of each node that will join. Or set \`join.tokenLifetime\`: then every agent has a separate token.`,
      where: initialServerOf(facts),
      command: 'k3s token create --ttl 1h',
    },
    forget(facts, 'agent-token', 'no running cluster was initialized with it'),
  ]
}

function afterJoinTokens(facts: RotationFacts): readonly OperatorStep[] {
  const { folder, retiredTokenIds } = facts
  return [
    rebuild(facts),
    {
      do: 'Give a running cluster the new tokens.',
      where: HERE,
      command: `kubectl apply -f ${folder}/join-tokens.yaml`,
    },
    ...(retiredTokenIds.length === 0
      ? []
      : [
          {
            do: `Remove the old tokens (${retiredTokenIds.join(', ')}) from /var/lib/rancher/k3s/server/manifests/bantam.yaml, as root. k3s applies that file again at each start.`,
            where: initialServerOf(facts),
            command: null,
          },
          {
            do: 'Delete the old tokens from the running cluster.',
            where: HERE,
            command: `kubectl -n kube-system delete secret --ignore-not-found ${retiredTokenIds.map((id) => `bootstrap-token-${id}`).join(' ')}`,
          },
          forget(facts, 'join-tokens', 'these are deleted'),
        ]),
  ]
}

function afterAdminCertificate(facts: RotationFacts): readonly OperatorStep[] {
  const { folder, clusterOptions } = facts
  return [
    {
      do: `Make a kubeconfig for emergencies. The next step needs it: ${folder}/kubeconfig has no rights before.`,
      where: HERE,
      command: `bantam kubeconfig${clusterOptions} --break-glass`,
    },
    {
      do: 'Give the running cluster the new group of administrators. After that, the older certificate has no rights.',
      where: HERE,
      command: `kubectl --kubeconfig ${folder}/kubeconfig.break-glass apply -f ${folder}/admins.yaml`,
    },
    {
      do: `On the initial server, replace the binding in /var/lib/rancher/k3s/server/manifests/bantam.yaml by the text of ${folder}/admins.yaml. k3s applies that file again at each start.`,
      where: initialServerOf(facts),
      command: null,
    },
    rebuild(facts),
    forget(facts, 'admin-certificate', 'the running cluster has the new group'),
  ]
}

function afterAdminKey(facts: RotationFacts): readonly OperatorStep[] {
  const { folder, changedNodes, previousKeyFiles } = facts
  if (changedNodes.length === 0) return [rebuild(facts)]
  const keys = previousKeyFiles.map((path) => `-i ${path} `).join('')
  return [
    ...(previousKeyFiles.length === 0
      ? []
      : [
          {
            do: `Replace the old key on each running node by the new one. NODE is the node’s name. ssh tries ${previousKeyFiles.join(', then ')}.`,
            where: HERE,
            command: `ssh -F ${folder}/ssh_config ${keys}NODE 'cat > .ssh/authorized_keys' < ${folder}/id_ed25519.pub`,
          },
        ]),
    rebuild(facts),
    ...(previousKeyFiles.length === 0 ? [] : [forget(facts, 'admin-key', 'all nodes accept the new key')]),
  ]
}

function afterHostKeys(facts: RotationFacts): readonly OperatorStep[] {
  const { cluster, folder } = facts
  return [
    {
      do: 'Render the new keys for running nodes. Nodes that you flash again get theirs with the image. NODE is the node’s name.',
      where: HERE,
      command: renderCommand(facts, 'NODE'),
    },
    {
      do: `Copy ssh_host_ed25519_key and ssh_host_ed25519_key.pub from ${folder}/seeds/NODE/root/etc/ssh/ to /etc/ssh/ of the node. Restart ssh there.`,
      where: null,
      command: null,
    },
    deleteSeeds(folder),
    rebuild(facts),
    ...(cluster.k3s.datastore.kind === 'sqlite'
      ? [
          {
            do: `Do not flash ${initialServerOf(facts)} for this: its card holds the data of the cluster.`,
            where: null,
            command: null,
          },
        ]
      : []),
    forget(facts, 'host-keys', 'each node has its new key: until then, known_hosts lists both'),
  ]
}

/** The last step: the previous value stays until somebody says that nothing needs it. */
function forget({ secretsFile, clusterOptions }: RotationFacts, which: RotatableSecret, when: string): OperatorStep {
  return {
    do: `${secretsFile} keeps the previous value. Remove it when ${when}.`,
    where: HERE,
    command: `bantam secrets forget ${which}${clusterOptions}`,
  }
}

function rebuild(facts: RotationFacts): OperatorStep {
  return rebuildStep(facts, 'From now on, flash cards from the new images only.')
}

function renderCommand({ clusterOptions }: RotationFacts, node: string): string {
  return `bantam render${clusterOptions} --node ${node}`
}

function deleteSeeds(folder: string): OperatorStep {
  return { do: 'Then delete the rendered files: they hold secrets.', where: HERE, command: `rm -r ${folder}/seeds` }
}
