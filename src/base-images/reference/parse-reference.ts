import { isAbsolute, resolve } from 'node:path'
import { BuildError } from '../../errors.ts'
import { displayUrl } from '../../text/display-url.ts'
import type { Catalog } from './catalog.ts'

export type Reference =
  | { readonly kind: 'catalog'; readonly id: string; readonly display: string }
  /** It looks like a catalog id but is not in the catalog. A file of that name may exist. */
  | { readonly kind: 'unknown-id'; readonly id: string; readonly path: string; readonly display: string }
  | { readonly kind: 'file'; readonly path: string; readonly display: string }
  | { readonly kind: 'url'; readonly url: string; readonly pinnedSha256: string | null; readonly display: string }

const scheme = /^([a-z][a-z0-9+.-]*):\/\//i
const idShape = /^[a-z][a-z0-9]*(?:-[a-z0-9.]+)*$/i
const imageFileName = /\.(?:img|raw|xz|gz|zip|zst|bz2)$/i
const pin = /^#sha256=([0-9a-f]{64})$/i

/**
 * Parses a reference: a catalog id, a file or a URL. Relative files start at `baseFolder`. Throws
 * `BASE_REFERENCE_INVALID`.
 */
export function parseReference(text: string, catalog: Catalog, baseFolder: string): Reference {
  if (Object.hasOwn(catalog, text)) return { kind: 'catalog', id: text, display: text }
  const schemeName = scheme.exec(text)?.[1]?.toLowerCase()
  if (schemeName !== undefined) return parseUrl(text, schemeName)
  const path = isAbsolute(text) ? text : resolve(baseFolder, text)
  if (idShape.test(text) && !imageFileName.test(text)) return { kind: 'unknown-id', id: text, path, display: text }
  return { kind: 'file', path, display: text }
}

function parseUrl(text: string, schemeName: string): Reference {
  if (schemeName !== 'http' && schemeName !== 'https') {
    throw new BuildError('BASE_REFERENCE_INVALID', {
      reference: `${schemeName}://…`,
      reason: 'only http and https addresses are read',
    })
  }
  if (!URL.canParse(text)) {
    throw new BuildError('BASE_REFERENCE_INVALID', {
      reference: `${schemeName}://…`,
      reason: 'it is not a valid address',
    })
  }
  const url = new URL(text)
  const display = displayUrl(text)
  const pinnedSha256 = pin.exec(url.hash)?.[1]?.toLowerCase() ?? null
  if (url.hash !== '' && pinnedSha256 === null) {
    throw new BuildError('BASE_REFERENCE_INVALID', {
      reference: display,
      reason: 'what follows `#` is not `sha256=` and 64 hex digits',
    })
  }
  url.hash = ''
  return { kind: 'url', url: url.href, pinnedSha256, display }
}
