// SPDX-License-Identifier: MulanPSL-2.0
// What people call a record: its title field; of what has none, the records it refers to.
import type { RecordJson, Titles, Type } from '@/api/types'
import { fieldOf } from './catalog'
import { isEmpty, words } from './format'
import { label, t } from './words'

export function titleOf(type: Type, record: RecordJson, titles?: Titles): string {
  if (type.name === 'household') return householdTitle(record, titles)
  const title = fieldOf(type, type.title)
  if (title && !isEmpty(record.fields[title.name])) return words(title, record.fields[title.name], titles)
  const parts = type.fields
    .filter((f) => (f.required || f.type === 'ref') && !isEmpty(record.fields[f.name]))
    .map((f) => words(f, record.fields[f.name], titles))
  return parts.slice(0, 2).join(' · ') || t('一条{0}', label(type))
}

// A household is known by its head and its door.
export function householdTitle(record: RecordJson, titles?: Titles): string {
  const head = titles?.[String(record.fields.head_person_id ?? '')]
  const door = String(record.fields.address ?? '') || String(record.fields.household_code ?? '')
  return [head, door].filter(Boolean).join(' · ') || t('一户')
}
