/** Environment for `xz`. It clears the user's variables, which would add options to ours (xz(1), ENVIRONMENT). */
export const noXzOptions: Readonly<Record<string, string>> = { XZ_OPT: '', XZ_DEFAULTS: '' }
