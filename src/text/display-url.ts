/** Writes a URL for people and logs: user, password, query and fragment may be secret and are left out. */
export function displayUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url)
  return `${protocol}//${host}${pathname}${search === '' ? '' : '?…'}`
}
