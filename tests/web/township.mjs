// SPDX-License-Identifier: MulanPSL-2.0
import { check, equal, finish, judge, open, shot, unlock, base } from './web.mjs'

const [one, two] = process.argv.slice(2) // the villages' codes
const { context, page, complaints } = await open('profile')
context.setDefaultTimeout(120000) // half a year of a township is computed, however slow the machine
const text = (selector) => page.textContent(selector)
const go = async (to) => { await page.goto(base + '#' + to); await page.waitForTimeout(50) }
const has = async (selector, ...words) => { const all = await text(selector); for (const w of words) if (!all.includes(w)) throw new Error(`no ${w} in: ${all.slice(0, 400)}`) }
// What the service answers, beside the page.
const ask = (path) => page.evaluate(async (p) => (await fetch('api/' + p, { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json(), path)
const figure = (title, row) => page.locator('section.box', { hasText: title }).locator('tr', { hasText: row }).locator('td')
const number = async (cell) => Number((await cell.textContent()).replace(/[,%]/g, ''))

await unlock(page)
await check('pictures: who works how and where, the share of villages, the day, beside numbers', async () => {
  await go('/charts')
  await page.waitForFunction(() => document.querySelectorAll('.picture canvas').length === 5)
  await has('.page', '17 个单位，其中 2 个已上报', '怎样就业', '在哪里就业', '半年来', '各村缺的户数', '网格树', '口径')
  const report = await ask('report/labour')
  equal(await number(figure('在哪里就业', '省外')), report.rows[0].place_4)
  equal(await number(figure('怎样就业', '就业工厂')), report.rows[0].mode_5)
  await judge(page)
  await shot(page, '60_charts')
  await page.locator('.tree').scrollIntoViewIfNeeded()
  await shot(page, '61_charts_tree')
})
await check('they are told apart without colours on paper', async () => {
  await page.emulateMedia({ media: 'print' })
  await shot(page, '62_charts_print')
  equal(await page.evaluate(() => [...document.querySelectorAll('.picture canvas')].every((c) => c.getBoundingClientRect().width > 100)), true)
  await page.emulateMedia({ media: null })
})
let abroad = 0
await check('a number opens into the records behind it, with the keyboard', async () => {
  abroad = await number(figure('在哪里就业', '省外'))
  await figure('在哪里就业', '省外').locator('a').focus()
  await page.keyboard.press('Enter')
  await page.waitForURL('**/figure/**')
  await page.waitForSelector('.page table.grid tbody tr')
  equal(await page.evaluate(() => Number(/([\d,]+) 条/.exec(document.querySelector('.page > header').innerText)[1].replace(',', ''))), abroad)
  await judge(page)
  await shot(page, '63_figure')
  await page.focus('table.grid tbody')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/record/person/**')
  await page.goBack()
  await page.goBack()
  await page.waitForSelector('.picture canvas')
})
await check('a column does so with the mouse', async () => {
  await page.waitForFunction(() => document.querySelectorAll('.picture canvas').length === 5)
  const canvas = page.locator('section.box', { hasText: '怎样就业' }).locator('canvas').first()
  const size = await canvas.boundingBox()
  for (let y = 0.1; y < 0.95 && !/figure/.test(page.url()); y += 0.05) await canvas.click({ position: { x: size.width * 0.3, y: size.height * y } })
  await page.waitForURL('**/figure/labour/mode_**')
})
await check('the villages\' figures are of the villages', async () => {
  await go('/charts')
  await page.waitForFunction(() => document.querySelectorAll('.picture canvas').length === 5)
  const report = await ask('report/units')
  for (const code of [one, two]) {
    const row = report.rows.find((r) => r.code === code)
    const cells = figure('两条底线', row.unit)
    equal([await number(cells.nth(0)), await number(cells.nth(1))], [row.no_channel, row.no_stable])
  }
})

// ---- the township over its units ----
await check('the township opens into villages, grids, households, with the keyboard', async () => {
  await go('/units')
  await page.waitForFunction(() => /17 个村，15 个没有消息/.test(document.querySelector('.page > header')?.innerText ?? ''))
  await page.waitForFunction(() => !/正在算/.test(document.querySelector('.page').innerText))
  await judge(page)
  await shot(page, '64_units')
  const report = await ask('report/grids')
  const sector = report.rows.find((r) => r.code === one && !r.parent), grid = report.rows.find((r) => r.parent === sector.id)
  for (const name of [sector.unit, sector.grid, grid.grid]) {
    await page.getByRole('button', { name, exact: true }).focus()
    await page.keyboard.press('Enter')
  }
  await page.waitForURL('**/list/household')
  await page.waitForFunction((n) => new RegExp('^' + n + ' 条$').test(document.querySelector('.page > header span')?.innerText ?? ''), String(grid.households))
})
await check('somebody who was linked in two villages counts once above them', async () => {
  const report = await ask('report/units')
  const [all, a, b] = ['', one, two].map((code) => report.rows.find((r) => r.code === code))
  equal(all.people, a.people + b.people)
  const people = await ask('records/person?limit=1')
  equal(people.total, all.people)
})
await check('who is silent stands first, with who should write; what only that computer knows is not guessed', async () => {
  await go('/units')
  await page.waitForSelector('.debt tbody tr')
  equal(await page.locator('.debt tbody tr.quiet').count(), 15)
  const last = await page.locator('.debt tbody tr').nth(16).innerText()
  for (const w of ['有消息']) if (!last.includes(w)) throw new Error(last)
  await has('.debt', '马建国', '丁丽', '还没有人加入', '从来没有上报')
  await page.locator('.debt').scrollIntoViewIfNeeded()
  await judge(page)
  await shot(page, '65_debt')
})
await check('members and grants are those of the registry', async () => {
  const { members } = await ask('units')
  equal(members.map((m) => m.name).sort(), ['丁丽', '苏镇长', '马建国', '县级登记员'].sort())
  await has('.members', '马建国', '丁丽', '苏镇长', '乡镇', '有效到')
  await page.locator('.members').scrollIntoViewIfNeeded()
  await judge(page)
  await shot(page, '66_members')
})
await check('a list is narrowed to a village', async () => {
  await go('/list/person')
  await page.waitForSelector('.unit')
  await page.click('.unit')
  const report = await ask('report/units'), row = report.rows.find((r) => r.code === two)
  await page.getByRole('option', { name: row.unit }).click()
  await page.waitForFunction(() => /2,\d\d\d 条/.test(document.querySelector('.page > header').innerText))
  await judge(page)
  await shot(page, '67_list_of_a_village')
})
await check('work is handed down to two villages at once', async () => {
  await go('/dispatch/request')
  await page.waitForSelector('form .fields')
  for (const name of ['三甲集社区居民委员会', '广惠社区居民委员会']) {
    await page.click('form .el-select')
    await page.getByRole('option', { name }).click()
    await page.keyboard.press('Escape')
  }
  for (const [field, word] of [['来源', '12345'], ['类别', '求助']]) {
    await page.locator('.field', { hasText: field }).locator('input').first().click()
    await page.keyboard.type(word)
    await page.getByRole('option', { name: word }).first().click()
  }
  await page.locator('.field', { hasText: '内容' }).locator('textarea, input').first().fill('请核实两户的饮水')
  await judge(page)
  await shot(page, '68_dispatch')
  await page.keyboard.press('Control+Enter')
  await page.waitForFunction(() => document.querySelectorAll('.page table.grid tbody tr').length === 2)
  await has('.page table', '三甲集社区居民委员会', '广惠社区居民委员会', '请核实两户的饮水')
})
await check('the audit is begun from the page, watched, and says what it found', async () => {
  await go('/audit')
  await page.waitForSelector('text=还没有核对过')
  await page.click('text=开始核对')
  await page.waitForSelector('text=核对无误')
  equal(await page.locator('.page tbody tr').count(), (await ask('status')).ledgers.length)
  await judge(page)
  await shot(page, '69_audit')
})
await check('history is found by ledger and person', async () => {
  await go('/changes')
  await page.getByLabel('谁', { exact: true }).fill('丁丽')
  await page.waitForFunction(() => /广惠社区居民委员会/.test(document.querySelector('.page tbody')?.innerText ?? '') && /丁丽/.test(document.querySelector('.page tbody').innerText))
  await shot(page, '70_changes_of_a_person')
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
