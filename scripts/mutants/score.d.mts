export declare function describeScore(name: string, mutants: readonly { readonly status: string }[]): string
