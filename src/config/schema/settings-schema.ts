import type { AnySchemaObject } from 'ajv'
import { catalogIds } from '../../model/base-image-catalog.ts'
import { secretKeySchema } from './secret-keys.ts'

/** A lower-case RFC 1123 label. It is valid as host name, file name and Kubernetes name. */
export const NAME_PATTERN = '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'

const LINUX_NAME = '[a-z_][a-z0-9_-]{0,31}'

const wifi: AnySchemaObject = {
  description:
    'A Wi-Fi network. The interface is then wlan0 unless `interface` names another one. Null removes an inherited network.',
  type: ['object', 'null'],
  additionalProperties: false,
  required: ['ssid', 'country'],
  properties: {
    ssid: { description: 'Name of the network.', type: 'string' },
    password: secretKeySchema('wifiPassword'),
    country: {
      description: 'Country whose radio rules apply: two capital letters of ISO 3166-1, such as GB.',
      type: 'string',
      pattern: '^[A-Z]{2}$',
      'x-code': 'NETWORK_WIFI_COUNTRY_INVALID',
    },
    hidden: { description: 'True where the access point does not announce its name.', type: 'boolean' },
  },
}

const network: AnySchemaObject = {
  description: 'How a node reaches its network. Left out: DHCP on eth0. Merges key by key.',
  type: 'object',
  additionalProperties: false,
  properties: {
    interface: {
      description: 'Name of the network interface: eth0, or wlan0 with `wifi`.',
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$',
      'x-code': 'NETWORK_INTERFACE_INVALID',
    },
    gateway: {
      description: 'IPv4 address of the router, for nodes with an address. Null removes an inherited one.',
      type: ['string', 'null'],
    },
    dns: { description: 'Addresses of DNS servers.', type: 'array', items: { type: 'string' } },
    search: { description: 'Domains that are tried for short host names.', type: 'array', items: { type: 'string' } },
    ntp: { description: 'Time servers: host names or addresses.', type: 'array', items: { type: 'string' } },
    clockWaitSeconds: {
      description:
        'Seconds that the first boot waits for a time server before it continues with the clock as it is. Left out: 180. Use 0 if there is no time server.',
      type: 'integer',
      minimum: 0,
      maximum: 86_400,
    },
    wifi,
  },
}

const file: AnySchemaObject = {
  type: 'object',
  additionalProperties: false,
  required: ['path'],
  properties: {
    path: { description: 'Absolute path on the node.', type: 'string' },
    content: { description: 'The text of the file.', type: 'string', 'x-text': 'shell' },
    source: {
      description: 'Your file. Its path is relative to the YAML file that names it.',
      type: 'string',
      minLength: 1,
    },
    template: {
      description:
        'Your Handlebars template, filled in for each node. Its path is relative to the YAML file that names it.',
      type: 'string',
      minLength: 1,
    },
    mode: {
      description: "Octal permissions in quotes; '0644' if left out.",
      type: 'string',
      pattern: '^[0-7]{3,4}$',
      'x-code': 'EXTRA_FILE_MODE_INVALID',
    },
    owner: {
      description: 'user or user:group on the node; root if left out.',
      type: 'string',
      pattern: `^(${LINUX_NAME}|[0-9]{1,5})(:(${LINUX_NAME}|[0-9]{1,5}))?$`,
      'x-code': 'EXTRA_FILE_OWNER_INVALID',
    },
  },
}

/** The keys that a cluster, a profile and a node may all have, with their definitions. */
export const settingsDefinitions: Readonly<Record<string, AnySchemaObject>> = {
  os: {
    description: `Base image: a catalog id (${catalogIds.join(', ')}), a file or a URL. Or a list of them: the first available one is used.`,
    type: ['string', 'array'],
    minLength: 1,
    minItems: 1,
    items: { type: 'string', minLength: 1 },
  },
  timezone: { description: 'IANA time zone, such as Europe/London. Etc/UTC if left out.', type: 'string' },
  network,
  packages: {
    description: 'Debian packages to install at first boot. Added to those of the profile and the cluster.',
    type: 'array',
    items: {
      type: 'string',
      pattern: '^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?(=[A-Za-z0-9.+~:-]+)?$',
      'x-code': 'PACKAGE_INVALID',
    },
  },
  files: {
    description:
      'Files to add to the root file system. For equal paths, the node wins over its profile, and the profile over the cluster.',
    type: 'array',
    items: file,
  },
  commands: {
    description:
      'Shell commands, run once as root at the end of first boot. Added to those of the profile and the cluster.',
    type: 'array',
    items: {
      type: 'string',
      pattern: '^\\s*[^\\0\\s][^\\0]*$',
      'x-code': 'COMMAND_INVALID',
      'x-text': 'shell',
      writeOnly: true,
    },
  },
  labels: {
    description: 'Kubernetes labels of the node, set when it joins. Merges key by key.',
    type: 'object',
    additionalProperties: { type: 'string' },
  },
  taints: {
    description:
      'Kubernetes taints of the node, as key=value:Effect or key:Effect. Added to those of the profile and the cluster.',
    type: 'array',
    items: { type: 'string' },
  },
  cmdline: {
    description: 'Tokens for the kernel command line. Added to those of the profile and the cluster.',
    type: 'array',
    items: { type: 'string', pattern: '^[!#-&(-~]+$', 'x-code': 'CMDLINE_TOKEN_INVALID' },
  },
  configTxt: {
    description: 'Lines for config.txt of the firmware. Added to those of the profile and the cluster.',
    type: 'array',
    items: { type: 'string' },
  },
}
