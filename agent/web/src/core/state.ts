// SPDX-License-Identifier: MulanPSL-2.0
// How far the work of this desk has come; asked for every few seconds while the page is looked at.
import { computed, reactive } from 'vue'
import { api } from '@/api/client'
import type { Status } from '@/api/types'
import { session } from './session'

const EVERY_MS = 5000
export const state = reactive({ status: null as Status | null, unreachable: false })

export const counts = computed(() => {
  const sum = { unsent: 0, sent: 0, confirmed: 0, conflicts: 0, returned: 0, breaches: 0 }
  for (const ledger of state.status?.ledgers ?? []) {
    sum.unsent += ledger.unsent
    sum.sent += ledger.sent
    sum.confirmed += ledger.confirmed
    sum.conflicts += ledger.conflicts
    sum.returned += ledger.returned
    sum.breaches += ledger.breaches.length
  }
  return sum
})

export const lastSync = computed(() => {
  const all = (state.status?.ledgers ?? []).map((l) => l.last_sync).filter((x): x is string => !!x)
  return all.sort()[0] ?? null
})

// Records come before their history: how much of it is here, over all ledgers; null: all of it.
export const historyBehind = computed(() => {
  const open = (state.status?.ledgers ?? []).flatMap((l) => (l.history ? [l.history] : []))
  if (!open.length) return null
  const sum = (of: (h: (typeof open)[number]) => number) => open.reduce((n, h) => n + of(h), 0)
  return { percent: Math.floor((100 * sum((h) => h.have)) / sum((h) => h.of)), waits: open.some((h) => h.waits) }
})

export async function readState() {
  if (!session.unlocked) return
  try {
    state.status = await api.status()
    state.unreachable = false
  } catch (e) {
    state.unreachable = (e as { status?: number }).status === 0
  }
}

export async function exchange() {
  const sync = await api.syncNow()
  if (state.status) state.status.sync = sync
  for (let i = 0; i < 600; i++) {
    await readState()
    if (!state.status?.sync.running) return
    await new Promise((done) => setTimeout(done, 300))
  }
}

let timer = 0
export function watchState() {
  clearInterval(timer)
  void readState()
  timer = window.setInterval(() => { if (!document.hidden) void readState() }, EVERY_MS)
}
export function forgetState() {
  clearInterval(timer)
  state.status = null
}
