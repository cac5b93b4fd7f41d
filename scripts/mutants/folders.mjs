/**
 * The folders of src that are mutated, each with the test files that can notice a mutant there. Files that need minutes (boots, disks in
 * loops, packed packages) are left out: they would run again for each mutant that they cover. `-` in front leaves files out.
 */
export const FOLDERS = {
  host: ['test/host/**', 'test/artifact/other-builds.test.ts'],
  disk: [
    'test/disk/**',
    'test/fs/fat/fat-disk-io.test.ts',
    'test/image/with-open-bases.test.ts',
    'test/artifact/write-raw-image.test.ts',
  ],
  partition: ['test/partition/**'],
  fs: ['test/fs/**'],
  image: ['test/image/**', 'test/cli/inspect-secrets.test.ts', 'test/cli/inspect.test.ts'],
  artifact: ['test/artifact/**'],
  xz: ['test/xz/**'],
  secrets: [
    'test/secrets/**',
    'test/render/render-pki.test.ts',
    'test/cli/secrets.test.ts',
    'test/cli/rotate-secrets.test.ts',
  ],
  pki: [
    'test/pki/**',
    'test/render/render-pki.test.ts',
    'test/config/settings/ssh-keys.test.ts',
    'test/pipeline/access/cluster-mark.test.ts',
  ],
  render: [
    'test/render/**',
    '-test/render/first-boot*.test.ts',
    '-test/render/import-secrets.test.ts',
    '-test/render/node-folders.test.ts',
    '-test/render/restart-cloud-init.test.ts',
    '-test/render/validators.test.ts',
  ],
  'base-images': ['test/base-images/**'],
}
