// SPDX-License-Identifier: MulanPSL-2.0
import { check, equal, finish, open, unlock, base, PIN } from './web.mjs'

const { context, page, complaints } = await open('profile')
await unlock(page)
await page.goto(base + '#/new/household')
const address = () => page.locator('.field', { hasText: '住址' }).first().locator('input')
await address().fill('二社 8 号')
await check('left alone it locks itself', async () => {
  await page.waitForSelector('#pin', { timeout: 30000 })
})
await check('and neither the page nor what the browser keeps tells anything', async () => {
  const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href]))
  if (/二社|一社/.test(kept + (await page.content()))) throw new Error(kept)
})
await check('with the PIN the form is as it was', async () => {
  await page.fill('#pin', PIN)
  await page.keyboard.press('Enter')
  await page.waitForSelector('form .fields')
  equal(await address().inputValue(), '二社 8 号')
})
await check('another way in finds nothing but the PIN', async () => {
  const other = await context.newPage()
  await other.goto(base + '#/list/household')
  await other.waitForSelector('#pin')
  await other.close()
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
