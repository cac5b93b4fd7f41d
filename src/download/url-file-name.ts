/** Returns the last part of a URL's path, decoded, as a file name. */
export function fileNameOfUrl(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    // The path holds a percent sign that encodes nothing.
    return last
  }
}
