/** What to do about a packed file that is damaged. */
export const getFileAgain =
  "The file is damaged or its download was cut. Get it again and compare its SHA-256 with the publisher's list."

/**
 * Names a page of the docs. The page is a file of the npm package, because a user of `npx` has no checkout. `name` is the
 * name of the file in `docs/`, without `.md`.
 */
export function docsPage(name: 'api' | 'cluster-yaml' | 'errors' | 'security' | 'seeds'): string {
  return `docs/${name}.md of the npm package bantam-k3s`
}
