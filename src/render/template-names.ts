/** Every template that bantam ships in `seeds/`. Those that end in `.hbs` hold values; the others are copied as they are. */
export const templateNames = [
  'user-data.hbs',
  'meta-data.hbs',
  'network-config.hbs',
  'cloud.cfg',
  'network.cfg.hbs',
  'firstrun.sh.hbs',
  'provision.sh.hbs',
  'bantam-provision.service',
  'networkmanager.nmconnection.hbs',
  'networkmanager.state',
  'k3s-config.yaml.hbs',
  'k3s.service.hbs',
  'k3s.service.env.hbs',
  'first-boot.sh',
  'report.sh',
  'rejoin.sh',
  'first-boot.env.hbs',
  'bantam-first-boot.service',
  'cloud-final.conf',
  'restart-cloud-init.sh',
  'bantam-cloud-init-restart.service',
  'bantam-cloud-init-settled.service',
  'keep-host-keys.conf',
  'import-secrets.sh',
  'bantam-import-secrets.service',
  'timesyncd.conf.hbs',
  'chrony.sources.hbs',
  'resolved-mdns.conf',
  'networkd-mdns.conf',
] as const
export type TemplateName = (typeof templateNames)[number]

/** Says whether a file name is that of a template. */
export function isTemplateName(name: string): name is TemplateName {
  return (templateNames as readonly string[]).includes(name)
}
