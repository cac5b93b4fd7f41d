import type { TemplateText } from '../model/cluster.ts'
import { compileTemplate, type Template } from '../templates/template.ts'

/** Compiles users' templates. It keeps each one, because all nodes of a profile share it. */
export type TemplateCompiler = (content: TemplateText) => Template

/** Makes a compiler that compiles each file once. */
export function createTemplateCompiler(): TemplateCompiler {
  const known = new Map<string, Template>()
  return ({ file, text }) => {
    const template = known.get(file) ?? compileTemplate(file, text)
    known.set(file, template)
    return template
  }
}
