import { fstatSync, writeSync } from 'node:fs'
import { replaceControls } from '../../text/replace-controls.ts'

/**
 * A standard stream of the process. Commands write text to it and nothing else: control characters are replaced here, whatever file, server or
 * program the text came from. So no command can forget it, and no terminal obeys a base image.
 */
export class Output {
  /**
   * The stream itself, for code that moves the cursor: the progress display, and questions of readline. What goes there is not filtered.
   */
  readonly stream: NodeJS.WriteStream
  /** What the system said when it refused a write: the text is lost. */
  #failure: NodeJS.ErrnoException | null = null

  /** The descriptor of a stream that leads to a file; null for any other stream. */
  readonly #file: number | null

  constructor(stream: NodeJS.WriteStream & { readonly fd?: number }) {
    this.stream = stream
    const { fd = null } = stream
    this.#file = fd !== null && isFile(fd) ? fd : null
  }

  get isTTY(): boolean {
    return this.stream.isTTY
  }

  /** The terminal's width; undefined where the stream is no terminal, or one that does not know. */
  get columns(): number | undefined {
    return this.stream.columns || undefined
  }

  /** The first refusal since `watch` was called. */
  get failure(): NodeJS.ErrnoException | null {
    return this.#failure
  }

  /** Notes what the system refuses to write. Without it, a refusal ends the process. */
  watch(): void {
    this.stream.on('error', (error: NodeJS.ErrnoException) => {
      // A reader of the output, such as head, may stop early. That is no failure.
      if (error.code !== 'EPIPE') this.#failure ??= error
    })
  }

  /** Writes text. `style` gets the text without control characters, and may add some for colour. */
  write(text: string, style: (safeText: string) => string = (safeText) => safeText): void {
    const styled = style(replaceControls(text, 'lines'))
    if (this.#file === null) this.stream.write(styled)
    else this.#writeFile(this.#file, Buffer.from(styled))
  }

  /** Writes to a file. On a disk that gets full, the system writes a part, and Node's own stream takes that for all. */
  #writeFile(file: number, bytes: Uint8Array): void {
    try {
      for (let done = 0; done < bytes.byteLength && this.#failure === null;) done += writeSync(file, bytes, done)
    } catch (error) {
      this.#failure = error as NodeJS.ErrnoException
    }
  }
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile()
  } catch {
    return false
  }
}
