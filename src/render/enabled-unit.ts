import type { RenderedLink } from '../model/rendered-node.ts'

/** Folder of the units that an administrator adds, without a leading slash. systemd.unit(5), "Unit File Load Path". */
export const UNITS = 'etc/systemd/system'

/** Makes the link by which a target starts one of bantam's units at boot, as `systemctl enable` writes it. */
export function enabledUnit(unit: string, target: string): RenderedLink {
  return { path: `${UNITS}/${target}.wants/${unit}`, target: `/${UNITS}/${unit}` }
}
