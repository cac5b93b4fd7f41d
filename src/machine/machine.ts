import { availableParallelism, homedir, tmpdir } from 'node:os'

/** Variables of the environment. */
export type Environment = Readonly<Record<string, string | undefined>>

/** What this machine says where the user says nothing. */
export interface Machine {
  readonly env: Environment
  readonly platform: NodeJS.Platform
  readonly workingFolder: string
  /** Null where the system knows none: HOME is not set, and the user has no entry in the list of users. */
  readonly homeFolder: string | null
  readonly temporaryFolder: string
  readonly coreCount: number
  /** The Node.js that runs this program. */
  readonly nodeProgram: string
}

/** Gathers what bantam asks this machine for. */
export function thisMachine(): Machine {
  return {
    env: process.env,
    platform: process.platform,
    workingFolder: process.cwd(),
    homeFolder: findHomeFolder(),
    temporaryFolder: tmpdir(),
    coreCount: availableParallelism(),
    nodeProgram: process.execPath,
  }
}

/** A container may run a program as a user that its list of users does not have. */
function findHomeFolder(): string | null {
  try {
    return homedir()
  } catch {
    return null
  }
}
