// SPDX-License-Identifier: MulanPSL-2.0
// What is said at the foot of the page after a deed, with the way back; and errors with the next step.
import { reactive } from 'vue'

export interface Notice { text: string; bad?: boolean; undo?: () => Promise<unknown> | void }
export const notice = reactive({ now: null as Notice | null })
let timer = 0

export function tell(text: string, undo?: Notice['undo']) {
  notice.now = { text, undo }
  clearTimeout(timer)
  timer = window.setTimeout(() => { notice.now = null }, undo ? 12000 : 4000)
}
export function tellError(e: unknown) {
  notice.now = { text: e instanceof Error ? e.message : String(e), bad: true }
  clearTimeout(timer)
  timer = window.setTimeout(() => { notice.now = null }, 15000)
}
export async function undoLast() {
  const undo = notice.now?.undo
  if (!undo) return
  notice.now = null
  try { await undo() } catch (e) { tellError(e) }
}
