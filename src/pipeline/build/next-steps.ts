import { basename } from 'node:path'
import type { Artifact } from '../../model/artifact.ts'
import type { OperatorStep } from '../../model/operator-step.ts'
import { formatByteLength } from '../../units.ts'
import type { AccessFiles } from '../access/write-access.ts'
import type { Project } from '../project/project.ts'
import { typedPath } from '../project/shown-paths.ts'

/** The results of a build that the next steps name. */
export interface BuiltFacts {
  readonly artifacts: readonly Artifact[]
  readonly access: AccessFiles
  readonly secretBundles: readonly string[]
  readonly firstNode: string
}

const HERE = 'this machine'
/** Usual sizes of cards, in units of 10⁹ bytes. */
const CARD_GIGABYTES = [4, 8, 16, 32, 64, 128, 256, 512]
/** For a system without a desktop: https://www.raspberrypi.com/documentation/computers/getting-started.html#recommended-capacity */
const RECOMMENDED_GIGABYTES = 16

/** Lists the steps after a build, from the card to `kubectl`. */
export function describeNextSteps(facts: BuiltFacts, project: Project): readonly OperatorStep[] {
  const { access, secretBundles, firstNode } = facts
  const typed = (path: string): string => typedPath(project, path)
  return [
    flash(facts),
    ...(secretBundles.length === 0
      ? []
      : [
          {
            do: `Copy each node’s secrets (${secretBundles.map((path) => basename(path)).join(', ')}) from ${typed(access.folder)} to the boot partition of its card. The file’s name there is bantam-secrets.tar.`,
            where: HERE,
            command: null,
          },
        ]),
    {
      do: 'Insert the cards and power the boards, in any order. Each node sets itself up and joins.',
      where: null,
      command: null,
    },
    ...(access.joinTokens === null
      ? []
      : [
          {
            do: `Power them before ${access.joinTokens.expires.toISOString()}: then the first join token expires. If the cluster runs already, give it the new tokens.`,
            where: HERE,
            command: `kubectl apply -f ${typed(access.joinTokens.path)}`,
          },
        ]),
    ...(access.kubeconfig === null
      ? []
      : [
          {
            do: 'Look at the cluster.',
            where: HERE,
            command: `kubectl --kubeconfig ${typed(access.kubeconfig)} get nodes`,
          },
        ]),
    { do: 'Log in to a node.', where: HERE, command: `ssh -F ${typed(access.sshConfig)} ${firstNode}` },
  ]
}

function flash({ artifacts }: BuiltFacts): OperatorStep {
  const largest = Math.max(0, ...artifacts.map(({ imageByteLength }) => imageByteLength))
  const fits = CARD_GIGABYTES.find((gigabytes) => gigabytes * 1e9 >= largest)
  const size = `Unpacked, an image takes ${formatByteLength(largest)}.`
  const card =
    fits === undefined
      ? ''
      : fits < RECOMMENDED_GIGABYTES
        ? ` It fits a card of ${fits} GB. Use ${RECOMMENDED_GIGABYTES} GB or more: k3s also stores container images on the card.`
        : ` Use a card of ${fits} GB or more.`
  return {
    do: `Flash each image to the card or SSD of its node, with Raspberry Pi Imager (Use custom, no customisation) or dd. ${size}${card}`,
    where: HERE,
    command: null,
  }
}
