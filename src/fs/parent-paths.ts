/** Lists the folders above a path, outermost first: `a/b/c` gives `a`, `a/b`. */
export function parentPaths(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}
