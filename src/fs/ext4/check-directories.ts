import { type DirectoryEntry, entriesOf } from './directory-entries.ts'
import { type FoundFile, type InodeCensus, ROOT_INODE } from './inode-census.ts'
import { TYPE_DIRECTORY } from './inode.ts'
import { damaged, type MetadataReader } from './metadata-reader.ts'

/** Types of files in entries, by the upper four bits of an inode's mode. */
const fileTypes: Readonly<Record<number, number>> = { 8: 1, 4: 2, 2: 3, 6: 4, 1: 5, 12: 6, 10: 7 }

/**
 * Walks through all directories: each entry must name an inode in use by its type, each directory must have one place,
 * and each inode as many names as it says. Throws `EXT4_DAMAGED`.
 */
export function checkDirectories(reader: MetadataReader, census: InodeCensus): void {
  const references = new Uint32Array(census.types.length)
  const parents = new Map<number, number>([[ROOT_INODE, ROOT_INODE]])
  const named = new Map<number, number>()
  for (const directory of census.directories) {
    const { number } = directory
    const [self, above, ...others] = [...entriesOf(reader, directory)]
    if (self?.name !== '.' || self.inode !== number || above?.name !== '..')
      throw damaged(`directory inode ${number} does not begin with . and ..`)
    if (new Set(others.map(({ name }) => name)).size < others.length)
      throw damaged(`directory inode ${number} holds a name twice`)
    named.set(number, above.inode)
    references[number] = (references[number] ?? 0) + 1
    references[above.inode] = (references[above.inode] ?? 0) + 1
    for (const entry of others) {
      requireTarget(reader, census, directory, entry)
      references[entry.inode] = (references[entry.inode] ?? 0) + 1
      if (census.types[entry.inode] !== TYPE_DIRECTORY) continue
      if (parents.has(entry.inode)) throw damaged(`directory inode ${entry.inode} has two places`)
      parents.set(entry.inode, number)
    }
  }
  for (const [number, above] of named) {
    if (parents.get(number) !== above) throw damaged(`.. of directory inode ${number} is not the directory above`)
  }
  requireReachable(parents)
  requireLinkCounts(reader, census, references)
}

function requireTarget(
  { superblock }: MetadataReader,
  { types }: InodeCensus,
  { number, inode: { isEncrypted } }: FoundFile,
  { inode, name, fileType }: DirectoryEntry,
): void {
  const type = types[inode] ?? 0
  if (type === 0 || inode < superblock.firstInode)
    throw damaged(`an entry of directory inode ${number} names inode ${inode}, which is not in use`)
  // An encrypted name can hold any byte.
  if (!isEncrypted && /[\0/]/.test(name)) throw damaged(`directory inode ${number} has a name that is none`)
  if (fileType !== 0 && fileType !== fileTypes[type])
    throw damaged(`an entry of directory inode ${number} has another type than inode ${inode}`)
}

/** Each chain of directories above must end in the root. */
function requireReachable(parents: ReadonlyMap<number, number>): void {
  const reached = new Set([ROOT_INODE])
  for (const start of parents.keys()) {
    const passed: number[] = []
    for (let at = start; !reached.has(at); at = parents.get(at) ?? 0) {
      if (at === 0 || passed.includes(at)) throw damaged(`directory inode ${start} has no way to the root`)
      passed.push(at)
    }
    for (const one of passed) reached.add(one)
  }
}

function requireLinkCounts({ superblock }: MetadataReader, census: InodeCensus, references: Uint32Array): void {
  for (let number = ROOT_INODE; number < references.length; number += 1) {
    if (census.types[number] === 0 || (number < superblock.firstInode && number !== ROOT_INODE)) continue
    if (census.attributeValues.has(number)) continue
    const [counted = 0, noted] = [references[number], census.linkCounts[number]]
    // A directory with more than 65,000 names says 1, and still does when it has fewer.
    const uncountable = census.types[number] === TYPE_DIRECTORY && noted === 1
    // The orphan file of ext4 has no name, either.
    if (number === superblock.orphanFileInode) continue
    if (counted !== noted && !uncountable) throw damaged(`inode ${number} has ${counted} names, but says ${noted ?? 0}`)
  }
}
