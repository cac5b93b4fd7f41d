/**
 * Writes docs/licences.md from package-lock.json and node_modules: `npm run docs:licences`. Without a path, prints it.
 * Throws where a package has a licence that is not on the list below.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** SPDX names that Apache-2.0 software may depend on; what is asked of whoever passes them on is in their texts. */
const ALLOWED = new Set(['0BSD', 'Apache-2.0', 'BSD-1-Clause', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT'])

/** What a package carries inside that its own licence does not say. */
const INSIDE = new Map([
  ['ext2fs', 'its WebAssembly core is libext2fs of e2fsprogs, LGPL-2.0'],
  ['js-fatfs', 'its WebAssembly core is FatFs by ChaN, a licence of the same kind'],
  ['xz-decompress', 'xz-embedded in it is in the public domain'],
])

const project = fileURLToPath(new URL('..', import.meta.url))
const readJson = (path) => JSON.parse(readFileSync(join(project, path), 'utf8'))

/** The text of docs/licences.md. */
export function formatLicences() {
  const lock = readJson('package-lock.json')
  const direct = Object.keys(lock.packages[''].dependencies)
  const bringers = findBringers(lock, direct)
  // Two versions of a package are one line.
  const packages = new Map()
  for (const path of [...bringers.keys()].sort()) {
    const { name, license } = readJson(`${path}/package.json`)
    if (!ALLOWED.has(license))
      throw new Error(`${name} has the licence ${license}, which is not on the list of scripts/list-licences.mjs`)
    const known = packages.get(`${name} ${license}`)?.bringers ?? []
    packages.set(`${name} ${license}`, {
      name,
      license,
      bringers: [...new Set([...known, ...bringers.get(path)])].sort(),
    })
  }
  const listed = [...packages.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
  const isDirect = ({ name }) => direct.includes(name)
  const licenceOf = ({ name, license }) => (INSIDE.has(name) ? `${license}; ${INSIDE.get(name)}` : license)
  return `# Licences of the libraries

\`npm run docs:licences\` writes this page from \`package-lock.json\` and \`node_modules\`.

bantam itself has the licence Apache-2.0.
It depends on these libraries, and does not contain them:

| library | licence |
| --- | --- |
${listed
  .filter(isDirect)
  .map((one) => `| ${one.name} | ${licenceOf(one)} |`)
  .join('\n')}

They bring these with them:

| library | licence | brought by |
| --- | --- | --- |
${listed
  .filter((one) => !isDirect(one))
  .map((one) => `| ${one.name} | ${licenceOf(one)} | ${one.bringers.join(', ')} |`)
  .join('\n')}
`
}

/** Every package that a user of bantam installs, by its folder, with those of our own dependencies that bring it. */
function findBringers({ packages }, direct) {
  const bringers = new Map()
  for (const name of direct) {
    const waiting = [`node_modules/${name}`]
    const seen = new Set()
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (seen.has(path)) continue
      seen.add(path)
      bringers.set(path, (bringers.get(path) ?? new Set()).add(name))
      const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[path]
      for (const needed of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
        const found = resolvePackage(packages, path, needed)
        if (found !== null && !packages[found].dev) waiting.push(found)
      }
    }
  }
  return bringers
}

/** Where Node.js finds a package from the folder of another one; null where it is optional and not installed. */
function resolvePackage(packages, from, name) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(folder.lastIndexOf('/node_modules/'), 0))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`
    if (path in packages) return path
    if (folder === '') return null
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, , path] = process.argv
  if (path === undefined) process.stdout.write(formatLicences())
  else writeFileSync(path, formatLicences())
}
