// SPDX-License-Identifier: MulanPSL-2.0
// What somebody looks for in a list, remembered while the desk is unlocked and nowhere else.
import { reactive, watch } from 'vue'
import { api } from '@/api/client'
import type { Type, Value } from '@/api/types'
import { fieldOf } from './catalog'
import { session } from './session'

export interface ListMemory { q: string; filters: Record<string, Value>; page: number; at: number; deleted: boolean; ledger: string }
const all = new Map<string, ListMemory>()
watch(() => session.unlocked, (on) => { if (!on) all.clear() })

export function listMemory(type: string): ListMemory {
  let one = all.get(type)
  if (!one) all.set(type, (one = reactive({ q: '', filters: {}, page: 0, at: 0, deleted: false, ledger: '' })))
  return one
}

const quoted = (s: string) => `'${s.replace(/'/g, "''")}'`

// An expression of the service's ?where: columns of the type's view; ids are hex text there.
export function filterSql(type: Type, filters: Record<string, Value>): string {
  return Object.entries(filters)
    .filter(([name, v]) => v !== null && v !== undefined && v !== '' && fieldOf(type, name))
    .map(([name, v]) => `"${name}" = ${quoted(String(v))}`)
    .join(' AND ')
}

// What is typed above a list of people or households is looked up as in the search box: names, initials,
// numbers, doors. An expression again: the ids of those that were found.
const FOUND_MOST = 100
export async function foundSql(type: Type, q: string): Promise<string | null> {
  if (!q || !['person', 'household'].includes(type.name)) return null
  const { found } = await api.find(q, FOUND_MOST)
  const ids = new Set(found.flatMap((f) => (f.record.type === type.name ? [f.record.id] : type.name === 'household' && f.home ? [f.home.id] : [])))
  return `id IN (${[...ids].map(quoted).join(',') || 'NULL'})`
}
