/** Options that several commands take. Each is defined once, here; a command changes only its description. */
import { Option } from 'commander'

/** Collects the values of an option that may be given more than once. */
export function collect(value: string, earlier: readonly string[] | undefined): readonly string[] {
  return [...(earlier ?? []), value]
}

/** Makes an option whose value is one of a list. Help and completion show the list; the command itself refuses other values. */
export function choiceOption(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description)
  // Commander's check would exit with its message, without an error code of bantam.
  option.argChoices = [...choices]
  return option
}

/** `--cluster FILE` */
export function clusterOption(meaning = 'cluster file'): Option {
  return new Option('--cluster <file>', meaning).default('cluster.yaml')
}

/** `--profile NAME`, more than once. */
export function profileOption(meaning = 'only nodes of this profile'): Option {
  return new Option('--profile <name>', `${meaning} (may be given again)`).argParser(collect)
}

/** `--node NAME`, more than once. */
export function nodeOption(meaning = 'only this node'): Option {
  return new Option('--node <name>', `${meaning} (may be given again)`).argParser(collect)
}

/** `--seeds DIR` */
export function seedsOption(): Option {
  return new Option('--seeds <dir>', 'folder of templates that replace the shipped ones')
}

/** `--out DIR` */
export function outOption(): Option {
  return new Option('--out <dir>', 'folder of results').default('out')
}

/** `--cache DIR` */
export function cacheOption(): Option {
  return new Option('--cache <dir>', 'folder of base images (default: BANTAM_CACHE, else your cache folder)')
}

/** `--json` */
export function jsonOption(meaning = 'print one JSON document on stdout'): Option {
  return new Option('--json', meaning)
}
