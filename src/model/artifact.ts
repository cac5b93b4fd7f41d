/** A finished image in `out/<cluster>/`. */
export interface Artifact {
  readonly node: string
  readonly path: string
  readonly format: 'img'
  /** Of the file as written. */
  readonly byteLength: number
  /** Of the file as written, lower-case hex. */
  readonly sha256: string
  /** Of the image that is flashed. */
  readonly imageByteLength: number
}
