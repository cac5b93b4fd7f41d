/** Gives the name that is fewest edits away. */
export function nearestName(name: string, names: readonly string[]): string {
  const ranked = names.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  return ranked.reduce((best, next) => (next.distance < best.distance ? next : best), { candidate: '', distance: Infinity }).candidate
}

/** Levenshtein distance, row by row. */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (const [rowIndex, character] of Array.from(from).entries()) {
    let left = rowIndex + 1
    row = row.map((above, column) => {
      if (column === 0) return left
      const diagonal = row[column - 1] ?? 0
      left = Math.min(left + 1, above + 1, diagonal + (to[column - 1] === character ? 0 : 1))
      return left
    })
  }
  return row.at(-1) ?? 0
}
