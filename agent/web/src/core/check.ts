// SPDX-License-Identifier: MulanPSL-2.0
// Says as somebody types what the catalog's checks want. Only what can be said without the service;
// it decides (shared/record/validate.h), and words that are not known here are passed over.
import type { Field } from '@/api/types'
import { today } from './format'
import { t } from './words'

function idOk(id: string): boolean {
  if (!/^\d{17}[\dX]$/.test(id)) return false
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
  const sum = weights.reduce((s, w, i) => s + w * Number(id[i]), 0)
  return '10X98765432'[sum % 11] === id[17]
}

const half = (s: string) => s.replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0)).trim()

export function wrong(field: Field, input: string): string {
  const text = half(input)
  if (text === '') return field.required ? t('必填') : ''
  if (field.type === 'int' && !/^-?\d+$/.test(text)) return t('请填整数')
  if ((field.type === 'decimal' || field.type === 'money') && !/^-?[\d,]+(\.\d+)?$/.test(text)) return t('请填数字')
  for (const check of field.check.split(';').filter(Boolean)) {
    const [word, a, b] = check.split(':')
    if (word === 'digits' && !new RegExp(`^\\d{${a}}$`).test(text)) return t('应是 {0} 位数字，现在 {1} 位', a, text.length)
    if (word === 'phone' && !/^1[3-9]\d{9}$/.test(text)) return t('应是 11 位手机号，现在 {0} 位', text.length)
    if (word === 'id18' && !idOk(text.toUpperCase())) return text.length === 18 ? t('身份证号校验位不对，请核对') : t('身份证号应是 18 位，现在 {0} 位', text.length)
    if (word === 'range' && !Number.isNaN(Number(text)) && (Number(text) < Number(a) || Number(text) > Number(b))) return t('应在 {0} 到 {1} 之间', a, b)
    if (word === 'len' && ([...text].length < Number(a) || [...text].length > Number(b))) return t('应是 {0} 到 {1} 个字', a, b)
    if (word === 'past' && /^\d{4}-\d\d-\d\d$/.test(text) && text > today()) return t('不能晚于今天')
  }
  return ''
}
