/** Runs work under a umask, which belongs to the whole process: no other work may run meanwhile. */
export async function withUmask<T>(umask: number, work: () => T | Promise<T>): Promise<T> {
  const before = process.umask(umask)
  try {
    return await work()
  } finally {
    process.umask(before)
  }
}
