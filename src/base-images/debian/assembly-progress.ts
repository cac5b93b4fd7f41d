import type { Progress } from '../../progress.ts'
import type { DebianPackage } from './resolve-packages.ts'

/** Descriptions of the steps that the hook announces. */
const words: Readonly<Record<string, string>> = {
  unpack: 'unpacking packages',
  configure: 'configuring packages',
  initramfs: 'making the initramfs',
  finish: 'settling the system',
  write: 'writing the root file system',
}

/**
 * Parses the assembly's output and reports progress. While packages are unpacked and configured, the bytes are the
 * installed size of the finished packages. The other steps have no known length.
 */
export function trackAssembly(
  subject: string,
  packages: readonly DebianPackage[],
  progress: Progress,
): (line: string) => void {
  const sizes = new Map(packages.map(({ name, installedByteLength }) => [name, installedByteLength]))
  const totalBytes = packages.reduce((sum, { installedByteLength }) => sum + installedByteLength, 0)
  let step = ''
  let completedBytes = 0
  return (line) => {
    const begun = /^step: (\w+)$/.exec(line)?.[1]
    const name = /^(?:Unpacking|Setting up) ([^\s:]+)/.exec(line)?.[1]
    if (begun === undefined && name === undefined) return
    if (begun !== undefined) {
      step = begun
      completedBytes = 0
    }
    completedBytes += sizes.get(name ?? '') ?? 0
    const counted = step === 'unpack' || step === 'configure'
    if (words[step] === undefined) return
    progress({
      step: 'assemble',
      subject: `${subject}, ${words[step]}`,
      completedBytes: Math.min(completedBytes, totalBytes),
      totalBytes: counted ? totalBytes : null,
    })
  }
}
