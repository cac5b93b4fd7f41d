/** Environment for `xz`: the user's variables would add options to ours (xz(1), ENVIRONMENT). */
export const noXzOptions: Readonly<Record<string, string>> = { XZ_OPT: '', XZ_DEFAULTS: '' }
