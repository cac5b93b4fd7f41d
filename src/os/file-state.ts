import { readFileState } from '../disk/file-state.ts'

/** `readFileState` for callers that wait: a missing file rejects. */
export async function fileState(path: string): Promise<string> {
  return Promise.resolve().then(() => readFileState(path))
}
