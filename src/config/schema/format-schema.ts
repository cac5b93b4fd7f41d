import { clusterSchema } from './cluster-schema.ts'

/** Returns the schema of cluster.yaml as the text of a JSON file, without the keywords that bantam adds. */
export function formatSchema(): string {
  const json = JSON.stringify(clusterSchema, (key, value: unknown) => (key.startsWith('x-') ? undefined : value), 2)
  return `${json}\n`
}
