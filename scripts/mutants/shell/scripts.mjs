/**
 * The shell scripts that are mutated, each with the tests that run it. Tests that compare or read its text are not here: they notice every
 * change, and so say nothing of what the script does.
 */
const NODE_FOLDERS = 'test/render/node-folders.test.ts'

export const SCRIPTS = {
  'seeds/first-boot.sh': [
    'test/render/first-boot.test.ts',
    'test/render/first-boot-faults.test.ts',
    'test/render/first-boot-downloads.test.ts',
    NODE_FOLDERS,
  ],
  'seeds/rejoin.sh': ['test/render/first-boot-rejoin.test.ts', 'test/boot/rejoin.test.ts', NODE_FOLDERS],
  'seeds/report.sh': ['test/render/first-boot-report.test.ts', NODE_FOLDERS],
  'seeds/import-secrets.sh': ['test/render/import-secrets.test.ts', NODE_FOLDERS],
  'seeds/restart-cloud-init.sh': ['test/render/restart-cloud-init.test.ts', NODE_FOLDERS],
  'seeds/firstrun.sh.hbs': ['test/render/firstrun.test.ts'],
  'seeds/provision.sh.hbs': ['test/render/firstrun.test.ts'],
  'debian-13/root/etc/kernel/postinst.d/z50-raspi-firmware': ['test/base-images/debian/kernel-hook.test.ts'],
}
