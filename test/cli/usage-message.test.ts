import { expect, test } from 'vitest'
import { usageMessage } from '../../src/cli/usage-message.ts'

test.each([
  ["error: unknown command 'foo'\n(Did you mean boot?)", "error: unknown command 'foo'"],
  ["error: unknown command 'plna'\n(Did you mean plan?)", "error: unknown command 'plna'\n(Did you mean plan?)"],
  [
    "error: unknown option '--profle'\n(Did you mean one of --force, --profile?)\n",
    "error: unknown option '--profle'\n(Did you mean --profile?)",
  ],
  ["error: missing required argument 'image'\n", "error: missing required argument 'image'"],
])('%j becomes %j', (message, words) => {
  expect(usageMessage(message)).toBe(words)
})
