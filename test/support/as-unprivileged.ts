/** The user `nobody` of every system that tests run on as root. */
const NOBODY = 65_534

/**
 * Does some work without root's right to write anywhere: as root, in the name of `nobody` meanwhile, which changes all of this process and so must
 * not be accompanied; as anyone else, as oneself. Files that it opens must be readable for everybody.
 */
export async function asUnprivileged<T>(work: () => T | Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0 || process.seteuid === undefined || process.setegid === undefined) return work()
  process.setegid(NOBODY)
  process.seteuid(NOBODY)
  try {
    return await work()
  } finally {
    process.seteuid(0)
    process.setegid(0)
  }
}
