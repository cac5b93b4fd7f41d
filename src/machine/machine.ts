import { availableParallelism, homedir, tmpdir } from 'node:os'
import { BuildError } from '../errors.ts'

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** The facts of this machine from which defaults come. */
export interface Machine {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  /** Reading it throws `MACHINE_FOLDER_GONE` if somebody removed the folder. */
  readonly workingFolder: string
  /** Null where the system knows none: HOME is not set, and the user has no entry in the list of users. */
  readonly homeFolder: string | null
  readonly temporaryFolder: string
  readonly coreCount: number
  /** The Node.js that runs this program. */
  readonly nodeProgram: string
}

/** Reads the facts of this machine. The working folder is looked up only when it is read: `--help` works in a removed folder. */
export function thisMachine(): Machine {
  return {
    env: process.env,
    platform: process.platform,
    get workingFolder() {
      return findWorkingFolder()
    },
    homeFolder: findHomeFolder(),
    temporaryFolder: tmpdir(),
    coreCount: availableParallelism(),
    nodeProgram: process.execPath,
  }
}

function findWorkingFolder(): string {
  try {
    return process.cwd()
  } catch (cause) {
    throw new BuildError('MACHINE_FOLDER_GONE', undefined, { cause })
  }
}

/** Finds the home folder; null where there is none. A container may run a program as a user that is missing from its list of users. */
function findHomeFolder(): string | null {
  try {
    return homedir() || null
  } catch {
    return null
  }
}
