import { escapedForms } from '../text/escaped-forms.ts'
import { ValueError } from '../text/value-error.ts'
import { valueHelpers } from './template-helpers.ts'

/** Characters that no helper changes, whatever is around them. Keys and tokens of bantam have no others. */
const UNCHANGED = /^[A-Za-z0-9+/=_.-]*$/

/**
 * Lists the forms in which a text may be in a file: as it is, as other programs escape it, as each helper of templates writes it, and as a helper writes such a form
 * again: user-data holds shell words in YAML. Quotes around a form are left out, because the text may be a part of a longer one.
 */
export function writtenForms(text: string): readonly string[] {
  if (UNCHANGED.test(text)) return [text]
  const once = new Set([text, ...quotedForms(text), ...escapedForms(text)])
  return [...new Set([...once, ...[...once].flatMap(quotedForms)])]
}

function quotedForms(text: string): readonly string[] {
  return Object.values(valueHelpers).flatMap((format) => {
    try {
      return [withoutQuotes(format(text, {}))]
    } catch (error) {
      // This helper writes no such text.
      if (error instanceof ValueError) return []
      throw error
    }
  })
}

function withoutQuotes(form: string): string {
  return /^(?:"[^]*"|'[^]*')$/.test(form) ? form.slice(1, -1) : form
}
