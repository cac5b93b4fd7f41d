import { unreachable } from '../errors.ts'
import type { Cluster } from '../model/cluster.ts'
import { findInitialServer } from '../model/find-initial-server.ts'
import type { OperatorStep } from '../model/operator-step.ts'
import type { RotatableSecret } from './rotate-secrets.ts'

/** The changes of a rotation, and the names of files and commands for its steps. */
export interface RotationFacts {
  readonly cluster: Cluster
  /** Nodes whose images hold the secret. */
  readonly changedNodes: readonly string[]
  /** Ids of old join tokens that a running cluster still accepts. */
  readonly retiredTokenIds: readonly string[]
  /** Folder of this cluster's keys and seeds, as the steps name it: `out/home.access`. */
  readonly folder: string
  /** Options that choose this cluster, each with a space before it. Empty if the defaults choose it. */
  readonly clusterOptions: string
}

const HERE = 'this machine'
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
      do: `Rotate the token, as root. OLD is the value of \`token\` in ${K3S_CONFIG} on ${server}. NEW is the text after \`::server:\` in ${rendered}.`,
      where: server,
      command: 'k3s token rotate --token OLD --new-token NEW',
    },
    {
      do: `Copy the new \`token\` from that file to ${K3S_CONFIG} of every server (${serversOf(facts).join(', ')}). Restart k3s there, one server after the other.`,
      where: null,
      command: null,
    },
    deleteSeeds(folder),
    rebuild(facts),
  ]
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
  ]
}

function afterJoinTokens(facts: RotationFacts): readonly OperatorStep[] {
  const { folder, retiredTokenIds } = facts
  return [
    rebuild(facts),
    {
      do: `Give a running cluster the new tokens. That build writes ${folder}/join-tokens.yaml.`,
      where: HERE,
      command: `kubectl apply -f ${folder}/join-tokens.yaml`,
    },
    ...(retiredTokenIds.length === 0
      ? []
      : [
          {
            do: 'Delete the old tokens from the running cluster.',
            where: HERE,
            command: `kubectl -n kube-system delete secret ${retiredTokenIds.map((id) => `bootstrap-token-${id}`).join(' ')}`,
          },
        ]),
  ]
}

function afterAdminCertificate(facts: RotationFacts): readonly OperatorStep[] {
  const { folder, clusterOptions } = facts
  return [
    rebuild(facts),
    {
      do: 'Make a kubeconfig for emergencies. The next step needs it.',
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
  ]
}

function afterAdminKey(facts: RotationFacts): readonly OperatorStep[] {
  const { folder, changedNodes } = facts
  if (changedNodes.length === 0) return [rebuild(facts)]
  return [
    {
      do: 'Replace the old key on each running node by the new one. NODE is the node’s name.',
      where: HERE,
      command: `ssh -F ${folder}/ssh_config -i ${folder}/id_ed25519.previous NODE 'cat > .ssh/authorized_keys' < ${folder}/id_ed25519.pub`,
    },
    { do: 'Then delete the old key.', where: HERE, command: `rm ${folder}/id_ed25519.previous` },
    rebuild(facts),
  ]
}

function afterHostKeys(facts: RotationFacts): readonly OperatorStep[] {
  const { cluster, folder } = facts
  return [
    {
      do: 'Give each running node its new key before you build: the build writes known_hosts, and after it ssh refuses nodes with an old key. Render the keys. NODE is the node’s name.',
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
  ]
}

function rebuild({ changedNodes, clusterOptions }: RotationFacts): OperatorStep {
  if (changedNodes.length === 0)
    return { do: 'No image holds the secret: no build is needed.', where: null, command: null }
  return {
    do: `Build these images again: ${changedNodes.join(', ')}. From now on, flash cards from the new images only.`,
    where: HERE,
    command: `bantam build-image${clusterOptions}${changedNodes.map((name) => ` --node ${name}`).join('')}`,
  }
}

function renderCommand({ clusterOptions }: RotationFacts, node: string): string {
  return `bantam render${clusterOptions} --node ${node}`
}

function deleteSeeds(folder: string): OperatorStep {
  return { do: 'Then delete the rendered files: they hold secrets.', where: HERE, command: `rm -r ${folder}/seeds` }
}

function serversOf({ cluster }: RotationFacts): readonly string[] {
  return cluster.nodes.filter(({ role }) => role === 'server').map(({ name }) => name)
}

function initialServerOf(facts: RotationFacts): string {
  return findInitialServer(facts.cluster.nodes)?.name ?? 'the initial server'
}
