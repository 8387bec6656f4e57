// SPDX-License-Identifier: MulanPSL-2.0
// Made by types.mjs from agent/api/openapi.json: change it there.

export interface Attachments {
  attachments: Attachment[]
  bytes: number
  quota_mb: number
  days: number
  fetch: 'all' | 'ask'
}

export interface Joined {
  name: string
  synced: boolean
  encrypted: boolean
  trouble: string
}

export interface Vault {
  encrypted: boolean
  recoverable: boolean
  swap: boolean
}

// text, code, date, time: string; int, bool (0/1): number; money, decimal: string; reference: 32 hex digits; set: array
export type Value = string | number | null | string[]

export type Fields = Record<string, Value>

// what the records are called that are referred to, by id
export type Titles = Record<string, string>

export interface Error {
  error: {
    code: string
    text: string
    field?: string
  }
  version?: string
  moved?: Moved[]
}

export interface Person {
  name: string
  kid: string
}

export interface Session {
  // closed up: the start passphrase comes first
  sealed: boolean
  // a request to join waits for the county's answer
  waiting: boolean
  waiting_sealed: boolean
  joined: boolean
  unlocked: boolean
  person: Person | null
  people: Person[]
  lock_after_s?: number
  role?: string
  // hex: the key for what a page keeps unsaved
  drafts?: string
}

export interface Unlocked {
  session: string
  person: Person
  role: string
  lock_after_s: number
  drafts: string
}

export interface Stamp {
  author: string
  role: string
  device: string
  time: string
  note: string | null
  confirmed: boolean
  base: number
}

export type Candidate = Stamp & {
  letter: string
  value: Value
  text: string
  seen?: string[]
  record?: string
  ledger?: string
}

export interface Conflict {
  id: string
  kind: 'field' | 'reported' | 'structure'
  type: string
  type_label: string
  record: string
  title: string
  ledger: string
  field: string
  label: string
  in_force: Value
  in_force_text: string
  candidates: Candidate[]
  version: string
  rule?: string
  text?: string
}

export interface List {
  records: RecordJson[]
  total: number
  limit: number
  offset: number
  titles: Titles
}

export interface Archive {
  records: RecordJson[]
  titles: Titles
}

export interface Saved {
  id: string
  created: boolean
  changed: boolean
  record: RecordJson | null
}

export interface Batch {
  saved: boolean
  items: BatchDone[]
}

export interface Moved {
  field: string
  label: string
  now: Value
  yours?: Value
  conflict: boolean
  by: Stamp | null
}

export interface Op {
  op: string
  fields?: Fields
  field?: string
  add?: string[]
  remove?: string[]
  delta?: number
  from?: string
  to?: string
  reason?: string
  other?: string
}

export interface Change {
  no: number
  ledger: string
  time: string
  author: string
  role: string
  device: string
  state: State
  proof: string
  void: string | null
  note: string | null
  ops: Op[]
  kid: string
  base: number
  leaf: number | null
  admitted: string | null
  erased: {
    by: string
    time: string
    reason: string
  } | null
}

export interface History {
  id: string
  type: string
  ledger: string
  changes: Change[]
}

export interface LogEntry {
  ledger: string
  time: string
  author: string
  role: string
  device: string
  type: string
  type_label: string
  record: string
  op: Op
  note: string | null
  state: State
  void: string | null
}

export interface Log {
  changes: LogEntry[]
  total: number
}

export interface Field {
  name: string
  zh: string
  en: string
  type: 'text' | 'int' | 'decimal' | 'money' | 'date' | 'time' | 'bool' | 'code' | 'ref' | 'set_text' | 'set_code' | 'set_ref'
  policy: string
  args: string
  writers: string
  list: string
  check: string
  ref: string
  group: string
  derive: string
  unit: string
  no: number
  writable: boolean
  required: boolean
  sensitivity: number
}

export interface Rule {
  kind: string
  args: string[]
  warn: boolean
  zh: string
  en: string
}

export interface Type {
  no: number
  name: string
  zh: string
  en: string
  kind: 'record' | 'append'
  home: string
  title: string
  key: string
  fields: Field[]
  rules: Rule[]
}

export interface Code {
  code: string
  zh: string
  en: string
  parent: string
  sort: number
}

export interface Types {
  version: number
  types: Type[]
  lists: Record<string, Code[]>
}

export interface Sync {
  running: boolean
  progress: {
    rounds: number
    sent: number
    received: number
    left: number
  } | null
  last: {
    time: string
    ok: boolean
    text: string
  } | null
  next_s: number | null
  attachments: {
    running: boolean
    up: number
    down: number
    left: number
    stuck: number
  }
}

export interface Ledger {
  origin: string
  size: number
  unsent: number
  sent: number
  confirmed: number
  conflicts: number
  refused: number
  returned: number
  last_sync: string | null
  breaches: Record<string, unknown>[]
  // null: all of it is here
  history: {
    have: number
    of: number
    waits: boolean
  } | null
}

export interface Status {
  server: string
  people: string[]
  grants: {
    name: string
    kid: string
    days_left: number | null
    warning: string | null
  }[]
  clock_ahead_s: number
  encrypted: boolean
  ledgers: Ledger[]
  sync: Sync
}

export interface Task {
  id: string
  ledger: string
  author: string
  time: string
  note: string | null
  code: string
  reason: string
  text: string
  ops: TaskOp[]
}

export interface Pair {
  kind: string
  type: string
  type_label: string
  text: string
  records: {
    id: string
    title: string
    ledger: string
    author: string
    device: string
    time: string
    note: string | null
    confirmed: boolean
  }[]
}

export interface Transfer {
  id: string
  kind: string
  type: string
  type_label: string
  record: string
  title: string
  from: string
  to: string | null
  takeable: boolean
  text: string
}

export interface ReportHead {
  name: string
  zh: string
  en: string
  about: string[]
}

export type Report = ReportHead & {
  made_at: string
  day: string
  month: string
  data: {
    ledgers: number
    reported: number
    synced_today: number
  }
  summary: {
    name: string
    zh: string
    value: Value
    note: string
  }[]
  none: string
  columns: Column[]
  rows: Record<string, Value>[]
}

export interface Words {
  zh: string
  en: string
}

export interface Units {
  units: Unit[]
  members: Member[]
}

export interface Figure {
  name: string
  title: Words
  column: string
  label: Words
  code: string | null
  day: string
  made_at: string
  records: {
    code: string
    type: string
    id: string
  }[]
}

export interface Imported {
  rows: number
  created: number
  updated: number
  unchanged: number
  bad: number
  written: boolean
  problems: Problem[]
}

export interface Sticks {
  sticks: {
    place: string
    name: string
    free: number
    writable: boolean
    answers: number
  }[]
  job: {
    what: 'pack' | 'take'
    place: string
    state: 'running' | 'done' | 'failed'
    result?: Record<string, unknown>
    error?: string
  } | null
}

export interface RecordJson {
  id: string
  type: string
  ledger: string
  fields: Fields
  conflicts: Conflict[]
  state: State
  version: string
  masked?: string[]
  left_for?: string
  same_as?: string
  also?: string[]
}

export interface FoundList {
  found: Found[]
  titles: Titles
  total: number
}

export type State = 'saved' | 'sent' | 'confirmed'

export interface Joining {
  invite: string
  pin: string
  passphrase?: string
}

export interface BatchItem {
  type: string
  fields: Fields
  id?: string
  version?: string
  note?: string
}

export interface BatchDone {
  id: string
  created: boolean
  changed: boolean
  version?: string
  error?: {
    code: string
    text: string
    field?: string
  }
}

export type TaskOp = Op & {
  type: string
  type_label: string
  record: string
}

export interface Found {
  record: RecordJson
  home: {
    id: string
    address: string
    household_code: string
  } | null
}

export interface Problem {
  line: number
  text: string
}

export interface Column {
  name: string
  zh: string
  en: string
  kind: string
  null: string
  file_only: boolean
}

export interface Unit {
  origin: string
  code: string
  name: string
  level: number
  readable: boolean
  size: number
  unsent: number
  sent: number
  others: number
  conflicts: number
  last_sync: string | null
  last_entry: string | null
}

export interface Member {
  kid: string
  kind: 'person' | 'device'
  name: string
  role: string
  scopes: string[]
  device: string
  device_name: string
  here: boolean
  granted: string
  by: string
  expires: string | null
  state: 'active' | 'expired' | 'replaced' | 'revoked'
  last: string | null
  changes: number
  leaf: number
}

export interface AuditJob {
  state: 'running' | 'done' | 'failed'
  ledger: string | null
  at: number
  of: number
  made_at: string | null
  result: {
    ok: boolean
    changesets: number
    changes: number
    ledgers: {
      origin: string
      size: number
      root: string
      findings: Finding[]
    }[]
  } | null
  error: string | null
}

export interface Finding {
  code: string
  damage: boolean
  county: boolean
  author: string
  name: string
  chain: string
  number: number
  text: string
}

export interface Attachment {
  hash: string
  value: string
  ledger: string
  size: number
  kind: string
  here: boolean
  got: number
  held: boolean
  thumb: string | null
  type: string
  id: string
  field: string
  label: string
}

export interface Attached {
  value: string
  hash: string
  size: number
  kind: string
  thumb: string | null
  dropped: number
}
