import { ValueError } from './value-error.ts'

// Every control character: a unit setting, a variable and a key are each one line.
const CONTROL = /[\u0000-\u001f\u007f]/

/** Writes a value of an `EnvironmentFile=`, in double quotes. systemd.exec(5); a POSIX shell reads it the same way. */
export function quoteEnvironment(value: unknown): string {
  return `"${requireLine(value).replaceAll(/["\\$`]/g, '\\$&')}"`
}

/** Writes a value of a unit file, where `%` begins a specifier and `\` an escape. systemd.unit(5), systemd.syntax(7). */
export function quoteUnit(value: unknown): string {
  return requireLine(value).replaceAll('\\', '\\\\').replaceAll('%', '%%')
}

/** Writes a value of a GLib key file, the format of NetworkManager's connections. GKeyFile, nm-settings-keyfile(5). */
export function quoteKeyfile(value: unknown): string {
  return requireLine(value)
    .replaceAll('\\', '\\\\')
    .replace(/^ +/, (spaces) => '\\s'.repeat(spaces.length))
}

function requireLine(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    throw new ValueError('is no text, number or boolean')
  }
  const text = String(value)
  if (CONTROL.test(text)) throw new ValueError('holds a line break or another control character')
  return text
}
