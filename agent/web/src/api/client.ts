// SPDX-License-Identifier: MulanPSL-2.0
// The only door to the service: one function for each address, typed. Errors are ApiError with the
// service's own sentence; a locked desk is told to whoever listens (session.ts).
import type {
  Attached, Attachments, AuditJob, Batch, BatchItem, Conflict, Fields, Figure, FoundList, History, Imported, Joined, Joining, List, LogEntry, Moved, Pair, RecordJson, Report, ReportHead, Saved, Session, Status, Sticks, Sync, Task, Titles, Transfer, Types, Units, Unlocked, Value, Vault,
} from './types'

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
    readonly field?: string,
    readonly moved?: { version: string; fields: Moved[] },
    readonly retryAfterS?: number,
  ) {
    super(text)
  }
}

let token = ''
let onLocked = () => {}
export function useToken(value: string) { token = value }
export function whenLocked(f: () => void) { onLocked = f }

type Query = Record<string, string | number | undefined>

function address(path: string, query?: Query): string {
  const words = Object.entries(query ?? {}).filter(([, v]) => v !== undefined && v !== '')
  const tail = new URLSearchParams(words.map(([k, v]) => [k, String(v)])).toString()
  return 'api/' + path + (tail ? '?' + tail : '')
}

function headers(body?: unknown): HeadersInit {
  const all: Record<string, string> = {}
  if (token) all['Huce-Session'] = token
  if (body !== undefined) all['Content-Type'] = 'application/json'
  return all
}

async function fail(answer: Response): Promise<never> {
  const json = await answer.json().catch(() => null)
  const error = json?.error ?? { code: 'broken', text: `本机服务的回答看不懂（${answer.status}）。请重新打开这个页面。` }
  if (answer.status === 401) onLocked()
  const moved = json?.moved ? { version: json.version, fields: json.moved } : undefined
  throw new ApiError(answer.status, error.code, error.text, error.field, moved, Number(answer.headers.get('Retry-After')) || undefined)
}

async function ask(method: string, path: string, query?: Query, body?: unknown): Promise<Response> {
  let answer: Response
  const file = body instanceof Blob
  try {
    answer = await fetch(address(path, query), {
      method,
      headers: { ...headers(body), ...(file ? { 'Content-Type': body.type || 'application/octet-stream' } : {}) },
      body: body === undefined || file ? body : JSON.stringify(body),
      cache: 'no-store',
    })
  } catch {
    throw new ApiError(0, 'unreachable', '本机服务没有回答，可能已经停止。请重新启动户策；您填的内容还在。')
  }
  return answer.ok ? answer : fail(answer)
}

const get = async <T>(path: string, query?: Query): Promise<T> => (await ask('GET', path, query)).json()
const send = async <T>(method: string, path: string, body: unknown = {}): Promise<T> => (await ask(method, path, undefined, body)).json()

export interface ListQuery extends Query { where?: string; q?: string; deleted?: number; ledger?: string; limit?: number; offset?: number }

export const api = {
  session: () => get<Session>('session'),
  unlock: (pin: string, as?: string) => send<Unlocked>('POST', 'unlock', as ? { pin, as } : { pin }),
  lock: () => send<{ unlocked: boolean }>('POST', 'lock'),
  status: () => get<Status>('status'),
  types: () => get<Types>('types'),
  list: (type: string, query?: ListQuery) => get<List>(`records/${type}`, query),
  record: (type: string, id: string) => get<RecordJson>(`records/${type}/${id}`),
  create: (type: string, body: { fields: Fields; id?: string; ledger?: string; note?: string }) => send<Saved>('POST', `records/${type}`, body),
  batch: (body: { items: BatchItem[]; ledger?: string; try?: boolean; skip_bad?: boolean }) => send<Batch>('POST', 'batch', body),
  edit: (type: string, id: string, body: { fields: Fields; version: string; note?: string }) => send<Saved>('PATCH', `records/${type}/${id}`, body),
  remove: (type: string, id: string, body: { note: string; version: string }) => send<{ id: string }>('DELETE', `records/${type}/${id}`, body),
  transfer: (type: string, id: string, body: { to: string; note?: string }) => send<unknown>('POST', `records/${type}/${id}/transfer`, body),
  restore: (type: string, id: string, body: { note?: string; version: string }) => send<{ id: string }>('POST', `records/${type}/${id}/restore`, body),
  archive: (type: string, id: string) => get<{ records: RecordJson[]; titles: Titles }>(`records/${type}/${id}/archive`),
  history: (type: string, id: string) => get<History>(`records/${type}/${id}/history`),
  conflicts: () => get<{ conflicts: Conflict[] }>('conflicts'),
  reported: () => get<{ conflicts: Conflict[] }>('conflicts', { reported: 1 }),
  resolve: (id: string, body: { take?: string; value?: Value; version: string; note?: string }) => send<unknown>('POST', `conflicts/${id}/resolve`, body),
  find: (q: string, limit?: number) => get<FoundList>('find', { q, limit }),
  changes: (query: Query) => get<{ changes: LogEntry[]; total: number }>('changes', query),
  join: (body: Joining) => send<Joined>('POST', 'join', body),
  joinRequest: async (body: Joining) => (await ask('POST', 'join/request', undefined, body)).blob(),
  joinAnswer: (body: { answer: string; pin: string; passphrase?: string }) => send<Joined>('POST', 'join/answer', body),
  open: (passphrase: string) => send<{ joined: boolean }>('POST', 'open', { passphrase }),
  changePin: (old: string, pin: string) => send<{ ok: boolean }>('POST', 'pin', { old, new: pin }),
  vault: () => get<Vault>('vault'),
  setVault: (body: { set: 'on' | 'off' | 'passphrase'; old?: string; passphrase?: string }) => send<Vault>('POST', 'vault', body),
  import: (type: string, body: { csv: string; dry_run?: boolean; skip_bad?: boolean; note?: string }) => send<Imported>('POST', `import/${type}`, body),
  exportList: async (type: string, body: { format: string; where?: string; q?: string; reason?: string }) => (await ask('POST', `export/${type}`, undefined, body)).blob(),
  exportReport: async (name: string, query: Query) => (await ask('GET', `report/${name}`, query)).blob(),
  attach: async (file: Blob, to: { type: string; id?: string; ledger?: string }): Promise<Attached> => (await ask('POST', 'attachments', to, file)).json(),
  attachments: (query?: { type?: string; id?: string; missing?: number }) => get<Attachments>('attachments', query),
  // The picture, or how much of it has come so far.
  picture: async (hash: string): Promise<Blob | { got: number; size: number }> => {
    const answer = await ask('GET', `attachments/${hash}`)
    return answer.status === 202 ? answer.json() : answer.blob()
  },
  duplicates: () => get<{ duplicates: Pair[] }>('duplicates'),
  link: (a: string, b: string, note: string) => send<unknown>('POST', 'duplicates/link', { a, b, note }),
  unlink: (a: string, b: string, note: string) => send<unknown>('POST', 'duplicates/unlink', { a, b, note }),
  transfers: () => get<{ transfers: Transfer[] }>('transfers'),
  take: (id: string, body: { drop?: boolean; note?: string }) => send<unknown>('POST', `transfers/${id}/take`, body),
  sendTask: (id: string, body: { fields?: Record<string, string>; without?: string[]; note?: string }) => send<unknown>('POST', `tasks/${id}/send`, body),
  dropTask: (id: string, note: string) => send<unknown>('POST', `tasks/${id}/drop`, { note }),
  sticks: () => get<Sticks>('sticks'),
  packStick: (place: string) => send<unknown>('POST', 'sticks/pack', { place }),
  takeStick: (place: string) => send<unknown>('POST', 'sticks/take', { place }),
  tasks: () => get<{ tasks: Task[] }>('tasks'),
  reports: () => get<{ reports: ReportHead[] }>('report'),
  report: (name: string, query?: Query) => get<Report>(`report/${name}`, query),
  figure: (name: string, query: Query) => get<Figure>(`report/${name}/records`, query),
  units: () => get<Units>('units'),
  audit: () => get<{ job: AuditJob | null }>('audit'),
  auditNow: (ledger?: string) => send<{ job: AuditJob }>('POST', 'audit', ledger ? { ledger } : {}),
  sync: () => get<Sync>('sync'),
  syncNow: () => send<Sync>('POST', 'sync'),
}
