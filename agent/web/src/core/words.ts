// SPDX-License-Identifier: MulanPSL-2.0
// The page's own words: written in Chinese where they are used, here is their English. Labels of
// fields, types and codes are the catalog's. {0} stands for a number or a name.
import { ref } from 'vue'
import { english } from './english'

export type Language = 'zh' | 'en'
export const language = ref<Language>((localStorage.getItem('huce.language') as Language) || 'zh')

export function speak(l: Language) {
  language.value = l
  localStorage.setItem('huce.language', l)
  document.documentElement.lang = l === 'zh' ? 'zh-CN' : 'en'
}

export function t(text: string, ...args: (string | number)[]): string {
  const words = language.value === 'en' ? english[text] ?? text : text
  return words.replace(/\{(\d)\}/g, (_, n) => String(args[Number(n)] ?? ''))
}

export function label(of: { zh: string; en: string }): string {
  return language.value === 'en' && of.en ? of.en : of.zh
}
