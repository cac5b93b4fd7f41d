import { expect, test } from 'vitest'
import { problemsOf, withClusterFile } from './load-fixture.ts'

const server = '{name: server-1, profile: server}'
const fixedNetwork = 'network: {gateway: 192.168.1.1, dns: [192.168.1.1]}'

/** Values that are refused for the same reason as that of the fixture with this code. */
const refused: readonly (readonly [code: string, text: (value: string) => string, values: readonly string[]])[] = [
  [
    'CLUSTER_NAME_INVALID',
    (value) => `name: ${value}\nnodes: [${server}]`,
    ['Home', '""', '-a', 'a_b', 'a/b', '..', 'x'.repeat(64)],
  ],
  ['CLUSTER_NAME_RESERVED', (value) => `name: ${value}\nnodes: [${server}]`, ['aux', 'nul', 'lpt9']],
  [
    'NODE_NAME_INVALID',
    (value) => `name: home\nnodes: [{name: ${value}, profile: server}]`,
    ['server_1', '-server', 'server-', 'a.local', '"12"', '"../x"', '""', 'x'.repeat(64), '"a\\nb"'],
  ],
  [
    'NODE_NAME_RESERVED',
    (value) => `name: home\nnodes: [{name: ${value}, profile: server}]`,
    ['ip6-allnodes', 'kubernetes', 'nul', 'com1'],
  ],
  [
    'NODE_RANGE_INVALID',
    (value) => `name: home\nnodes: [${server}, {name: "${value}", profile: worker}]`,
    ['w-[3-1]', 'w-[1-2][1-2]', 'w-[08-9]', 'w-[1-99999]', 'w-[a-b]', 'w-[1]', 'w]'],
  ],
  [
    'NODE_ADDRESS_INVALID',
    (value) => `name: home\n${fixedNetwork}\nnodes: [{name: server-1, profile: server, address: "${value}"}]`,
    [
      '192.168.1.256/24',
      '192.168.1.0/24',
      '192.168.1.255/24',
      '127.0.0.1/24',
      '224.0.0.5/24',
      '192.168.1.010/24',
      'fd00::1/64',
      '192.168.1.1/0',
      '192.168.1.1/33',
      '1.2.3/24',
      '192.168.1.5/24/24',
    ],
  ],
  [
    'NODE_MAC_INVALID',
    (value) => `name: home\nnodes: [{name: server-1, profile: server, mac: "${value}"}]`,
    ['01:00:5e:00:00:01', '00:00:00:00:00:00', 'dc:a6:32:00:00:0g', 'dca632000001'],
  ],
  [
    'LABEL_INVALID',
    (value) => `name: home\nlabels: {${value}}\nnodes: [${server}]`,
    ['a/b/c: x', 'Example.org/gpu: x', 'gpu: "a b"', '"": x', `${'a'.repeat(64)}: x`, '/a: x', '__proto__: "_x"'],
  ],
  [
    'LABEL_RESERVED',
    (value) => `name: home\nlabels: {${value}: x}\nnodes: [${server}]`,
    ['kubernetes.io/role', 'foo.k8s.io/x', 'node-role.kubernetes.io/worker'],
  ],
  [
    'TAINT_INVALID',
    (value) => `name: home\ntaints: ["${value}"]\nnodes: [${server}]`,
    ['a=b:noschedule', '=x:NoSchedule', 'a b:NoSchedule', 'a=b=c:NoSchedule', 'a:NoSchedule:NoExecute'],
  ],
  [
    'CMDLINE_TOKEN_INVALID',
    (value) => `name: home\ncmdline: ["${value}"]\nnodes: [${server}]`,
    ['', 'quiet\\n', 'a\\tb', 'é', 'a\\"b\\"'],
  ],
  [
    'CMDLINE_TOKEN_RESERVED',
    (value) => `name: home\ncmdline: ["${value}"]\nnodes: [${server}]`,
    [
      ...['--', 'resize', 'resize=x', 'init=/bin/sh', 'ds=nocloud', 'cgroup_disable=memory', 'cloud-init=disabled'],
      ...[
        'firstboot',
        'systemd.unit=rescue.target',
        'systemd.run=/boot/x',
        'systemd.run_success_action=none',
        'systemd.run',
      ],
      ...['network-config=disabled', 'ci.ds=None', 'emergency'],
    ],
  ],
  [
    'CONFIG_TXT_LINE_INVALID',
    (value) => `name: home\nconfigTxt: ["${value}"]\nnodes: [${server}]`,
    ['', ' ', 'a=1\\rb=2', 'é=1', 'x'.repeat(99)],
  ],
  [
    'CONFIG_TXT_LINE_RESERVED',
    (value) => `name: home\nconfigTxt: ["${value}"]\nnodes: [${server}]`,
    [
      ...[
        'cmdline=other.txt',
        ' os_prefix = a/',
        'arm_64bit=0',
        'kernel=kernel8.img',
        'include usercfg.txt',
        'boot_partition=2',
      ],
      ...['device_tree=x.dtb', 'initramfs initrd.img followkernel', 'KERNEL=x', 'start_file=x', '# <<< bantam'],
    ],
  ],
  [
    'EXTRA_FILE_PATH_INVALID',
    (value) => `name: home\nfiles: [{path: "${value}", content: a}]\nnodes: [${server}]`,
    [
      '/etc/../root/x',
      '/etc/x/',
      '/etc/x\\0',
      '/etc//x',
      '/',
      '',
      '/./x',
      '..',
      '/etc/a\\nb',
      `/etc/${'a'.repeat(256)}`,
      `/etc${'/a'.repeat(2100)}`,
    ],
  ],
  [
    'EXTRA_FILE_PATH_RESERVED',
    (value) => `name: home\nfiles: [{path: "${value}", content: a}]\nnodes: [${server}]`,
    [
      ...['/run/x', '/proc/x', '/etc/rancher/k3s/config.yaml', '/etc/hostname'],
      // Folders of every system, or of bantam's files.
      ...['/boot', '/tmp', '/etc/systemd', '/etc', '/usr/local/bin', '/etc/rancher', '/lib', '/home'],
      // Through the links of every system.
      ...['/lib/bantam/first-boot', '/var/run/foo', '/usr/lib/bantam/x', '/lib/clock-epoch'],
    ],
  ],
  [
    'NETWORK_WIFI_PASSWORD_INVALID',
    (value) => `name: home\nnetwork: {wifi: {ssid: a, country: GB, password: "${value}"}}\nnodes: [${server}]`,
    ['1234567', 'x'.repeat(64), 'pässword1', ''],
  ],
  [
    'ADMIN_USER_INVALID',
    (value) => `name: home\nadmin: {user: "${value}"}\nnodes: [${server}]`,
    ['1a', 'a b', '', 'a:b', 'x'.repeat(33)],
  ],
  [
    'ADMIN_PASSWORD_HASH_INVALID',
    (value) => `name: home\nadmin: {passwordHash: "${value}"}\nnodes: [${server}]`,
    ['$1$salt$hash', '$6$salt$short', 'secret', '$6$salt$'],
  ],
  [
    'K3S_VERSION_INVALID',
    (value) => `name: home\nk3s: {version: ${value}}\nnodes: [${server}]`,
    ['stable', 'v1.36.4', '1.36.4+k3s1', 'v1.36.4+k3s1/../..'],
  ],
  [
    'K3S_CONFIG_RESERVED_KEY',
    (value) => `name: home\nk3s: {serverConfig: {${value}: x}}\nnodes: [${server}]`,
    ['server', 'cluster-init', 'node-name', 'tls-san', 'datastore-endpoint', 'node-label'],
  ],
  [
    'NETWORK_GATEWAY_OUTSIDE',
    (value) =>
      `name: home\nnetwork: {gateway: ${value}, dns: [192.168.1.1]}\nnodes: [{name: server-1, profile: server, address: 192.168.1.10/24}]`,
    ['192.168.1.0', '192.168.1.255', '10.0.0.1'],
  ],
]

const worker = '{name: worker-1, profile: worker, address: 192.168.1.11/24}'

const refusedNetworks: typeof refused = [
  [
    'K3S_ENDPOINT_UNREACHABLE',
    (value) =>
      `name: home\n${fixedNetwork}\nk3s: {endpoint: "${value}"}\nnodes: [{name: server-1, profile: server, address: 192.168.1.10/24}, ${worker}]`,
    [
      'localhost',
      'LOCALHOST',
      'api.localhost',
      '127.0.0.1',
      '127.1.2.3',
      '::1',
      '0:0:0::0:1',
      '::',
      '::ffff:127.0.0.1',
      'ff02::1',
      'ip6-loopback',
      'worker-1',
      'Worker-1.local',
    ],
  ],
  [
    'K3S_ENDPOINT_UNREACHABLE',
    (value) => `name: home\nk3s: {endpoint: "${value}"}\nnodes: [${server}]`,
    ['0.0.0.0', '224.0.0.1', '255.255.255.255'],
  ],
  [
    'K3S_ENDPOINT_UNREACHABLE',
    (value) => `name: home\nk3s: {endpoint: "${value}"}\n${fixedNetwork}\nnodes: [${server}, ${worker}]`,
    ['192.168.1.11'],
  ],
  ['K3S_ENDPOINT_INVALID', (value) => `name: home\nk3s: {endpoint: "${value}"}\nnodes: [${server}]`, ['fe80::1%eth0']],
  [
    'NETWORK_SERVER_INVALID',
    (value) => `name: home\nnetwork: {dns: ["${value}"]}\nnodes: [${server}]`,
    ['fe80::1%eth0'],
  ],
  [
    'K3S_CIDR_SIZE',
    (value) => `name: home\nk3s: {serverConfig: {${value}}}\nnodes: [${server}]`,
    [
      'service-cidr: 172.16.0.0/11',
      'service-cidr: 10.43.0.0/29',
      'cluster-cidr: 10.42.0.0/25',
      'cluster-cidr: 32.0.0.0/7',
    ],
  ],
  [
    'K3S_CIDR_OVERLAP',
    (value) => `name: home\n${value}\nnodes: [${server}, {name: "w-[1-3]", profile: worker}]`,
    [
      'network: {dns: [10.43.0.10]}',
      'network: {ntp: [10.42.0.1]}',
      'k3s: {endpoint: 10.43.0.1}',
      'k3s: {endpoint: 10.32.0.5, serverConfig: {cluster-cidr: 10.32.0.0/13}}',
    ],
  ],
  [
    'NETWORK_WIFI_INTERFACE',
    (value) => `name: home\nnetwork: {interface: ${value}, wifi: {ssid: a, country: GB}}\nnodes: [${server}]`,
    ['eth0', 'end0', 'enp1s0', 'enxdca632010203'],
  ],
]

const cases = [...refused, ...refusedNetworks].flatMap(([code, text, values]) =>
  values.map((value) => ({ code, value, text: text(value) })),
)

test.each(cases)('$code for $value', async ({ code, text }) => {
  await withClusterFile(text, async (file) => {
    const errors = (await problemsOf(file)).filter(({ severity }) => severity === 'error')
    expect(errors.map((problem) => problem.code)).toEqual([code])
    expect(errors[0]?.line).not.toBeNull()
  })
})

/** What comes near to being refused, and is not. */
const accepted: readonly (readonly [name: string, text: string])[] = [
  ['names of 63 characters', `name: ${'a'.repeat(63)}\nnodes: [{name: ${'b'.repeat(63)}, profile: server}]`],
  [
    'labels that a kubelet may set',
    `name: home\nlabels: {node.kubernetes.io/pool: a, topology.kubernetes.io/zone: b, x.node.kubernetes.io/y: "", kubernetes.io/os: linux}\nnodes: [${server}]`,
  ],
  ['a line of config.txt of 98 characters', `name: home\nconfigTxt: [${'x'.repeat(98)}]\nnodes: [${server}]`],
  [
    'a key of 64 hexadecimal digits for Wi-Fi',
    `name: home\nnetwork: {wifi: {ssid: a, country: GB, password: "${'0f'.repeat(32)}"}}\nnodes: [${server}]`,
  ],
  ['an open Wi-Fi network', `name: home\nnetwork: {wifi: {ssid: a, country: GB}}\nnodes: [${server}]`],
  [
    'both addresses of a /31',
    `name: home\nnetwork: {gateway: 10.0.0.0, dns: [1.1.1.1]}\nnodes: [{name: server-1, profile: server, address: 10.0.0.1/31}]`,
  ],
  [
    'a yescrypt hash',
    `name: home\nadmin: {passwordHash: "$y$j9T$abcdefghijklmnopqrstu.$${'a'.repeat(43)}"}\nnodes: [${server}]`,
  ],
  [
    'two taints of one key with different effects',
    `name: home\ntaints: ["a=b:NoSchedule", "a=c:NoExecute"]\nnodes: [${server}]`,
  ],
  ['a byte order mark', `\ufeffname: home\nnodes: [${server}]`],
  ['Windows line ends', `name: home\r\nnodes:\r\n  - ${server}\r\n`],
  [
    'a pod network for more nodes',
    `name: home\nk3s: {serverConfig: {cluster-cidr: 10.32.0.0/13}}\nnodes: [${server}, {name: "w-[1-300]", profile: worker}]`,
  ],
  [
    'two pod networks, one of them IPv6',
    `name: home\nk3s: {serverConfig: {cluster-cidr: "10.42.0.0/16,fd00:42::/56", service-cidr: "10.43.0.0/16,fd00:43::/112"}}\nnodes: [${server}]`,
  ],
  [
    'a pod network of IPv6 alone',
    `name: home\nk3s: {serverConfig: {cluster-cidr: "fd00:42::/56", service-cidr: "fd00:43::/112"}}\nnodes: [${server}]`,
  ],
  [
    'a radio with another name',
    `name: home\nnetwork: {interface: wlp1s0, wifi: {ssid: a, country: GB}}\nnodes: [${server}]`,
  ],
  [
    'a network without a gateway where that is said',
    `name: home\nnetwork: {gateway: null, dns: [192.168.1.1]}\nnodes: [{name: s, profile: server, address: 192.168.1.10/24}]`,
  ],
  ['an IPv6 address as endpoint', `name: home\nk3s: {endpoint: "fd00::ff"}\nnodes: [${server}]`],
  ['a server as endpoint', `name: home\nk3s: {endpoint: server-1.local}\nnodes: [${server}]`],
  [
    'the largest and smallest networks that k3s starts with',
    `name: home\nk3s: {serverConfig: {cluster-cidr: 11.0.0.0/8, service-cidr: 10.43.0.0/28}}\nnodes: [${server}]`,
  ],
  [
    'a small pod network with subnets of its own size',
    `name: home\nk3s: {serverConfig: {cluster-cidr: 10.42.0.0/25, kube-controller-manager-arg: [node-cidr-mask-size=26]}}\nnodes: [${server}]`,
  ],
  [
    'settings of config.txt that the board has anyway',
    `name: home\nconfigTxt: [arm_64bit=1, auto_initramfs=1, kernel_address=0, "# bantam"]\nnodes: [${server}]`,
  ],
  [
    'tokens that only look reserved',
    `name: home\ncmdline: [systemd.show_status=1, rootwait, single-ended=1]\nnodes: [${server}]`,
  ],
  ['a command after blank lines', `name: home\ncommands: ["\\n\\n  echo a"]\nnodes: [${server}]`],
  [
    'files whose names begin alike',
    `name: home\nfiles: [{path: /opt/a, content: x}, {path: /opt/a.d/b, content: y}, {path: /lib/x, content: z}]\nnodes: [${server}]`,
  ],
  ['three etcd servers', `name: home\nk3s: {datastore: etcd}\nnodes: [{name: "s-[1-3]", profile: server}]`],
]

test.each(accepted)('accepts %s', async (_name, text) => {
  await withClusterFile(text, async (file) => {
    expect(await problemsOf(file)).toEqual([])
  })
})
