// SPDX-License-Identifier: MulanPSL-2.0
// Everyday work, with the clicks and keys that it takes beyond what is typed as data: choosing in a list counts as one,
// going to the next field as one.
import { check, equal, finish, open, shot, unlock, base } from './web.mjs'

const [part, house] = process.argv.slice(2)
const { context, page, complaints } = await open('profile-' + part)
const go = async (to) => { await page.goto(base + '#' + to); await page.waitForTimeout(50) }
let steps = 0
const click = async (where) => { steps++; await (typeof where === 'string' ? page.locator(where).first() : where).click() }
const key = async (name) => { steps++; await page.keyboard.press(name) }
const type = (words) => page.keyboard.type(words, { delay: 5 })
const says = (words) => page.waitForFunction((w) => new RegExp(w).test(document.body.innerText), words)
const focused = (id) => page.waitForFunction((i) => document.activeElement?.id === i || document.activeElement?.closest('.input')?.querySelector('#' + i), id)
// In a list of codes: what is typed finds one, Enter takes it.
async function choose(words) {
  await type(words)
  await page.waitForFunction((w) => [...document.querySelectorAll('.el-select-dropdown__item')].some((e) => e.offsetParent && e.innerText.includes(w)), words)
  await page.waitForTimeout(150)
  await key('Enter')
}
const ask = (path, body) => page.evaluate(async ([p, b]) => (await fetch('api/' + p, { method: b ? 'POST' : 'GET', headers: { 'Huce-Session': sessionStorage.getItem('huce.session'), ...(b ? { 'Content-Type': 'application/json' } : {}) }, body: b ? JSON.stringify(b) : undefined })).json(), [path, body])
const table = 'table.grid tbody'

await unlock(page)
if (part === 'day') {
  await check('a baby is added to a household in at most 8 steps, with where it belongs', async () => {
    await go('/record/household/' + house)
    await page.waitForSelector('.people tbody tr')
    const before = await page.locator('.people tbody tr').count()
    steps = 0
    await click('text=加一人')
    await page.waitForSelector('dialog[open] #p-name')
    await focused('p-name')
    await type('马晓雨')
    await key('Tab')
    await choose('女')
    await key('Tab')
    await type('2026-11-20')
    await key('Tab')
    await choose('孙')
    await shot(page, '80_baby')
    await click('dialog[open] button[type=submit]')
    await says('已存在本机')
    await page.waitForFunction((n) => document.querySelectorAll('.people tbody tr').length === n + 1, before)
    if (!/马晓雨/.test(await page.textContent('.people'))) throw new Error(await page.textContent('.people'))
    console.log(`# ${steps} steps`)
    if (steps > 8) throw new Error(steps + ' steps')
  })
  await check('a visit with a request in at most 6, in one save', async () => {
    await page.waitForTimeout(200)
    steps = 0
    await click('header >> text=记走访')
    await page.waitForSelector('form .fields')
    await focused('f-kind')
    await choose('帮扶')
    await click('text=同时登记一条诉求')
    await focused('r-kind')
    await choose('求助')
    await key('Tab')
    await type('门前的路坏了，雨天老人出不了门')
    await shot(page, '81_visit_with_request')
    await key('Control+Enter')
    await page.waitForURL('**/record/household/**')
    console.log(`# ${steps} steps`)
    if (steps > 6) throw new Error(steps + ' steps')
    const { records } = await ask(`records/household/${house}/archive`)
    const visit = records.find((r) => r.type === 'visit' && r.fields.request_ids?.length)
    const request = records.find((r) => r.type === 'request') ?? (visit && await ask('records/request/' + visit.fields.request_ids[0]))
    equal([request.fields.text, request.fields.source, request.fields.household_id], ['门前的路坏了，雨天老人出不了门', '4', house])
  })
  await check('a conflict is decided in at most 3', async () => {
    await go('/')
    await page.waitForSelector('.todo li')
    steps = 0
    await click('.todo >> text=分歧等您决定')
    await page.waitForSelector('.sides article')
    await click(page.locator('.sides article', { hasText: '迁出' }).locator('button'))
    await says('没有分歧')
    console.log(`# ${steps} steps`)
    if (steps > 3) throw new Error(steps + ' steps')
  })
}
if (part === 'many') {
  const ids = (await ask('records/household?limit=50')).records.map((r) => r.id)
  const grades = async (n) => (await Promise.all(ids.slice(0, n).map((id) => ask('records/household/' + id)))).map((r) => r.fields.hh_type)
  const before = await grades(5)
  await check('rows are chosen with the keyboard', async () => {
    await go('/list/household')
    await page.waitForFunction(() => document.querySelectorAll('table.grid tbody tr').length === 50)
    await page.focus(table)
    for (let i = 0; i < 5; i++) {
      await page.keyboard.press('Space')
      await page.keyboard.press('ArrowDown')
    }
    await says('已选 5 条')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Space')
    await says('已选 4 条')
    await page.keyboard.press('Space')
    await says('已选 5 条')
  })
  await check('what would become of each is shown before anything is saved', async () => {
    // Meanwhile one of them was changed by somebody else.
    const one = await ask('records/household/' + ids[2])
    await page.evaluate(async ([id, version]) => fetch('api/records/household/' + id, { method: 'PATCH', headers: { 'Huce-Session': sessionStorage.getItem('huce.session'), 'Content-Type': 'application/json' }, body: JSON.stringify({ fields: { hh_type: '6' }, version }) }), [ids[2], one.version])
    await page.click('text=一起改…')
    await page.waitForSelector('dialog[open] #b-field')
    await page.focus('#b-field')
    await type('户类型')
    await page.waitForTimeout(200)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#b-value')
    await page.waitForTimeout(100)
    await type('边缘')
    await page.waitForTimeout(200)
    await page.keyboard.press('Enter')
    await page.click('dialog[open] button[type=submit]')
    await says('4 条会改')
    await says('1 条改不了')
    await shot(page, '82_batch_preview')
    equal(await grades(2), before.slice(0, 2))
  })
  await check('then saved at once, the others left as they are', async () => {
    await page.click('dialog[open] button[type=submit]')
    await says('已存：4 条')
    const now = await grades(5)
    equal([now[0] === now[1] && now[1] === now[3] && now[3] === now[4] && now[0] !== before[0], now[2]], [true, '6'])
  })
  await check('and taken back, but for what somebody has changed since', async () => {
    const one = await ask('records/household/' + ids[1])
    await page.evaluate(async ([id, version]) => fetch('api/records/household/' + id, { method: 'PATCH', headers: { 'Huce-Session': sessionStorage.getItem('huce.session'), 'Content-Type': 'application/json' }, body: JSON.stringify({ fields: { hh_type: '1' }, version }) }), [ids[1], one.version])
    await page.click('.notice >> text=撤销')
    await says('已撤销，1 条已被别人改过')
    const now = await grades(5)
    equal([now[0], now[1], now[3], now[4]], [before[0], '1', before[3], before[4]])
  })
}
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
