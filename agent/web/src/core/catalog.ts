// SPDX-License-Identifier: MulanPSL-2.0
// The record types as the service tells them. No page knows a rule that stands in the catalog.
import { shallowReactive } from 'vue'
import { api } from '@/api/client'
import type { Code, Field, Type, Types } from '@/api/types'

export const catalog = shallowReactive({ types: [] as Type[], lists: {} as Record<string, Code[]>, version: -1 })
const byName = new Map<string, Type>()

export async function readCatalog() {
  const all: Types = await api.types()
  byName.clear()
  for (const type of all.types) byName.set(type.name, type)
  catalog.types = all.types
  catalog.lists = all.lists
  catalog.version = all.version
}

export function typeOf(name: string): Type | undefined {
  void catalog.version
  return byName.get(name)
}
export function fieldOf(type: Type, name: string): Field | undefined {
  return type.fields.find((f) => f.name === name)
}
export function codeOf(list: string, code: string): Code | undefined {
  return catalog.lists[list]?.find((c) => c.code === code)
}

// Types whose records have a field that refers to this one: where it is used.
export function referring(to: string): { type: Type; field: Field }[] {
  return catalog.types.flatMap((type) =>
    type.fields.filter((f) => f.ref === to && f.type === 'ref').map((field) => ({ type, field })))
}

export function writable(type: Type): boolean {
  return type.fields.some((f) => f.writable)
}

// Once set, some fields stay (shared/merge/RULES.md).
export function isFixed(type: Type, field: Field): boolean {
  return type.kind === 'append' ? field.policy === 'append' : field.policy === 'once' || field.policy === 'append'
}

// Is it for people's eyes at all? What machines tell things apart by is not.
export function isForPeople(field: Field): boolean {
  return field.sensitivity < 4 && !/hash|token|geo/.test(field.name)
}

// What a list shows: the title, what is required, then what few words say.
export function columnsOf(type: Type, most = 7): Field[] {
  const shown = type.fields.filter(isForPeople)
  const rank = (f: Field) =>
    (f.name === type.title ? 0 : f.name === type.key ? 1 : f.required ? 2 : f.type === 'set_ref' || f.type === 'set_text' ? 9 : 5)
  const best = [...shown].sort((a, b) => rank(a) - rank(b)).slice(0, most)
  return best.sort((a, b) => (rank(a) < 2 ? rank(a) : 2) - (rank(b) < 2 ? rank(b) : 2) || shown.indexOf(a) - shown.indexOf(b))
}
