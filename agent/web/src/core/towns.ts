// SPDX-License-Identifier: MulanPSL-2.0
// What townships are called.
import { api } from '@/api/client'

export async function readTowns(): Promise<Record<string, string>> {
  const { records } = await api.list('admin_division', { where: "substr(code, 10) = '000'", limit: 200 })
  return Object.fromEntries(records.map((r) => [String(r.fields.code), String(r.fields.name)]))
}
