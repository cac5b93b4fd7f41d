import type { Command } from 'commander'
import type { NodePlan } from '../../model/node-plan.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { CliContext } from '../context.ts'
import { type ClusterOptions, collect, projectOf, selectionOf } from '../options.ts'
import { formatTable, printResult } from '../print-result.ts'

/** `bantam plan`: prints what each node will be. */
export function addPlan(program: Command, context: CliContext): void {
  program
    .command('plan')
    .summary('print what each node will be')
    .description(
      'Prints what each node will be: role, board, address, base image and the server it joins. Writes nothing.',
    )
    .option('--cluster <file>', 'cluster file', 'cluster.yaml')
    .option('--profile <name>', 'only nodes of this profile (may be given again)', collect)
    .option('--node <name>', 'only this node (may be given again)', collect)
    .option('--json', 'print one JSON document on stdout, with every detail')
    .action(async (options: ClusterOptions) => {
      const { planCluster } = await import('../../pipeline/plan/plan-cluster.ts')
      const { cluster, plans, warnings } = await planCluster(projectOf(options, context), selectionOf(options))
      const json = { cluster: cluster.name, nodes: plans.map(describePlan), warnings }
      printResult({ json, text: formatTable([HEADINGS, ...plans.map(planRow)]), warnings }, options, context)
    })
}

const HEADINGS = ['NODE', 'PROFILE', 'ROLE', 'BOARD', 'ADDRESS', 'JOINS', 'OS']

function planRow(plan: NodePlan): readonly string[] {
  return [
    plan.name,
    plan.profile,
    plan.k3s?.role ?? 'none',
    plan.board,
    plan.network.address ?? 'DHCP',
    plan.k3s === null ? '-' : (plan.k3s.join?.url ?? 'founds the cluster'),
    plan.os.map(displayReference).join(', '),
  ]
}

/** A plan as JSON. What may hold a secret is left out or counted: contents of files, commands, parts of URLs; passwords show as `[secret]`. */
function describePlan(plan: NodePlan): object {
  // Of the cluster, which every plan holds whole, only the name: thousands of nodes would each list thousands.
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

/** A base image as the user named it; of a URL only what holds no password. */
function displayReference(reference: string): string {
  const [scheme] = /^[a-z][a-z0-9+.-]*:\/\//i.exec(reference) ?? []
  if (scheme === undefined) return reference
  return URL.canParse(reference) ? displayUrl(reference) : `${scheme}…`
}
