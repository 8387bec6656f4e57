// SPDX-License-Identifier: MulanPSL-2.0
// Townships, villages and grids as a tree with their figures, from the reports `units` and `grids`. What a village has
// not reported is no zero: it stays out of the sum, and the sum says so.
import type { Report, Value } from '@/api/types'
import { t } from './words'

export const FIGURES = ['households', 'people', 'labourers', 'no_channel', 'no_stable', 'visited'] as const
export type Figure = (typeof FIGURES)[number]
export interface Place {
  id: string // of a division its code, of a grid its record
  kind: 'township' | 'village' | 'grid'
  name: string
  about: string
  code: string
  figures: Record<Figure, number | null>
  below: Place[]
  asOf: string
  synced: string
}
export const townOf = (code: string) => code.slice(0, 9) + '000'

function figuresOf(row: Record<string, Value>): Record<Figure, number | null> {
  return Object.fromEntries(FIGURES.map((f) => [f, row[f] === null || row[f] === undefined ? null : Number(row[f])])) as Record<Figure, number | null>
}
function sum(places: Place[], f: Figure): number | null {
  const all = places.map((p) => p.figures[f]).filter((v): v is number => v !== null)
  return all.length ? all.reduce((a, b) => a + b, 0) : null
}

export function placesOf(units: Report, grids: Report | null, names: Record<string, string>): Place[] {
  const villages = units.rows.filter((r) => r.code).map((r): Place => ({
    id: String(r.code), kind: 'village', name: String(r.unit), about: '', code: String(r.code), figures: figuresOf(r), below: [], asOf: String(r.as_of ?? ''), synced: String(r.synced ?? ''),
  }))
  const byCode = new Map(villages.map((v) => [v.code, v]))
  const byId = new Map<string, Place>()
  const rows = grids?.rows ?? []
  for (const r of rows) byId.set(String(r.id), { id: String(r.id), kind: 'grid', name: String(r.grid), about: [r.level, r.leader].filter(Boolean).join(' · '), code: String(r.code), figures: figuresOf(r), below: [], asOf: '', synced: '' })
  for (const r of rows) {
    const at = byId.get(String(r.id))!
    const above = (r.parent && byId.get(String(r.parent))) || byCode.get(at.code)
    if (above && above !== at) above.below.push(at)
  }
  const towns = new Map<string, Place>()
  for (const v of villages) {
    const code = townOf(v.code)
    let town = towns.get(code)
    if (!town) towns.set(code, (town = { id: code, kind: 'township', name: names[code] ?? code, about: '', code, figures: figuresOf({}), below: [], asOf: '', synced: '' }))
    town.below.push(v)
  }
  for (const town of towns.values()) {
    for (const f of FIGURES) town.figures[f] = sum(town.below, f)
    const heard = town.below.filter((v) => v.figures.households !== null).length
    town.about = t('{0}/{1} 已上报', heard, town.below.length)
    town.asOf = town.below.map((v) => v.asOf).filter(Boolean).sort()[0] ?? ''
  }
  return [...towns.values()]
}
