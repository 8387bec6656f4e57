// SPDX-License-Identifier: MulanPSL-2.0
// The ledgers of this desk as units of the county; read once while it is unlocked, and again when somebody asks.
import { computed, shallowReactive, watch } from 'vue'
import { api } from '@/api/client'
import type { Member, Unit } from '@/api/types'
import { session } from './session'

export const units = shallowReactive({ all: [] as Unit[], members: [] as Member[], read: false })
watch(() => session.unlocked, (on) => { if (!on) Object.assign(units, { all: [], members: [], read: false }) })

export async function readUnits(again = false) {
  if (units.read && !again) return
  const answer = await api.units()
  Object.assign(units, { all: answer.units, members: answer.members, read: true })
}
export const VILLAGE = 5
export const villages = computed(() => units.all.filter((u) => u.level === VILLAGE && u.origin.split('/').length === 2))
export function unitName(origin: string): string {
  return units.all.find((u) => u.origin === origin)?.name ?? origin
}
// Days since something of it arrived; null: nothing ever did.
export function silentDays(u: { last_entry: string | null }): number | null {
  return u.last_entry ? Math.floor((Date.now() - new Date(u.last_entry).getTime()) / 86400000) : null
}
