import type { OperatorStep } from '../model/operator-step.ts'
import { rootlessAuthorities } from '../pki/cluster-pki.ts'
import { type ChangeFacts, HERE, initialServerOf, rebuildStep, serversOf } from './operator-steps.ts'

const TLS = '/var/lib/rancher/k3s/server/tls'
/** In memory: the copies of the keys reach no card. */
const WORK = '/run/bantam-authorities'

/**
 * Lists the steps by which a running cluster gives up the root of its authorities. k3s checks that a new authority comes with two
 * certificates and a chain to the old file. The same certificate, twice, is both (pkg/server/handlers/cert.go).
 */
export function describeSeparation(facts: ChangeFacts): readonly OperatorStep[] {
  return [
    {
      do: 'If no server of this cluster has started yet, go to the last two steps.',
      where: null,
      command: null,
    },
    {
      do: `Give k3s the same authorities without the root. It is done when k3s prints \`certificates saved to datastore\`. Lines such as \`failed to stat ServerCA\` are harmless: those files stay as they are.`,
      where: initialServerOf(facts),
      command: separateCommand(),
    },
    {
      do: `Restart k3s on every server (${serversOf(facts).join(', ')}), one after the other. Wait until \`kubectl get nodes\` shows it Ready again. Agents need no restart. Until a server is restarted, it accepts the certificates of all nodes.`,
      where: null,
      command: 'sudo systemctl restart k3s',
    },
    {
      do: `Look at each server. It is done when all lines are \`separate\`; after \`shared\`, restart k3s there once more.`,
      where: null,
      command: checkCommand(),
    },
    {
      do: 'Tell bantam. From now on its images hold the new files.',
      where: HERE,
      command: `bantam secrets separate-authorities --done${facts.clusterOptions}`,
    },
    describeRebuild(facts),
  ]
}

/** The last step: an image that is older than the change holds files that the cluster no longer has. */
export function describeRebuild(facts: ChangeFacts): OperatorStep {
  return rebuildStep(
    facts,
    'Do not flash older ones: they trust the root again, and k3s refuses them beside an external datastore.',
  )
}

/** Can be run again: the first certificate of each file is the authority, before and after. */
function separateCommand(): string {
  const copy = `for copy in 1 2; do sed "/END CERTIFICATE/q" $ca.crt; done > ${WORK}/tls/$ca.crt; cat $ca.key > ${WORK}/tls/$ca.key`
  return `sudo sh -euc 'umask 077; trap "rm -r ${WORK}" EXIT; mkdir -p ${WORK}/tls/etcd; cd ${TLS}; for ca in ${rootlessAuthorities.join(' ')}; do ${copy}; done; k3s certificate rotate-ca --path=${WORK}'`
}

/** An authority alone is one certificate or the same one twice; with its root, these are two. */
function checkCommand(): string {
  const read = 'first=$(sed "/END CERTIFICATE/q" $ca.crt); rest=$(sed "1,/END CERTIFICATE/d" $ca.crt)'
  const judge = 'case $rest in ""|"$first") echo $ca: separate;; *) echo $ca: shared;; esac'
  return `sudo sh -euc 'cd ${TLS}; for ca in ${rootlessAuthorities.join(' ')}; do ${read}; ${judge}; done'`
}
