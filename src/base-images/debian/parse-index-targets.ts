/** One package index that apt reads on this machine. */
export interface IndexTarget {
  /** Of the archive, as sources.list names it; ends with a slash. */
  readonly archiveUrl: string
  /** As sources.list names it, such as `bookworm` or `bookworm-security`. */
  readonly release: string
  /** Of the archive's own Release file, such as `Debian`; empty where its lists were never fetched. */
  readonly origin: string
  /** Of the same file, such as `Debian-Security`. */
  readonly label: string
}

/** What `parseIndexTargets` reads: an argument for `apt-get indextargets`. */
export const INDEX_TARGET_FORMAT = '$(CREATED_BY)\t$(TARGET_OF)\t$(REPO_URI)\t$(RELEASE)\t$(ORIGIN)\t$(LABEL)'

/** Reads the output of `apt-get indextargets --format INDEX_TARGET_FORMAT` (apt-get(8)); a field that apt lacks stays as `$(NAME)`. */
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
