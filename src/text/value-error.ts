/** The reason why a helper cannot place a value. The caller adds the template's name, the line and the value's name. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}
