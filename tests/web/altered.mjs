// SPDX-License-Identifier: MulanPSL-2.0
import { check, equal, finish, open, shot, unlock, base } from './web.mjs'

const { context, page, complaints } = await open('profile')
context.setDefaultTimeout(120000)
await unlock(page)
await check('the audit finds what was altered, says where, and what to do', async () => {
  await page.goto(base + '#/audit')
  await page.click('text=开始核对')
  await page.waitForSelector('.note.bad')
  const words = await page.textContent('.page')
  for (const w of ['处问题', '不要删除数据', '损坏']) if (!words.includes(w)) throw new Error('no ' + w + ' in ' + words)
  equal((await page.locator('tbody tr').first().innerText()).includes('三甲集社区居民委员会'), true)
  await shot(page, '71_audit_altered')
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
