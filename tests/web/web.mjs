// SPDX-License-Identifier: MulanPSL-2.0
// What the browser tests share: Debian's Chromium on a page of `huce serve`, and checks in the runner's
// protocol. Whatever the browser complains of (a script's error, something that the page's policy
// forbids, a request to anywhere but this machine) fails the test.
import { createRequire } from 'node:module'
import { mkdirSync, readFileSync } from 'node:fs'

const require = createRequire(process.env.HUCE_ROOT + '/agent/web/package.json')
const { chromium } = require('playwright-core')
export const base = process.env.HUCE_URL
export const PIN = '135246'
const shots = process.env.HUCE_SHOTS
if (shots) mkdirSync(shots, { recursive: true })
let failures = 0

export async function check(text, work) {
  try {
    const result = await work()
    if (result === false) throw new Error('it is not so')
    console.log('ok - ' + text)
  } catch (e) {
    failures++
    console.log('not ok - ' + text)
    console.log(String(e.stack ?? e).split('\n').slice(0, 30).map((l) => '  # ' + l).join('\n'))
  }
}

export function equal(got, wanted) {
  if (JSON.stringify(got) !== JSON.stringify(wanted)) throw new Error(`got ${JSON.stringify(got)}, expected ${JSON.stringify(wanted)}`)
}

// In dark and light, in any zoom a page is a page; it is looked at as on an old laptop.
export async function open(folder, more = []) {
  const context = await chromium.launchPersistentContext(folder, {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', ...more],
    viewport: { width: 1366, height: 768 },
    locale: 'zh-CN',
  })
  context.setDefaultTimeout(20000)
  const complaints = []
  context.on('request', (r) => { if (!r.url().startsWith(base) && !/^(data|blob):/.test(r.url())) complaints.push('asks ' + r.url()) })
  const page = context.pages()[0] ?? (await context.newPage())
  page.on('pageerror', (e) => complaints.push(String(e)))
  page.on('console', (m) => { if (m.type() === 'error' && !/status of 4\d\d/.test(m.text())) complaints.push(m.text()) })
  return { context, page, complaints }
}

export async function unlock(page) {
  await page.goto(base)
  await page.fill('#pin', PIN)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.home')
}

// By the rules of WCAG 2, A and AA. What is still moving has not its own colours yet; the page's policy lets no foreign
// script in, and the debugger is none.
export async function judge(page) {
  await page.waitForFunction(() => document.getAnimations().every((a) => a.playState !== 'running'))
  await page.evaluate(readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8'))
  const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] }))
  if (violations.length)
    throw new Error(violations.map((v) => `${v.id}: ${v.nodes.slice(0, 3).map((n) => n.target.join(' ') + ' ' + n.html.slice(0, 110) + ' ' + (n.any[0]?.message ?? n.all[0]?.message ?? '')).join(' | ')}`).join('\n'))
}

export async function shot(page, name) {
  if (!shots) return
  await page.waitForTimeout(500)
  await page.screenshot({ path: `${shots}/${name}.png` })
}

export function finish() {
  process.exit(failures ? 1 : 0)
}
