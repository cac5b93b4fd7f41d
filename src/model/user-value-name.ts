/**
 * A name of a value in the secrets file, such as `wifi.home`: words of letters, digits, `_` and `-`, with dots between them. References in
 * the cluster file use the same names.
 */
export const USER_VALUE_NAME = '^[A-Za-z0-9][A-Za-z0-9_-]{0,62}(\\.[A-Za-z0-9][A-Za-z0-9_-]{0,62}){0,7}$'

const pattern = new RegExp(USER_VALUE_NAME)

/** Says whether a text may be the name of a value in the secrets file. */
export function isUserValueName(text: string): boolean {
  return pattern.test(text)
}
