// SPDX-License-Identifier: MulanPSL-2.0
// What somebody has typed and not saved, so that a crash, a power cut or the idle lock loses nothing.
//
// It stays in this browser's local storage, encrypted (AES-GCM) under a key that the service derives
// from the person's own key and tells only when the PIN has opened it: without the PIN the storage
// says nothing but how many drafts there are. Names are hashed for the same reason.
import { reactive } from 'vue'

const PREFIX = 'huce.draft.'
const OLD_MS = 60 * 24 * 3600 * 1000

interface Draft { name: string; at: number; value: unknown }

let key: CryptoKey | null = null
let person = ''
const drafts = reactive(new Map<string, Draft>())

const hex = (b: ArrayBuffer) => [...new Uint8Array(b)].map((x) => x.toString(16).padStart(2, '0')).join('')
const base64 = (b: Uint8Array) => btoa(String.fromCharCode(...b))
const bytes = (s: string) => Uint8Array.from(atob(s), (c) => c.charCodeAt(0))

async function place(name: string): Promise<string> {
  return PREFIX + person.slice(0, 8) + '.' + hex(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(person + name))).slice(0, 32)
}

async function read(stored: string): Promise<Draft | null> {
  try {
    const [iv, text] = stored.split('.').map(bytes)
    const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, key!, text)
    return JSON.parse(new TextDecoder().decode(plain))
  } catch {
    return null
  }
}

export async function openDrafts(secret: string, kid: string) {
  const raw = Uint8Array.from(secret.match(/../g)!.map((x) => parseInt(x, 16)))
  person = kid
  key = await crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['encrypt', 'decrypt'])
  drafts.clear()
  for (const at of Object.keys(localStorage).filter((k) => k.startsWith(PREFIX + kid.slice(0, 8) + '.'))) {
    const draft = await read(localStorage.getItem(at)!)
    if (draft && draft.at > Date.now() - OLD_MS) drafts.set(draft.name, draft)
    else localStorage.removeItem(at)
  }
}

export function closeDrafts() {
  key = null
  drafts.clear()
}

// Writes of one name follow each other, so that an older one never overtakes.
const queues = new Map<string, Promise<void>>()
function after(name: string, work: () => Promise<void>) {
  const next = (queues.get(name) ?? Promise.resolve()).then(work).catch(() => {})
  queues.set(name, next)
  return next
}

export function keepDraft(name: string, value: unknown): Promise<void> {
  const draft = { name, at: Date.now(), value: JSON.parse(JSON.stringify(value)) }
  const with_ = key
  if (!with_) return Promise.resolve()
  drafts.set(name, draft)
  return after(name, async () => {
    const iv = crypto.getRandomValues(new Uint8Array(12))
    const text = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, with_, new TextEncoder().encode(JSON.stringify(draft)))
    localStorage.setItem(await place(name), base64(iv) + '.' + base64(new Uint8Array(text)))
  })
}

export function dropDraft(name: string): Promise<void> {
  if (!drafts.delete(name)) return Promise.resolve()
  return after(name, async () => localStorage.removeItem(await place(name)))
}

export function draftOf<T>(name: string): T | undefined {
  return drafts.get(name)?.value as T | undefined
}

export function allDrafts(): Draft[] {
  return [...drafts.values()].sort((a, b) => b.at - a.at)
}
