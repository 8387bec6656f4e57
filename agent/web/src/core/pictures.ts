// SPDX-License-Identifier: MulanPSL-2.0
// Photos and scans: the text that a field holds (shared/record/attachment.h), what may be read of it,
// and the pictures themselves, kept in memory while the desk is unlocked.
import { watch } from 'vue'
import { api } from '@/api/client'
import type { Field, RecordJson, Type } from '@/api/types'
import { typeOf } from './catalog'
import { session } from './session'

export interface Picture { value: string; hash: string; size: number; kind: string; thumb: string }

export function isPicture(field: Field): boolean {
  return field.check.split(';').includes('attachment')
}

// A bare hash names a content whose size and kind nobody knows.
export function pictureOf(value: string): Picture {
  const [hash, size, kind, thumb] = value.split('.')
  return { value, hash, size: Number(size ?? 0), kind: kind ?? '', thumb: thumb ?? '' }
}
export function picturesOf(value: unknown): Picture[] {
  const all = Array.isArray(value) ? value : typeof value === 'string' && value ? [value] : []
  return all.map((v) => String(v)).filter((v) => /^[0-9a-f]{64}(\.|$)/.test(v)).map(pictureOf)
}

// All that records name, the newest record first.
export interface Shown { picture: Picture; record: RecordJson; type: Type; field: Field }
export function picturesIn(records: RecordJson[]): Shown[] {
  return [...records].reverse().flatMap((record) => {
    const type = typeOf(record.type)
    return (type?.fields ?? []).filter(isPicture).flatMap((field) =>
      record.masked?.includes(field.name) ? [] : picturesOf(record.fields[field.name]).map((picture) => ({ picture, record, type: type!, field })))
  })
}

// ---- the contents, as addresses that this page alone can open ----

const MOST = 200
const kept = new Map<string, string>()
watch(() => session.unlocked, (on) => {
  if (on) return
  kept.forEach((url) => URL.revokeObjectURL(url))
  kept.clear()
})

export interface OnItsWay { got: number; size: number }

// Null: it is on its way from the county, or waits for the next exchange.
export async function pictureUrl(hash: string, onItsWay?: (so: OnItsWay) => void): Promise<string | null> {
  const known = kept.get(hash)
  if (known) return known
  const answer = await api.picture(hash)
  if (!(answer instanceof Blob)) {
    onItsWay?.(answer)
    return null
  }
  if (!session.unlocked) return null
  const url = URL.createObjectURL(answer)
  if (kept.size >= MOST) {
    const [oldest] = kept
    URL.revokeObjectURL(oldest[1])
    kept.delete(oldest[0])
  }
  kept.set(hash, url)
  return url
}

export function sizeWords(bytes: number): string {
  return bytes >= 1e6 ? (bytes / 1e6).toFixed(1) + ' MB' : Math.ceil(bytes / 1000) + ' KB'
}
