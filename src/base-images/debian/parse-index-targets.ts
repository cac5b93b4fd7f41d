/** One package index that apt reads on this machine. */
export interface IndexTarget {
  /** URL of the archive, as in sources.list. It ends with a slash. */
  readonly archiveUrl: string
  /** Name in sources.list, such as `bookworm` or `bookworm-security`. */
  readonly release: string
  /** Origin in the archive's Release file, such as `Debian`. Empty if its lists were never fetched. */
  readonly origin: string
  /** Label in the same file, such as `Debian-Security`. */
  readonly label: string
}

/** Format that `parseIndexTargets` reads: an argument of `apt-get indextargets`. */
export const INDEX_TARGET_FORMAT = '$(CREATED_BY)\t$(TARGET_OF)\t$(REPO_URI)\t$(RELEASE)\t$(ORIGIN)\t$(LABEL)'

/**
 * Reads the output of `apt-get indextargets --format INDEX_TARGET_FORMAT` (apt-get(8)). apt leaves a field that it does
 * not know as `$(NAME)`.
 */
export function parseIndexTargets(text: string): readonly IndexTarget[] {
  return text.split('\n').flatMap((line) => {
    const [createdBy, targetOf, archiveUrl = '', release = '', origin = '', label = ''] = line.split('\t').map(known)
    if (createdBy !== 'Packages' || targetOf !== 'deb' || archiveUrl === '') return []
    return [{ archiveUrl: archiveUrl.endsWith('/') ? archiveUrl : `${archiveUrl}/`, release, origin, label }]
  })
}

function known(field: string): string {
  return /^\$\([A-Z_]+\)$/.test(field) ? '' : field
}
