import { isWindowsDevice } from '../../text/is-windows-device.ts'

/** Characters that Windows allows in no file name (a colon would name a stream of the file), and the one that marks their codes. */
const REFUSED = /[\x00-\x1f<>:"|?*\\%]/g
/** Windows drops these at the end of a name. */
const DROPPED_AT_END = /[. ]$/

/**
 * Gives each path of a node a path for any file system of this machine, in the same order. They are the same on every system, so that
 * results of two machines can be compared. Characters that Windows refuses are written as in URLs: `a%3Ab` for `a:b`. Of names that
 * differ only in case or in Unicode's spelling of a character, all but the first get a number: `foo~2` after `Foo`.
 */
export function localPaths(paths: readonly string[]): readonly string[] {
  const locals = new Map<string, string>([['', '']])
  const taken = new Set<string>()
  return paths.map((path) => {
    let done = ''
    for (const name of path.split('/')) {
      const parent = locals.get(done) ?? ''
      done = `${done}/${name}`
      const known = locals.get(done)
      if (known === undefined) locals.set(done, takeName(`${parent}/${toLocalName(name)}`, taken))
    }
    return (locals.get(done) ?? '').slice(1)
  })
}

function toLocalName(name: string): string {
  const escaped = name.replace(REFUSED, escapeCharacter).replace(DROPPED_AT_END, escapeCharacter)
  return isWindowsDevice(escaped) ? `%${escaped}` : escaped
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function takeName(wanted: string, taken: Set<string>): string {
  for (let count = 1; ; count++) {
    const name = count === 1 ? wanted : `${wanted}~${count}`
    const key = name.normalize('NFC').toLowerCase()
    if (taken.has(key)) continue
    taken.add(key)
    return name
  }
}
