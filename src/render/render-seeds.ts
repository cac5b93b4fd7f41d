import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, RenderedLink, SeedBackend } from '../model/rendered-node.ts'
import { enabledUnit } from './enabled-unit.ts'
import type { RenderFile } from './file-renderer.ts'
import { findTemplate } from './find-template.ts'
import type { Templates } from './load-templates.ts'
import { pathOn, type SeedGroup, templatesFor } from './seed-templates.ts'
import type { NodeValues } from './template-values.ts'

/** Renders a node's files of one group. */
export function renderSeedFiles(
  group: SeedGroup,
  plan: NodePlan,
  values: NodeValues,
  { templates, render }: { readonly templates: Templates; readonly render: RenderFile },
): readonly RenderedFile[] {
  return templatesFor(group, plan).map((row) =>
    render(findTemplate(templates, row.name, plan.profileChain), values, { ...row, path: pathOn(plan, row) }),
  )
}

/** Makes the links that start the units of a group at boot. */
export function seedLinks(group: SeedGroup, plan: NodePlan): readonly RenderedLink[] {
  return templatesFor(group, plan).flatMap(({ name, wantedBy }) =>
    wantedBy === undefined ? [] : [enabledUnit(name, wantedBy)],
  )
}

/** Lists the kernel command line tokens for the program that reads a seed. */
export function seedCmdlineTokens(backend: SeedBackend, instanceId: string): readonly string[] {
  if (backend === 'nocloud') {
    // cloud-init prefers an id on the command line to that of meta-data. An old id there would hide a change of the seed.
    return [`ds=nocloud;i=${instanceId}`]
  }
  // systemd starts this script once: systemd-run-generator(8). Raspberry Pi OS 12 mounts the boot partition at this path.
  // With the older path `/boot/firstrun.sh`, its initramfs treats the script as one of Raspberry Pi Imager and rewrites it:
  // raspberrypi-sys-mods, initramfs-tools/scripts/local-bottom/imager_fixup.
  return [
    'systemd.run=/boot/firmware/firstrun.sh',
    'systemd.run_success_action=reboot',
    'systemd.unit=kernel-command-line.target',
  ]
}
