/** The last part of a URL's path, as a file would be named. */
export function fileNameOfUrl(url: string): string {
  const last = new URL(url).pathname.split('/').at(-1) ?? ''
  try {
    return decodeURIComponent(last)
  } catch {
    // A percent sign that encodes nothing.
    return last
  }
}
