// SPDX-License-Identifier: MulanPSL-2.0
// Values, times and states as people read them.
import type { Field, State, Titles, Value } from '@/api/types'
import { codeOf } from './catalog'
import { label, language, t } from './words'

export function isEmpty(value: Value | undefined): boolean {
  return value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)
}

function money(text: string): string {
  const [yuan, fen] = text.split('.')
  return yuan.replace(/\B(?=(\d{3})+(?!\d))/g, ',') + (fen && fen !== '00' ? '.' + fen : '')
}

function one(field: Field, value: string | number, titles?: Titles, kept = false): string {
  switch (field.type) {
    case 'code':
    case 'set_code': {
      const code = codeOf(field.list, String(value))
      return code ? label(code) : String(value)
    }
    case 'bool':
      return Number(value) ? t('是') : t('否')
    case 'money':
      return money(String(value)) + (language.value === 'zh' ? ' 元' : ' CNY')
    case 'ref':
    case 'set_ref':
      return titles?.[String(value)] ?? t('一条记录')
    case 'time':
      return when(String(value), kept)
    default:
      return String(value) + (field.unit ? ' ' + field.unit : '')
  }
}

// kept: it goes on paper, which is read in other years, too.
export function words(field: Field, value: Value | undefined, titles?: Titles, kept = false): string {
  if (isEmpty(value)) return ''
  if (field.check.split(';').includes('attachment')) return t('{0} 张照片', Array.isArray(value) ? value.length : 1)
  return Array.isArray(value) ? value.map((v) => one(field, v, titles, kept)).join('、') : one(field, value as string | number, titles, kept)
}

const two = (n: number) => String(n).padStart(2, '0')

// China's time, in which days are reckoned, whatever zone this machine is set to: the UTC parts of
// this date are its parts.
const inChina = (ms: number) => new Date(ms + 8 * 3600e3)
export const today = () => inChina(Date.now()).toISOString().slice(0, 10)
export const timeNow = () => inChina(Date.now()).toISOString().slice(0, 16)
export const hourNow = () => inChina(Date.now()).getUTCHours()

// An instant, or a time of day in China: "11月30日 20:32", with the year when it is another one or is
// to be kept.
export function when(iso: string, kept = false): string {
  const ms = new Date(/(Z|[+-]\d\d:\d\d)$/.test(iso) ? iso : iso + '+08:00').getTime()
  if (Number.isNaN(ms)) return iso
  const d = inChina(ms)
  const clock = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
  const year = !kept && d.getUTCFullYear() === inChina(Date.now()).getUTCFullYear() ? '' : d.getUTCFullYear() + (language.value === 'zh' ? '年' : '-')
  return language.value === 'zh'
    ? `${year}${d.getUTCMonth() + 1}月${d.getUTCDate()}日 ${clock}`
    : `${year}${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${clock}`
}

export function age(iso: string | null | undefined): string {
  if (!iso) return t('从来没有')
  const s = Math.max(0, (Date.now() - new Date(iso).getTime()) / 1000)
  if (s < 60) return t('刚刚')
  if (s < 3600) return t('{0} 分钟前', Math.floor(s / 60))
  if (s < 86400) return t('{0} 小时前', Math.floor(s / 3600))
  return t('{0} 天前', Math.floor(s / 86400))
}

export function stateWords(state: State): string {
  return { saved: t('本机已存'), sent: t('已送出'), confirmed: t('县里已确认') }[state]
}

export function roleWords(role: string): string {
  if (role.startsWith('dept:')) {
    const code = codeOf('department', role.slice(5))
    return code ? label(code) : role
  }
  return ({ village: t('村'), grid: t('网格'), township: t('乡镇'), auditor: t('审计'), registrar: t('县登记员') } as Record<string, string>)[role] ?? role
}
