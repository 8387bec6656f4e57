// SPDX-License-Identifier: MulanPSL-2.0
// One field of a record changed in place: saved against the version that was shown, with the way back.
import { reactive, shallowRef } from 'vue'
import { api, ApiError } from '@/api/client'
import type { Field, Moved, RecordJson, Value } from '@/api/types'
import { tell } from './notice'
import { readState } from './state'
import { label, t } from './words'

// Asked when somebody else has written the field meanwhile.
export interface Asked { field: Field; moved: Moved; yours: Value; overrule: () => Promise<void>; leave: () => void }
export const asked = reactive({ now: null as Asked | null })

// The newest that the service said of a record; pages that show it take it from here, since the field
// that was changed may be gone from the page when it is taken back.
export const newest = shallowRef<RecordJson | null>(null)

export async function saveField(record: RecordJson, field: Field, value: Value, note?: string): Promise<void> {
  const before = record.fields[field.name] ?? null
  const write = async (version: string, to: Value, undoable: boolean) => {
    const answer = await api.edit(record.type, record.id, { fields: { [field.name]: to }, version, ...(note && undoable ? { note } : {}) })
    if (answer.record) newest.value = answer.record
    void readState()
    if (!undoable) tell(t('已撤销'))
    else if (answer.changed) {
      const after = answer.record?.version
      tell(t('已存：{0}', label(field)), after ? () => write(after, before, false) : undefined)
    }
  }
  try {
    await write(record.version, value, true)
  } catch (e) {
    const moved = e instanceof ApiError ? e.moved : undefined
    const one = moved?.fields.find((m) => m.field === field.name)
    if (!moved || !one) throw e
    await new Promise<void>((done, fail) => {
      asked.now = {
        field, moved: one, yours: value,
        overrule: async () => { asked.now = null; await write(moved.version, value, true).then(done, fail) },
        leave: () => { asked.now = null; void api.record(record.type, record.id).then((r) => { newest.value = r }).then(done, fail) },
      }
    })
  }
}
