/** The forms in which programs other than bantam write a text: addresses, JSON, shells and XML. */

/** Characters that no address escapes. RFC 3986, section 2.3. */
const UNRESERVED = /[A-Za-z0-9_.~-]/
/** Characters that a whole address may hold: some programs escape only the others. */
const ADDRESS = /[A-Za-z0-9_.~;,/?:@&=+$!*'()#-]/
/** Characters that a shell reads as they are. */
const SHELL_PLAIN = /[A-Za-z0-9_./:@%+,=-]|[^\x00-\x7f]/

const XML_NAMES: Readonly<Record<string, string>> = { '&': 'amp', '<': 'lt', '>': 'gt', '"': 'quot', "'": 'apos' }

/** Lists the escaped forms of a text, each once. */
export function escapedForms(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1)
  return [
    ...new Set([
      ...percentForms(text),
      ...[percentEncode(text, UNRESERVED).replaceAll('%20', '+'), percentEncode(text, ADDRESS)],
      ...[json, asciiJson(json), asciiJson(json).replace(/\\u[0-9a-f]{4}/g, upperDigits), json.replaceAll('/', '\\/')],
      Array.from(text, (character) => (SHELL_PLAIN.test(character) ? character : `\\${character}`)).join(''),
      ...[/[&<>]/g, /[&<>"]/g, /[&<>"']/g].map((escaped) => text.replace(escaped, xmlName)),
      ...[text.replace(/[&<>"']/g, xmlNumber), text.replace(/[&<>"]/g, xmlName).replaceAll("'", '&#39;')],
    ]),
  ]
}

/** Lists how addresses hold a text: with digits in capitals, as RFC 3986 asks for, and in small letters. */
export function percentForms(text: string): readonly string[] {
  const percent = percentEncode(text, UNRESERVED)
  return [percent, percent.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())]
}

function percentEncode(text: string, plain: RegExp): string {
  const encode = (character: string): string =>
    Array.from(new TextEncoder().encode(character), (byte) => `%${hex(byte, 2).toUpperCase()}`).join('')
  return Array.from(text, (character) => (plain.test(character) ? character : encode(character))).join('')
}

function asciiJson(json: string): string {
  return json.replace(/[\x7f-\uffff]/g, (unit) => `\\u${hex(unit.charCodeAt(0), 4)}`)
}

function upperDigits(escape: string): string {
  return `\\u${escape.slice(2).toUpperCase()}`
}

function xmlName(character: string): string {
  return `&${XML_NAMES[character] ?? ''};`
}

function xmlNumber(character: string): string {
  return `&#${character.charCodeAt(0)};`
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0')
}
