// SPDX-License-Identifier: MulanPSL-2.0
import { check, equal, finish, open, shot, unlock, base, PIN } from './web.mjs'

const house = process.argv[2]
const { context, page, complaints } = await open('profile')
const text = (selector) => page.textContent(selector)
const go = async (to) => { await page.goto(base + '#' + to); await page.waitForTimeout(50) }

await check('before the PIN nothing of the village is shown', async () => {
  await page.goto(base)
  await page.waitForSelector('#pin')
  await shot(page, '01_login')
  return !/三甲集|622924/.test(await text('body'))
})
await check('a wrong PIN is told in words', async () => {
  await page.fill('#pin', '000000')
  await page.keyboard.press('Enter')
  return /口令|PIN/.test(await text('[role=alert]'))
})
await check('the PIN opens the home page', async () => {
  await page.fill('#pin', PIN)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.home')
  equal((await text('h1')).includes('马建国'), true)
})
await check('home says what needs me and how far my work has come', async () => {
  await page.waitForSelector('.todo li')
  await page.waitForFunction(() => /本月还没走访/.test(document.body.innerText))
  const words = await text('.home')
  for (const w of ['分歧等您决定', '本机已存', '已送出', '县里已确认', '待我决定']) if (!words.includes(w)) throw new Error('no ' + w)
  await shot(page, '02_home')
})
await check('a household is found by the name of two characters of its head, with the keyboard alone', async () => {
  const name = await page.evaluate(async () => (await (await fetch('api/records/person?limit=60', { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json()).records.map((r) => r.fields.name).find((n) => n.length === 2))
  await page.keyboard.press('/')
  await page.keyboard.type(name)
  await page.waitForSelector('#hits li')
  if (!(await text('#hits li')).includes(name)) throw new Error(await text('#hits'))
  await page.keyboard.press('Enter')
  await page.waitForFunction((n) => document.querySelector('.people')?.textContent.includes(n), name)
})
await check('and by the first letters of a name, a telephone number, a door', async () => {
  for (const [q, wanted] of [['m', /马/], ['1540360000', /./], ['1号楼1单元101', /1号楼1单元101室/]]) {
    await page.fill('.search input', q)
    await page.waitForFunction((w) => new RegExp(w).test(document.querySelector('#hits li')?.textContent ?? ''), wanted.source)
  }
  await page.keyboard.press('Escape')
})
await check('the list of households comes in pages and opens with the keyboard', async () => {
  await go('/list/household')
  await page.waitForFunction(() => document.querySelector('.tools') && document.querySelectorAll('table.grid tbody tr').length === 50)
  await shot(page, '03_households')
  const head = await page.textContent('table.grid tbody tr:nth-child(9) td:nth-child(5)')
  await page.fill('.find input', head)
  await page.waitForFunction((n) => { const rows = [...document.querySelectorAll('table.grid tbody tr')]; return rows.length > 0 && rows.length < 20 && rows.some((r) => r.innerText.includes(n)) }, head)
  await page.fill('.find input', '')
  await page.waitForFunction(() => document.querySelectorAll('table.grid tbody tr').length === 50)
  await page.focus('table.grid tbody')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/record/household/**')
})
await check('a field is changed in place and says where it is', async () => {
  await go('/record/household/' + house)
  await page.waitForSelector('.people tbody tr')
  await shot(page, '04_household')
  const cell = page.locator('.cell', { hasText: '户联系电话' })
  await cell.locator('button.val').click()
  await cell.locator('input').fill('1540000')
  if (!/11 位/.test(await cell.textContent())) throw new Error('what is wrong is not told as it is typed')
  await cell.locator('input').fill('15400001234')
  await page.keyboard.press('Enter')
  await page.waitForFunction(() => /已存：户联系电话/.test(document.body.innerText))
  await page.click('[role=tab] >> text=改动记录')
  await page.waitForFunction(() => /15400001234/.test(document.querySelector('.hist').innerText))
  // Two people wrote the state without knowing of each other: neither is shown as the other's before.
  const by = (author) => page.locator('.hist > ol > li', { hasText: author + '的电脑' }).filter({ hasText: '户状态' }).innerText()
  for (const [author, after] of [['丁丽', '迁出'], ['马建国', '空户']]) if (!(await by(author)).includes(`在册 → ${after}`)) throw new Error(await by(author))
  if (!/没有看到 马建国 写的/.test(await by('丁丽'))) throw new Error(await by('丁丽'))
  await shot(page, '05_history')
})
await check('and can be taken back and done again', async () => {
  await page.click('.notice >> text=撤销')
  await page.waitForFunction(() => /已撤销/.test(document.body.innerText))
  await page.waitForFunction(() => !/15400001234/.test(document.querySelector('.sum').innerText))
  await page.locator('.hist button', { hasText: '恢复这个值' }).first().waitFor()
  await page.locator('.hist > ol > li', { hasText: '15400001234' }).last().locator('text=恢复这个值').first().click()
  await page.waitForFunction(() => /15400001234/.test(document.querySelector('.sum').innerText))
})
await check('a conflict is shown with both sides and decided', async () => {
  await go('/conflicts')
  await page.waitForSelector('.sides article')
  const words = await text('.sides')
  for (const w of ['马建国', '丁丽', '去了三次，门锁着', '邻居说已经搬到兰州', '空户', '迁出']) if (!words.includes(w)) throw new Error('no ' + w)
  await shot(page, '06_conflicts')
  await page.fill('#why', '打通了电话，确实搬走')
  await page.locator('.sides article', { hasText: '迁出' }).locator('button').click()
  await page.waitForFunction(() => /没有分歧/.test(document.body.innerText))
})
const person = await page.evaluate(async () => (await (await fetch('api/records/person?limit=1&offset=3', { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json()).records[0].id)
for (const [name, to, wanted] of [
  ['07_person', '/record/person/' + person, '.hist ol li'], ['08_people', '/list/person', 'table.grid tbody tr'], ['09_new_visit', '/new/visit?household_id=' + house, 'form .fields'],
  ['30_report', '/report/labour', 'table.grid tbody tr'], ['31_report_grids', '/report/visits', '.picture canvas'], ['32_types', '/types', '.types li'],
  ['33_duplicates', '/duplicates', '.empty'], ['34_sticks', '/sticks', '.page .empty, .page ul'], ['35_changes', '/changes', 'table.grid'], ['36_ruled', '/ruled', '.page'],
])
  await check('the page ' + to.replace(/[0-9a-f]{32}/, '…') + ' is there', async () => {
    await go(to)
    await page.waitForSelector(wanted)
    await shot(page, name)
  })
await check('a form that was opened from a household names it', async () => {
  await go('/new/visit?household_id=' + house)
  await page.waitForFunction(() => /1号楼1单元101室/.test(document.querySelector('.field').innerText))
})
await check('a list goes out as an Excel file', async () => {
  await go('/list/household')
  await page.click('text=导出')
  await shot(page, '37_export')
  const [file] = await Promise.all([page.waitForEvent('download'), page.click('dialog[open] button[type=submit]')])
  if (!file.suggestedFilename().endsWith('.xlsx')) throw new Error(file.suggestedFilename())
})
await check('what was typed survives a kill of the browser, and nobody reads it before the PIN', async () => {
  await go('/new/visit')
  await page.waitForSelector('form .fields')
  await page.click('text=项可填')
  await page.locator('.field', { hasText: '走访记录' }).locator('textarea').fill('老人说想把羊棚修一修')
  await page.waitForTimeout(800)
  const stored = await page.evaluate(() => JSON.stringify({ ...localStorage }))
  if (!/huce\.draft/.test(stored) || /羊棚|visit/.test(stored)) throw new Error(stored.slice(0, 300))
})
const crashed = context.browser() ?? null
await context.close()
void crashed

const again = await open('profile')
await check('after the restart it is there again', async () => {
  await unlock(again.page)
  await again.page.waitForFunction(() => /没填完的表/.test(document.body.innerText))
  await again.page.goto(base + '#/new/visit')
  await again.page.waitForSelector('form .fields')
  const value = await again.page.locator('.field', { hasText: '走访记录' }).locator('textarea').inputValue()
  equal(value, '老人说想把羊棚修一修')
})
await check('locking leaves nothing to read', async () => {
  await again.page.click('text=锁定')
  await again.page.waitForSelector('#pin')
  return !/三甲集|622924|羊棚/.test(await again.page.content())
})
await check('the browser had nothing to complain of, and asked nobody but this machine', async () => equal([...complaints, ...again.complaints], []))
await again.context.close()
finish()
