/** Mode of a file that may hold a secret, as every image does. Only its owner reads and writes it. */
export const OWNER_ONLY = 0o600
/** Mode of a program that only its owner runs. */
export const OWNER_EXECUTES = 0o700
/** Mode of a folder of such files. */
export const OWNER_ONLY_FOLDER = 0o700
