/** Build step: `node dist/cli/write-schema.js FILE` writes the schema for editors and CI. */
import { writeFileSync } from 'node:fs'
import { formatSchema } from '../config/schema/format-schema.ts'

writeFileSync(process.argv[2] ?? 'docs/cluster.schema.json', formatSchema())
