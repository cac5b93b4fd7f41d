import { isClusterName } from '../config/schema/cluster-schema.ts'
import { starterCluster as formatStarter, type StarterOptions } from '../config/starter-cluster.ts'
import { boards } from '../model/boards.ts'
import { checkOptions, countFrom, oneOf, type OptionRule, type OptionRules, text, texts } from './check-options.ts'

const name: OptionRule = {
  expected: 'a name of a-z, 0-9 and, between them, "-", such as casa-da-ana, and no device of Windows, such as con',
  holds: (value) => typeof value === 'string' && isClusterName(value),
}
// etcd needs a majority of its servers: an even number tolerates no more failures than one server fewer. https://etcd.io/docs/v3.6/faq/
const servers: OptionRule = {
  expected: 'an odd number: 1, 3, 5 …',
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

/** Returns the text of a starter cluster file. It is complete; its comments show the other keys. */
export function starterCluster(options: StarterOptions = {}): string {
  const checked = checkOptions('starterCluster', options, rules)
  return formatStarter({ docsFolder: './node_modules/bantam-k3s/docs', ...checked })
}
