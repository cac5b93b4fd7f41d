/** Finds the allowed word for a different spelling: `Pi4`, `rpi5`, `Raspberry Pi 5` and `pizero2w` name boards. */
export function findSameWord(value: string, allowed: readonly string[]): string | null {
  const plain = plainWord(value)
  return plain === '' ? null : (allowed.find((word) => plainWord(word) === plain) ?? null)
}

function plainWord(word: string): string {
  return word
    .slice(0, 64)
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .replace(/^(raspberry|ras|r)?pi/, '')
}
