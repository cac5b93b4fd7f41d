/** Writes a URL for people and logs. User, password, query and fragment are left out, because they may be secret. */
export function displayUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url)
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`
}
