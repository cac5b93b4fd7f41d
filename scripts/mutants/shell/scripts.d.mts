/** Paths of scripts, each with the paths of its tests. */
export declare const SCRIPTS: Readonly<Record<string, readonly string[]>>
