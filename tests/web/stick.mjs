// SPDX-License-Identifier: MulanPSL-2.0
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync } from 'node:fs'
import { base, check, equal, finish, open, shot, unlock } from './web.mjs'

const stick = process.env.HUCE_STICKS
const { context, page, complaints } = await open('profile')
await unlock(page)
const offer = page.locator('.todo li', { hasText: 'KINGSTON' })
const row = page.locator('li.row', { hasText: 'KINGSTON' })
const button = (word) => row.locator('button', { hasText: word })
await check('where nothing is plugged in, nothing is said of sticks', async () => {
  await page.waitForSelector('.todo li')
  await page.waitForTimeout(500)
  return (await offer.count()) === 0
})
await check('a stick that is plugged in is noticed and offered', async () => {
  mkdirSync(stick)
  await offer.waitFor()
  await shot(page, '25_stick')
  await offer.locator('a').click()
  await row.waitFor()
  return button('收下带回的').isDisabled()
})
await check('it takes the work', async () => {
  await button('装上要送的').click()
  await page.waitForFunction(() => /已装好 1 组改动/.test(document.body.innerText))
})
execFileSync(process.env.HUCED, ['bundle', 'import', stick, '--data', process.env.HUCE_COUNTY])
await check('when it is back, its answer is offered', async () => {
  await page.goto(base + '#/')
  await page.waitForFunction(() => /U 盘上有带回的文件/.test(document.body.innerText))
  await shot(page, '26_answer')
})
await check('and the county has confirmed', async () => {
  await offer.locator('a').click()
  await button('收下带回的').click()
  await page.waitForFunction(() => /县里确认了 1 组，还有 0 组在路上/.test(document.body.innerText))
  await page.waitForFunction(() => /县里已全部确认/.test(document.body.innerText))
})
await check('pulled out, it is gone', async () => {
  rmSync(stick, { recursive: true })
  await row.waitFor({ state: 'detached' })
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
