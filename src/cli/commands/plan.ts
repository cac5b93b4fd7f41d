import { relative } from 'node:path'
import type { Command } from 'commander'
import type { NodePlan } from '../../model/node-plan.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { CliContext } from '../context.ts'
import { withExamples } from '../examples.ts'
import { type ClusterOptions, projectOf, selectionOf } from '../options.ts'
import { printResult } from '../print-result.ts'
import { clusterOption, jsonOption, nodeOption, outOption, profileOption } from '../shared-options.ts'
import { formatTable } from '../terminal/format-table.ts'

/** `bantam plan`: prints what each node will be. */
export function addPlan(program: Command, context: CliContext): void {
  const command = program
    .command('plan')
    .summary('print what each node will be')
    .description(
      'Prints what each node will be: role, board, network, base image and the server it joins. Writes nothing.',
    )
    .addOption(clusterOption())
    .addOption(profileOption())
    .addOption(nodeOption())
    .addOption(outOption())
    .addOption(jsonOption('print one JSON document on stdout, with every detail'))
    .action(async (options: ClusterOptions) => {
      const { planCluster } = await import('../../pipeline/plan/plan-cluster.ts')
      const { findOlderImages } = await import('../../pipeline/plan/find-older-images.ts')
      const project = projectOf(options, context)
      const planned = await planCluster(project, selectionOf(options))
      const { cluster, plans, warnings } = planned
      const olderImages = await findOlderImages(project, planned)
      const json = { cluster: cluster.name, nodes: plans.map(describePlan), olderImages, warnings }
      // Programs that read the output expect each node on one line.
      const columns = context.stdout.isTTY ? context.stdout.columns : undefined
      const table = formatTable([HEADINGS, ...plans.map(planRow)], columns)
      const older = olderImages.map(
        (path) => `${relative(context.workingFolder, path)} is older than the cluster file.\n`,
      )
      printResult({ json, text: [table, ...older].join(''), warnings }, options, context)
    })
  withExamples(command, [
    ['bantam plan', 'show all nodes'],
    ['bantam plan --profile worker --json', 'show every detail of the workers, for a script'],
  ])
}

const HEADINGS = ['NODE', 'PROFILE', 'ROLE', 'BOARD', 'NETWORK', 'JOINS', 'OS']

function planRow(plan: NodePlan): readonly string[] {
  return [
    plan.name,
    plan.profile,
    plan.k3s?.role ?? 'none',
    plan.board,
    describeNetwork(plan.network),
    plan.k3s === null ? '-' : (plan.k3s.join?.url ?? 'initializes the cluster'),
    plan.os.map(displayReference).join(', '),
  ]
}

/** Names the interface, the Wi-Fi network and the address. */
function describeNetwork({ interfaceName, wifi, address }: NodePlan['network']): string {
  return [interfaceName, ...(wifi === null ? [] : [`Wi-Fi ${JSON.stringify(wifi.ssid)}`]), address ?? 'DHCP'].join(', ')
}

/**
 * Describes a plan as JSON. Contents of files, commands and parts of URLs may hold a secret: they are left out or counted.
 * Passwords show as `[secret]`.
 */
function describePlan(plan: NodePlan): object {
  // Every plan holds the whole cluster. Only its name is shown: otherwise thousands of nodes would each list thousands of nodes.
  const { admin, files, commands, k3s, cluster, ...rest } = plan
  return {
    ...rest,
    clusterName: cluster.name,
    os: plan.os.map(displayReference),
    admin: { user: admin.user, sshKeyCount: admin.sshKeys.length, passwordHash: admin.password?.text ?? null },
    files: files.map(({ path, mode, owner, content }) => ({
      path,
      mode: mode.toString(8).padStart(4, '0'),
      owner,
      ...(content instanceof Uint8Array ? { byteLength: content.byteLength } : { template: content.file }),
    })),
    commandCount: commands.length,
    k3s: k3s === null ? null : { ...k3s, releaseUrl: displayReference(k3s.releaseUrl) },
  }
}

/** Shows a base image as the user named it. The parts of a URL that may hold a password are left out. */
function displayReference(reference: string): string {
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(reference) ?? []
  if (scheme === undefined) return reference
  return URL.canParse(reference) ? displayUrl(reference) : `${scheme}…`
}
