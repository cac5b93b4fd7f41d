import type { AnySchemaObject } from 'ajv'
import { boardNames, boardModels, boards } from '../../model/boards.ts'
import { flagNamesOf, newestFlagTable } from '../../model/k3s-flags/find-flag-table.ts'
import { isWindowsDevice } from '../../text/is-windows-device.ts'
import { isFlagAllowed } from '../tables/k3s-flags.ts'
import { secretKeySchema } from './secret-keys.ts'
import { NAME_PATTERN, settingsDefinitions } from './settings-schema.ts'

const admin: AnySchemaObject = {
  description: 'The only user that can log in.',
  type: 'object',
  additionalProperties: false,
  properties: {
    user: {
      description: 'Name of the user; bantam if left out.',
      type: 'string',
      pattern: '^[a-z_][a-z0-9_-]{0,31}$',
      'x-code': 'ADMIN_USER_INVALID',
    },
    sshKeys: {
      description:
        'OpenSSH public keys, or files that hold them. Left out: the keys in ~/.ssh, or a new key pair if there are none.',
      type: 'array',
      items: { type: 'string', minLength: 1, writeOnly: true },
    },
    password: secretKeySchema('adminPassword'),
    passwordHash: secretKeySchema('adminPasswordHash'),
  },
}

const k3s: AnySchemaObject = {
  description: 'Kubernetes itself, the same for all nodes.',
  type: 'object',
  additionalProperties: false,
  properties: {
    version: {
      description: 'Release of k3s, always pinned, such as v1.36.4+k3s1.',
      type: 'string',
      pattern: '^v1\\.[0-9]{1,3}\\.[0-9]{1,3}(-(alpha|beta|rc)[0-9]{1,2})?\\+k3s[0-9]{1,2}$',
      'x-code': 'K3S_VERSION_INVALID',
    },
    install: {
      description: 'online: fetched and verified at first boot; offline: carried in the image.',
      type: 'string',
      enum: ['online', 'offline'],
    },
    datastore: secretKeySchema('datastore'),
    releaseUrl: {
      description: 'Folder of the releases; <releaseUrl>/<version>/k3s-arm64 is fetched. For mirrors.',
      type: 'string',
      pattern: '^https?://[A-Za-z0-9.\\-_~%:/\\[\\]+]+$',
      maxLength: 2048,
      'x-code': 'K3S_RELEASE_URL_INVALID',
      writeOnly: true,
    },
    sha256: {
      description: 'Expected SHA-256 checksums of release files, by file name.',
      type: 'object',
      additionalProperties: false,
      properties: Object.fromEntries(
        ['k3s-arm64', 'k3s-airgap-images-arm64.tar.zst'].map((name) => [
          name,
          { type: 'string', pattern: '^[0-9a-fA-F]{64}$', 'x-code': 'K3S_SHA256_INVALID' },
        ]),
      ),
    },
    endpoint: {
      description: 'Host name or address under which all nodes reach the servers. Left out: the first server.',
      type: 'string',
    },
    tlsSans: {
      description: 'Further names and addresses in the certificate of the servers.',
      type: 'array',
      items: { type: 'string' },
    },
    disable: {
      description: 'Packaged components to leave out.',
      type: 'array',
      items: {
        type: 'string',
        enum: ['coredns', 'local-storage', 'metrics-server', 'runtimes', 'servicelb', 'traefik'],
      },
    },
    serverConfig: flagsSchema('Further options of every server, as keys of /etc/rancher/k3s/config.yaml.', 'server'),
    agentConfig: flagsSchema('Further options of every agent, as keys of /etc/rancher/k3s/config.yaml.', 'agent'),
  },
}

const settings = Object.fromEntries(
  Object.keys(settingsDefinitions).map((key) => [key, { $ref: `#/definitions/${key}` }]),
)

/** Says whether a text may be the `name` of a cluster. */
export function isClusterName(text: string): boolean {
  return new RegExp(NAME_PATTERN).test(text) && !isWindowsDevice(text)
}

/** The parts of the schema that several keys share, by name. A profile is one of them. */
export const schemaDefinitions: Readonly<Record<string, AnySchemaObject>> = {
  ...settingsDefinitions,
  profileName: { type: 'string', pattern: NAME_PATTERN, 'x-code': 'PROFILE_NAME_INVALID' },
  board: {
    description: `Model of Raspberry Pi; any if left out. ${boardNames.map((name) => `${name}: ${boardModels[name].title}`).join('; ')}.`,
    type: 'string',
    enum: boards,
  },
  node: {
    description: 'One node, or several with a range such as worker-[1-3].',
    type: 'object',
    additionalProperties: false,
    required: ['name', 'profile'],
    properties: {
      name: { description: 'Host name and Kubernetes name; may hold one range.', type: 'string' },
      profile: { $ref: '#/definitions/profileName' },
      board: { $ref: '#/definitions/board' },
      address: {
        description:
          'Fixed IPv4 address with prefix length, such as 192.168.1.10/24; may hold a range. Left out: DHCP.',
        type: 'string',
      },
      mac: { description: 'MAC address of the interface; may hold a hexadecimal range.', type: 'string' },
      ...settings,
    },
  },
  profile: {
    title: 'A profile of bantam',
    type: 'object',
    additionalProperties: false,
    properties: {
      extends: { $ref: '#/definitions/profileName' },
      role: {
        description: 'server, agent, or none for a node without k3s.',
        type: 'string',
        enum: ['server', 'agent', 'none'],
      },
      board: { $ref: '#/definitions/board' },
      ...settings,
    },
  },
}

/**
 * JSON Schema of cluster.yaml and, in `#/definitions/profile`, of a profile. It is written in draft-07, which editors support.
 *
 * Formats that need more than a pattern are checked where values are read. The schema has no `$id`, so that validators identify it by its
 * file and need no network. bantam adds two keywords. `x-code` is the error code for a value that does not match. `x-text` says what
 * `${…}` means in a text: in `reference` a value from outside, in `shell` whatever the shell or the file takes it for; elsewhere it is
 * refused. Values marked `writeOnly` are never shown.
 */
export const clusterSchema: AnySchemaObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'cluster.yaml of bantam',
  type: 'object',
  additionalProperties: false,
  required: ['name', 'nodes'],
  properties: {
    name: {
      description: 'Name of the cluster: lower-case letters, digits, hyphens.',
      type: 'string',
      pattern: NAME_PATTERN,
      'x-code': 'CLUSTER_NAME_INVALID',
    },
    admin,
    k3s,
    join: {
      description: 'How agents join.',
      type: 'object',
      additionalProperties: false,
      properties: {
        tokenLifetime: {
          description:
            'Gives each agent a separate join token that expires after this time, such as 24h or 7d. Left out: all agents share one that does not expire.',
          type: 'string',
          pattern: '^[1-9][0-9]{0,3}[mhd]$',
          'x-code': 'JOIN_TOKEN_LIFETIME_INVALID',
        },
      },
    },
    ...settings,
    nodes: {
      description: 'The nodes. The first server initializes the cluster; the others join it.',
      type: 'array',
      minItems: 1,
      'x-code': 'CLUSTER_NODES_MISSING',
      items: { $ref: '#/definitions/node' },
    },
  },
  definitions: schemaDefinitions,
}

/** Lists the flags that editors offer. Whether a flag is allowed, and its value, is checked in `parseK3s`. */
function flagsSchema(description: string, role: 'server' | 'agent'): AnySchemaObject {
  const offered = flagNamesOf(newestFlagTable, role).filter(isFlagAllowed)
  return { description, type: 'object', properties: Object.fromEntries(offered.map((flag) => [flag, true])) }
}
