// SPDX-License-Identifier: MulanPSL-2.0
// Writes src/api/types.ts from the schemas of ../api/openapi.json, which the tests hold against the service's answers:
// `npm run types` after a change there. With --check it only compares. Names of schemas become names of types.
import { readFileSync, writeFileSync } from 'node:fs'

const at = (path) => new URL(path, import.meta.url)
const { schemas } = JSON.parse(readFileSync(at('../api/openapi.json'), 'utf8')).components
const plain = { string: 'string', integer: 'number', number: 'number', boolean: 'boolean', null: 'null' }
const literal = (v) => `'${v}'`

// A schema as a type; `indent` is where the lines of an object begin.
function typed(schema, indent = '') {
  if (schema.$ref) return schema.$ref.split('/').pop()
  if (schema.enum) return schema.enum.map(literal).join(' | ')
  if (schema.anyOf) return schema.anyOf.map((s) => typed(s, indent)).join(' | ')
  if (schema.allOf) return schema.allOf.map((s) => typed(s, indent)).join(' & ')
  if (schema.type === 'array') {
    const item = typed(schema.items ?? {}, indent)
    return / [|&] /.test(item) && !item.startsWith('{') ? `(${item})[]` : item + '[]'
  }
  if (schema.properties) return members(schema, indent)
  if (schema.type === 'object') return `Record<string, ${schema.additionalProperties ? typed(schema.additionalProperties, indent) : 'unknown'}>`
  if (!schema.type) return 'unknown'
  if (!plain[schema.type]) throw new Error(`openapi.json: what is a ${schema.type}?`)
  return plain[schema.type]
}
function members(schema, indent) {
  const inner = indent + '  '
  const lines = Object.entries(schema.properties).map(([name, one]) =>
    (one.description ? `${inner}// ${one.description}\n` : '') + `${inner}${name}${schema.required?.includes(name) ? '' : '?'}: ${typed(one, inner)}\n`)
  return `{\n${lines.join('')}${indent}}`
}

const head = `// SPDX-License-Identifier: MulanPSL-2.0
// Made by types.mjs from agent/api/openapi.json: change it there.
`
const made = head + Object.entries(schemas).map(([name, schema]) =>
  (schema.description ? `\n// ${schema.description}` : '') + (schema.properties && !schema.allOf ? `\nexport interface ${name} ${members(schema, '')}\n` : `\nexport type ${name} = ${typed(schema)}\n`)).join('')
if (process.argv[2] !== '--check') writeFileSync(at('src/api/types.ts'), made)
else if (readFileSync(at('src/api/types.ts'), 'utf8') !== made) {
  console.log('agent/web/src/api/types.ts: not what agent/api/openapi.json says; npm run types in agent/web')
  process.exit(1)
}
