import type { ErrorEntry } from '../error-entry.ts'
import { docsPage } from '../shared-hints.ts'
import { quote } from './quote-value.ts'

export const yamlErrors = {
  YAML_FILE_UNREADABLE: {
    kind: 'input',
    message: (d: { file: string; reason: string }) => `${d.file} cannot be read (${d.reason}).`,
    hint: 'Check the path and its permissions, name another file with --cluster, or write a starter with `bantam init`.',
    example: { file: 'cluster.yaml', reason: 'it does not exist' },
  },
  YAML_TOO_LARGE: {
    kind: 'input',
    message: (d: { limitBytes: number }) => `The file is larger than ${d.limitBytes} bytes.`,
    hint: 'Use ranges such as `worker-[1-200]` and profiles; put large contents into separate files with `source`.',
    example: { limitBytes: 1048576 },
  },
  YAML_NOT_UTF8: {
    kind: 'input',
    message: () => 'The file is not UTF-8 text.',
    hint: 'Save it as UTF-8 in your editor.',
    example: undefined,
  },
  YAML_EMPTY: {
    kind: 'input',
    message: () => 'The file holds no settings.',
    hint: `Write a starter with \`bantam init\`, or copy an example from ${docsPage('cluster-yaml')}.`,
    example: undefined,
  },
  YAML_SYNTAX: {
    kind: 'input',
    message: (d: { detail: string }) => `This is not valid YAML: ${d.detail}.`,
    hint: 'Look at this line and the one before it: indentation, brackets, the space after each colon, and quotes around texts with special characters, such as "worker-[1-3]".',
    example: { detail: 'the indentation does not fit the lines above' },
  },
  YAML_TAB: {
    kind: 'input',
    message: () => 'YAML needs spaces here, and there is a tab.',
    hint: 'Indent with spaces; most editors can convert tabs.',
    example: undefined,
  },
  YAML_DUPLICATE_KEY: {
    kind: 'input',
    message: (d: { key: string }) => `The key ${quote(d.key)} is in one map twice.`,
    hint: 'Keep one of the two.',
    example: { key: 'timezone' },
  },
  YAML_MULTIPLE_DOCUMENTS: {
    kind: 'input',
    message: () => 'The file holds more than one YAML document.',
    hint: 'Remove the line `---` between them; one file describes one cluster.',
    example: undefined,
  },
  YAML_DIRECTIVE: {
    kind: 'input',
    message: (d: { version: string }) => `The file asks for YAML ${d.version}; bantam reads YAML 1.2.`,
    hint: 'Remove the line that starts with %YAML.',
    example: { version: '1.1' },
  },
  YAML_ALIAS_LIMIT: {
    kind: 'input',
    message: (d: { detail: string }) => `The aliases (*name) of this file expand too far: ${d.detail}.`,
    hint: 'Put what nodes share into a profile instead.',
    example: { detail: 'to more than 200000 values' },
  },
} as const satisfies Record<string, ErrorEntry>
