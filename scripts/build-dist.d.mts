/** Builds where something changed; says whether it did. Throws what the compiler says where the sources do not compile. */
export declare function buildDist(projectFolder: string): Promise<'fresh' | 'built'>
