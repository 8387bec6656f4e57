// SPDX-License-Identifier: MulanPSL-2.0
// Who has unlocked the desk. The token lives in this tab alone; everything that was read from the
// service is dropped when it locks.
import { reactive } from 'vue'
import { api, useToken, whenLocked } from '@/api/client'
import type { Person, Session } from '@/api/types'
import { closeDrafts, openDrafts } from './drafts'

const KEY = 'huce.session'
export const session = reactive({
  asked: false,
  joined: true,
  sealed: false,
  waiting: false,
  waitingSealed: false,
  unlocked: false,
  person: null as Person | null,
  people: [] as Person[],
  role: '',
})

function note(s: Session) {
  session.asked = true
  session.joined = s.joined
  session.sealed = s.sealed
  session.waiting = s.waiting
  session.waitingSealed = s.waiting_sealed
  session.unlocked = s.unlocked
  session.person = s.person
  session.people = s.people
  if (s.role) session.role = s.role
}

function locked() {
  sessionStorage.removeItem(KEY)
  useToken('')
  closeDrafts()
  session.unlocked = false
  session.person = null
}

export async function look() {
  useToken(sessionStorage.getItem(KEY) ?? '')
  const s = await api.session()
  note(s)
  if (s.unlocked && s.drafts) await openDrafts(s.drafts, s.person!.kid)
  else if (!s.unlocked) locked()
}

export async function unlock(pin: string, as?: string) {
  const s = await api.unlock(pin, as)
  sessionStorage.setItem(KEY, s.session)
  useToken(s.session)
  await openDrafts(s.drafts, s.person.kid)
  session.person = s.person
  session.role = s.role
  session.unlocked = true
}

export async function lock() {
  await api.lock().catch(() => {})
  locked()
}

whenLocked(locked)
