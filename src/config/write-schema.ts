/** Build step: `node dist/config/write-schema.js FILE` writes the schema that editors and CI read. */
import { writeFileSync } from 'node:fs'
import { argv } from 'node:process'
import { formatSchema } from './format-schema.ts'

writeFileSync(argv[2] ?? 'docs/cluster.schema.json', formatSchema())
