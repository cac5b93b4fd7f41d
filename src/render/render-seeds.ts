import type { RenderedSeed } from '../model/rendered-node.ts'
import { checkMapping, checkMetaData, checkNetworkConfig, checkUserData } from './check-seed.ts'
import { enabledUnit, UNITS } from './enabled-unit.ts'
import type { RenderFile } from './file-renderer.ts'
import type { RootTemplateValues, TemplateValues } from './template-values.ts'

/** Of what lies here, the last by name counts. */
const CLOUD_CONFIG = 'etc/cloud/cloud.cfg.d'
/** What makes cloud-init go on after a power cut. */
const RESUME_UNITS = ['bantam-cloud-init-restart.service', 'bantam-cloud-init-settled.service'] as const

/**
 * Renders the seed of images with cloud-init: its NoCloud data source, read from the boot volume. Where the network has a key, its settings lie in
 * the root file system, too, and win there: https://docs.cloud-init.io/en/latest/reference/network-config.html#network-configuration-sources
 */
export function renderNocloudSeed(
  values: TemplateValues,
  rootValues: RootTemplateValues,
  render: RenderFile,
): RenderedSeed {
  const { instanceId } = values
  return {
    files: [
      render('user-data.hbs', values, { volume: 'boot', path: 'user-data', check: checkUserData }),
      render('meta-data.hbs', values, {
        volume: 'boot',
        path: 'meta-data',
        check: (text, origin) => {
          checkMetaData(text, origin, instanceId)
        },
      }),
      render('network-config.hbs', values, { volume: 'boot', path: 'network-config', check: checkNetworkConfig }),
      render('cloud.cfg', values, { volume: 'root', path: `${CLOUD_CONFIG}/99_zz_bantam.cfg`, check: checkMapping }),
      ...(values.network.wifi?.secured
        ? [
            render('network.cfg.hbs', rootValues, {
              volume: 'root',
              path: `${CLOUD_CONFIG}/99_zz_bantam_network.cfg`,
              mode: 0o600,
              check: checkNetworkConfig,
            }),
          ]
        : []),
      render('restart-cloud-init.sh', values, {
        volume: 'root',
        path: 'usr/lib/bantam/restart-cloud-init',
        mode: 0o755,
      }),
      ...RESUME_UNITS.map((unit) => render(unit, values, { volume: 'root', path: `${UNITS}/${unit}` })),
    ],
    links: RESUME_UNITS.map((unit) => enabledUnit(unit, 'cloud-init.target')),
    // An id on the command line wins over that of meta-data: a leftover one would hide the change of a seed.
    cmdlineTokens: [`ds=nocloud;i=${instanceId}`],
  }
}

/**
 * Renders the seed of Raspberry Pi OS 12, which has no cloud-init: a script that systemd starts once from the kernel
 * command line. systemd-run-generator(8).
 */
export function renderFirstrunSeed(
  values: TemplateValues,
  rootValues: RootTemplateValues,
  render: RenderFile,
): RenderedSeed {
  const connection = 'etc/NetworkManager/system-connections/bantam.nmconnection'
  return {
    files: [
      render('firstrun.sh.hbs', values, { volume: 'boot', path: 'firstrun.sh', mode: 0o755 }),
      render('networkmanager.nmconnection.hbs', rootValues, { volume: 'root', path: connection, mode: 0o600 }),
      // Commands may hold what only root should read.
      render('provision.sh.hbs', values, { volume: 'root', path: 'usr/lib/bantam/provision', mode: 0o700 }),
      render('bantam-provision.service', values, { volume: 'root', path: `${UNITS}/bantam-provision.service` }),
    ],
    links: [],
    // Where Raspberry Pi OS 12 mounts the boot volume. With the older `/boot/firstrun.sh` its initramfs takes the script for one of
    // Raspberry Pi Imager and rewrites it: raspberrypi-sys-mods, initramfs-tools/scripts/local-bottom/imager_fixup.
    cmdlineTokens: [
      'systemd.run=/boot/firmware/firstrun.sh',
      'systemd.run_success_action=reboot',
      'systemd.unit=kernel-command-line.target',
    ],
  }
}
