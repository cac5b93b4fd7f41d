import type { RenderedFile, RenderedNode } from '../../src/model/rendered-node.ts'
import { encodeUtf8 } from '../../src/text/encoding.ts'

export function bootFile(path: string, text: string): RenderedFile {
  return { volume: 'boot', path, content: encodeUtf8(text), mode: 0, uid: 0, gid: 0 }
}

export function rootFile(path: string, text: string, mode: number): RenderedFile {
  return { volume: 'root', path, content: encodeUtf8(text), mode, uid: 0, gid: 0 }
}

/** A node as `render` gives it, small and with a secret in it. */
export const sampleNode: RenderedNode = {
  nodeName: 'worker-1',
  instanceId: 'worker-1-0123456789ab',
  files: [
    rootFile('etc/rancher/k3s/config.yaml', 'token: sample-token\n', 0o600),
    rootFile('usr/lib/bantam/first-boot', '#!/bin/sh\n', 0o755),
    rootFile('etc/systemd/system/bantam-first-boot.service', '[Unit]\n', 0o644),
  ],
  folders: [{ path: 'var/lib/rancher/k3s/server', mode: 0o700 }],
  absent: ['etc/ssh/ssh_host_rsa_key'],
  links: [
    {
      path: 'etc/systemd/system/multi-user.target.wants/bantam-first-boot.service',
      target: '/etc/systemd/system/bantam-first-boot.service',
    },
  ],
  seeds: {
    nocloud: {
      files: [
        bootFile('user-data', '#cloud-config\nhostname: worker-1\n'),
        bootFile('meta-data', 'instance-id: worker-1-0123456789ab\n'),
        bootFile('network-config', 'network: {version: 2}\n'),
      ],
      links: [
        {
          path: 'etc/systemd/system/cloud-init.target.wants/bantam-cloud-init-restart.service',
          target: '/etc/systemd/system/bantam-cloud-init-restart.service',
        },
      ],
      cmdlineTokens: ['ds=nocloud;i=worker-1-0123456789ab'],
    },
    firstrun: {
      files: [bootFile('firstrun.sh', '#!/bin/sh\n')],
      links: [],
      cmdlineTokens: ['systemd.run=/boot/firmware/firstrun.sh'],
    },
  },
  cmdlineTokens: ['cgroup_memory=1', 'cgroup_enable=memory'],
  configTxtLines: ['camera_auto_detect=0'],
}
