/** Why a helper cannot place a value; the template's name, line and the value's name are added where they are known. */
export class ValueError extends Error {
  override readonly name = 'ValueError'
}
