// SPDX-License-Identifier: MulanPSL-2.0
import { check, equal, finish, judge, open, shot, base, PIN } from './web.mjs'

const { context, page, complaints } = await open('profile')
const says = (words) => page.waitForFunction((w) => new RegExp(w).test(document.body.innerText), words)

await check('where nobody has joined the page asks for an invitation', async () => {
  await page.goto(base)
  await says('邀请码')
  await judge(page)
  await shot(page, '10_first_run')
})
await check('a file is chosen, the PIN is typed twice', async () => {
  await page.getByLabel(/加密存放/).uncheck()
  await page.setInputFiles('input[type=file]', 'ma.invite')
  await page.locator('input[type=password]').nth(0).fill('123456')
  await page.locator('input[type=password]').nth(1).fill('654321')
  await says('两次输的不一样')
})
await check('a weak PIN is refused with the reason', async () => {
  await page.locator('input[type=password]').nth(1).fill('123456')
  await page.click('button[type=submit]')
  await page.waitForSelector('.note.bad')
})
await check('a good one makes the desk', async () => {
  for (const i of [0, 1]) await page.locator('input[type=password]').nth(i).fill(PIN)
  await page.click('button[type=submit]')
  await page.waitForSelector('#pin')
  equal(await page.textContent('.one'), '马建国')
})
await check('which opens with it', async () => {
  await page.fill('#pin', PIN)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.home')
})
await check('an Excel file is read below its title, columns are matched by their headings', async () => {
  await page.goto(base + '#/import/household')
  await page.setInputFiles('input[type=file]', 'roster.xlsx')
  await says('每一列是什么')
  const chosen = await page.locator('.map tbody tr').evaluateAll((rows) => rows.map((r) => r.children[1].innerText.trim()))
  equal(chosen, ['户编号', '住址', '户联系电话', '不导入', '户状态'])
})
await check('every problem is shown before anything is written', async () => {
  await page.click('text=检查 >> nth=-1')
  await says('有问题 1')
  const row = await page.textContent('.problems tbody tr')
  if (!/^5/.test(row) || !/18/.test(row)) throw new Error(row)
  await shot(page, '11_import')
  const { total } = await page.evaluate(async () => (await fetch('api/records/household', { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json())
  equal(total, 0)
})
await check('the rows without problems are written when that is wanted', async () => {
  await page.click('text=只写入没有问题的 2 行')
  await says('已导入')
})
await check('a large table is read, and every row looked at', async () => {
  await page.setInputFiles('input[type=file]', 'large.xlsx')
  await says('4000 行')
  await page.click('text=检查 >> nth=-1')
  await says('4000 行：新建 4000')
})
await check('an old CSV in GB18030 is read too', async () => {
  await page.setInputFiles('input[type=file]', 'old.csv')
  await says('一社 4 号')
  await page.click('text=检查 >> nth=-1')
  await page.click('text=写入 1 行')
  await says('已导入 1 行')
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
