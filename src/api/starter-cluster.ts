import { isClusterName } from '../config/schema/cluster-schema.ts'
import { starterCluster as formatStarter, type StarterOptions } from '../config/starter-cluster.ts'
import { boards } from '../model/boards.ts'
import { checkOptions, countFrom, oneOf, type OptionRule, type OptionRules, text, texts } from './check-options.ts'

const name: OptionRule = {
  expected: 'a name of lower-case letters, digits and inner hyphens',
  holds: (value) => typeof value === 'string' && isClusterName(value),
}
// Of an even number of etcd servers, half could not go on without the other half, as of one fewer.
const servers: OptionRule = {
  expected: '1, or an odd number',
  holds: (value) => countFrom(1).holds(value) && Number(value) % 2 === 1,
}
const rules: OptionRules<StarterOptions> = {
  name,
  servers,
  workers: countFrom(0),
  board: oneOf(boards),
  os: texts,
  timezone: text,
  user: text,
  sshKeys: texts,
  docsFolder: { expected: 'a text or null', holds: (value) => value === null || text.holds(value) },
}

/** Gives the text of a cluster file to start from: complete as it is, with comments that show what else there is. */
export function starterCluster(options: StarterOptions = {}): string {
  const checked = checkOptions('starterCluster', options, rules)
  return formatStarter({ docsFolder: './node_modules/bantam-k3s/docs', ...checked })
}
