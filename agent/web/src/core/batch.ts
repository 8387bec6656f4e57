// SPDX-License-Identifier: MulanPSL-2.0
// Several records in one save, with the way back: their fields as they were, unless somebody has changed them since.
import { api, ApiError } from '@/api/client'
import type { Batch, BatchItem, Field, RecordJson, Value } from '@/api/types'
import { newest } from './edit'
import { tell } from './notice'
import { readState } from './state'
import { t } from './words'

// The number is chosen here, so that sending twice is one record (a UUIDv7).
export function newId(): string {
  const b = crypto.getRandomValues(new Uint8Array(16))
  const ms = BigInt(Date.now())
  for (let i = 0; i < 6; i++) b[i] = Number((ms >> BigInt(40 - 8 * i)) & 255n)
  b[6] = (b[6] & 15) | 0x70
  b[8] = (b[8] & 63) | 0x80
  return [...b].map((x) => x.toString(16).padStart(2, '0')).join('')
}

// Records that come into being together, or not at all.
export async function createTogether(items: BatchItem[]): Promise<void> {
  const done = await api.batch({ items })
  const bad = done.items.findIndex((i) => i.error)
  if (bad >= 0) {
    const why = done.items[bad].error!
    throw Object.assign(new ApiError(400, why.code, why.text, why.field), { item: bad })
  }
  void readState()
}

// One field of many records: what is tried is told of each, and saved where it can be.
export function editMany(records: RecordJson[], field: Field, value: Value, note: string, only_try: boolean): Promise<Batch> {
  return api.batch({
    items: records.map((r) => ({ type: r.type, id: r.id, version: r.version, fields: { [field.name]: value }, ...(note ? { note } : {}) })),
    try: only_try,
    skip_bad: true,
  })
}

export function tellMany(records: RecordJson[], field: Field, done: Batch, again: () => void) {
  const changed = records.map((r, i) => ({ r, d: done.items[i] })).filter(({ d }) => d.changed && !d.error && d.version)
  void readState()
  tell(t('已存：{0} 条', changed.length), async () => {
    const back = await api.batch({
      items: changed.map(({ r, d }) => ({ type: r.type, id: r.id, version: d.version!, fields: { [field.name]: r.fields[field.name] ?? null } })),
      skip_bad: true,
    })
    const left = back.items.filter((i) => i.error).length
    void readState()
    newest.value = null
    again()
    tell(left ? t('已撤销，{0} 条已被别人改过，没有动', left) : t('已撤销'))
  })
}
