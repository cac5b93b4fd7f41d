/** Mode of a file that may hold a secret, as every image does: its owner reads and writes it, and nobody else. */
export const OWNER_ONLY = 0o600
/** The same for a folder of such files. */
export const OWNER_ONLY_FOLDER = 0o700
