// SPDX-License-Identifier: MulanPSL-2.0
// A file as rows of texts: Excel, or CSV in UTF-8 or GB18030. Nothing leaves this machine.
import type { Field, Type } from '@/api/types'

const two = (n: number) => String(n).padStart(2, '0')
function text(cell: unknown): string {
  if (cell === null || cell === undefined) return ''
  if (cell instanceof Date) return `${cell.getUTCFullYear()}-${two(cell.getUTCMonth() + 1)}-${two(cell.getUTCDate())}`
  if (typeof cell === 'boolean') return cell ? '1' : '0'
  return String(cell).trim()
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

// RFC 4180: quotes doubled inside quotes, line ends of either kind.
export function parseCsv(source: string): string[][] {
  const rows: string[][] = []
  let row: string[] = [], cell = '', quoted = false
  const s = source.replace(/^\ufeff/, '')
  for (let i = 0; i < s.length; i++) {
    const c = s[i]
    if (quoted) {
      if (c === '"' && s[i + 1] === '"') { cell += '"'; i++ } else if (c === '"') quoted = false
      else cell += c
    } else if (c === '"' && cell === '') quoted = true
    else if (c === ',') { row.push(cell); cell = '' }
    else if (c === '\n' || c === '\r') {
      if (c === '\r' && s[i + 1] === '\n') i++
      row.push(cell); rows.push(row); row = []; cell = ''
    } else cell += c
  }
  if (cell || row.length) { row.push(cell); rows.push(row) }
  return rows
}

export async function readTable(file: File): Promise<string[][]> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let rows: string[][]
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) {
    const [{ readSheet }, { unzipSync, zipSync }] = await Promise.all([import('read-excel-file/browser'), import('fflate')])
    // The reader unpacks what is large in workers made of text, which the page's policy forbids (it would wait for ever).
    // What is stored as it is needs no unpacking.
    const plain = zipSync(unzipSync(bytes), { level: 0 })
    rows = (await readSheet(new Blob([plain as BlobPart]))).map((r) => r.map(text))
  } else if (bytes[0] === 0xd0 && bytes[1] === 0xcf) {
    throw new Error('这是老格式的 .xls。请在 Excel 或 WPS 里另存为 .xlsx，再选一次。')
  } else {
    rows = parseCsv(decode(bytes)).map((r) => r.map((c) => c.trim()))
  }
  return rows.filter((r) => r.some((c) => c !== ''))
}

// The row that names the columns: of the first ten, the one that fits the most fields.
export function headingRow(type: Type, rows: string[][]): number {
  let best = 0, most = -1
  rows.slice(0, 10).forEach((row, i) => {
    const fits = match(type, row).filter(Boolean).length
    if (fits > most) { most = fits; best = i }
  })
  return best
}

const plain = (s: string) => s.replace(/[\s（）()：:*★/\-_]/g, '').toLowerCase()
const alike: Record<string, string[]> = {
  id_no: ['身份证', '身份证号码', '公民身份号码', '证件号', '证件号码'], name: ['户主姓名', '成员姓名'], phone: ['电话', '联系电话', '手机', '手机号', '联系方式'],
  address: ['家庭住址', '地址', '家庭地址'], household_code: ['户号', '户编码'], birth: ['出生年月', '出生年月日'], sex: ['性别'],
}

// For each heading the field that it means, or ''. By name, by label, then by what offices write.
export function match(type: Type, headings: string[]): string[] {
  const taken = new Set<string>()
  const by = (fits: (f: Field, h: string) => boolean) => (h: string) => type.fields.find((f) => !taken.has(f.name) && fits(f, plain(h)))
  const exact = by((f, h) => h !== '' && (plain(f.name) === h || plain(f.zh) === h || plain(f.en) === h))
  const office = by((f, h) => (alike[f.name] ?? []).some((w) => plain(w) === h))
  const part = by((f, h) => h.length >= 2 && (plain(f.zh).includes(h) || h.includes(plain(f.zh))))
  const out = headings.map(() => '')
  for (const find of [exact, office, part])
    headings.forEach((h, i) => {
      if (out[i]) return
      const f = plain(h) === 'id' ? undefined : find(h)
      if (f) { out[i] = f.name; taken.add(f.name) }
    })
  headings.forEach((h, i) => { if (plain(h) === 'id') out[i] = 'id' })
  return out
}

export function toCsv(rows: string[][]): string {
  return rows.map((r) => r.map((c) => (/[",\r\n]/.test(c) ? '"' + c.replace(/"/g, '""') + '"' : c)).join(',')).join('\n') + '\n'
}
