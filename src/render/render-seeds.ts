import type { NodePlan } from '../model/node-plan.ts'
import type { RenderedFile, RenderedLink, SeedBackend } from '../model/rendered-node.ts'
import { enabledUnit } from './enabled-unit.ts'
import type { RenderFile } from './file-renderer.ts'
import { findTemplate } from './find-template.ts'
import type { Templates } from './load-templates.ts'
import { pathOn, type SeedGroup, templatesFor } from './seed-templates.ts'
import type { NodeValues } from './template-values.ts'

/** Renders the files of a group that a node gets. */
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

/** Links that start the units of a group at boot. */
export function seedLinks(group: SeedGroup, plan: NodePlan): readonly RenderedLink[] {
  return templatesFor(group, plan).flatMap(({ name, wantedBy }) =>
    wantedBy === undefined ? [] : [enabledUnit(name, wantedBy)],
  )
}

/** What the kernel command line tells the reader of a seed. */
export function seedCmdlineTokens(backend: SeedBackend, instanceId: string): readonly string[] {
  if (backend === 'nocloud') {
    // An id on the command line wins over that of meta-data: a leftover one would hide the change of a seed.
    return [`ds=nocloud;i=${instanceId}`]
  }
  // A script that systemd starts once: systemd-run-generator(8). This is where Raspberry Pi OS 12 mounts the boot volume.
  // With the older `/boot/firstrun.sh` its initramfs takes the script for one of Raspberry Pi Imager and rewrites it:
  // raspberrypi-sys-mods, initramfs-tools/scripts/local-bottom/imager_fixup.
  return [
    'systemd.run=/boot/firmware/firstrun.sh',
    'systemd.run_success_action=reboot',
    'systemd.unit=kernel-command-line.target',
  ]
}
