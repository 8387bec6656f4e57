// SPDX-License-Identifier: MulanPSL-2.0
// Every page judged by axe (WCAG 2 A and AA), at three sizes of text without a line that runs out of the window; and walked
// through by keyboard: everything can be reached, is seen when it has the focus, and dialogs give the focus back.
import { check, equal, finish, judge, open, shot, unlock, base } from './web.mjs'

const [house] = process.argv.slice(2)
const { context, page, complaints } = await open('profile')
const go = async (to) => { await page.goto(base + '#' + to); await page.waitForTimeout(50) }
async function fits(where) {
  for (const [width, height] of [[1366, 768], [1024, 700]])
    for (const size of ['标准字', '大字', '特大字']) {
      await page.setViewportSize({ width, height })
      const button = page.getByRole('button', { name: size, exact: true })
      if (await button.count()) await button.first().click()
      await page.waitForTimeout(60)
      const over = await page.evaluate(() => {
        const root = document.documentElement
        if (root.scrollWidth <= root.clientWidth + 1) return ''
        const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1 && !e.closest('.scroll'))
        return `${root.scrollWidth} of ${root.clientWidth}: ${wide.slice(0, 3).map((e) => e.tagName + '.' + e.className).join(' ')}`
      })
      if (over) throw new Error(`${where} at ${width} with ${size}: ${over}`)
    }
  await page.setViewportSize({ width: 1366, height: 768 })
  await page.getByRole('button', { name: '标准字', exact: true }).first().click().catch(() => {})
}

await check('the page that asks for the PIN is judged good', async () => {
  await page.goto(base)
  await page.waitForSelector('#pin')
  await judge(page)
})
await unlock(page)
const ask = (path) => page.evaluate(async (p) => (await fetch('api/' + p, { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json(), path)
const person = (await ask('records/person?limit=1&offset=3')).records[0].id
for (const [to, ready] of [
  ['/', '.todo li'], ['/list/household', 'tbody tr'], ['/list/person', 'tbody tr'], ['/list/visit', '.tools'], ['/record/household/' + house, '.people tbody tr'],
  ['/record/person/' + person, '.hist ol li'], ['/new/visit?household_id=' + house, 'form .fields'], ['/new/household', 'form .fields'], ['/conflicts', '.sides article'],
  ['/ruled', '.page'], ['/returned', '.page'], ['/duplicates', '.page'], ['/drafts', '.page'], ['/report', '.page'], ['/report/labour', 'tbody tr'], ['/report/visits', '.picture canvas'],
  ['/charts', 'canvas'], ['/units', '.page'], ['/audit', '.page'], ['/import', '.page'], ['/import/person', '.page'], ['/sticks', '.page'], ['/pictures', '.page'], ['/changes', 'table.grid'],
  ['/types', '.types li'], ['/me', '.card'], ['/print/doors', '.page, .sheet, main'], ['/print/list/person', '.page, .sheet, main'], ['/print/household/' + house, '.page, .sheet, main'],
]) {
  const called = to.replace(/[0-9a-f]{32}/, '…')
  await check(called + ' is judged good', async () => {
    await go(to)
    await page.waitForSelector(ready)
    await page.waitForTimeout(150)
    await judge(page)
  })
  await check(called + ' fits at any size of text', () => fits(called))
}
await check('an open list of choices is judged good', async () => {
  await go('/new/visit')
  await page.waitForSelector('form .fields')
  await page.focus('#f-kind')
  await page.keyboard.press('ArrowDown')
  await page.waitForSelector('.el-select-dropdown__item:visible')
  await judge(page)
  await page.keyboard.press('Escape')
})
await check('so are the dialogs', async () => {
  await go('/record/household/' + house)
  for (const opens of ['加一人', '作废…', '迁往别村…']) {
    await page.locator('button', { hasText: opens }).first().click()
    await page.waitForSelector('dialog[open]')
    await judge(page)
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog[open]', { state: 'detached' })
    equal(await page.evaluate((t) => document.activeElement?.innerText.includes(t), opens), true)
  }
})
await check('in English, too', async () => {
  await page.getByRole('button', { name: 'English' }).first().click()
  await page.waitForTimeout(200)
  await go('/')
  await page.waitForSelector('.todo li')
  await judge(page)
  const chinese = await page.evaluate(() => [...document.querySelectorAll('.home h1, .home h2, nav a, header button')].map((e) => e.textContent).filter((s) => /[一-龥]{2,}/.test(s) && !/马建国|中文|户策/.test(s)))
  equal(chinese, [])
  await page.getByRole('button', { name: '中文' }).first().click()
})
await check('the keyboard reaches everything on the home page, in the order of the page, and it is seen', async () => {
  await go('/')
  await page.waitForSelector('.todo li')
  const wanted = await page.evaluate(() => {
    document.activeElement?.blur()
    return [...document.querySelectorAll('a[href], button, input, select, textarea, [tabindex="0"]')].filter((e) => e.offsetParent && !e.disabled && e.tabIndex >= 0).length
  })
  const seen = []
  for (let i = 0; i < wanted + 5; i++) {
    await page.keyboard.press('Tab')
    const now = await page.evaluate(() => {
      const e = document.activeElement
      if (!e || e === document.body) return null
      const s = getComputedStyle(e), p = e.parentElement && getComputedStyle(e.parentElement), box = e.getBoundingClientRect()
      e.dataset.no ??= String(Math.random())
      const marked = (x) => x && ((x.outlineStyle !== 'none' && parseFloat(x.outlineWidth) > 0) || x.boxShadow !== 'none')
      return { no: e.dataset.no, what: e.tagName + ' ' + (e.innerText || e.getAttribute('aria-label') || e.id).slice(0, 20), marked: marked(s) || marked(p) || marked(e.closest('.el-input__wrapper') && getComputedStyle(e.closest('.el-input__wrapper'))), w: box.width, h: box.height }
    })
    if (!now) continue // the end of the page; the next one is its beginning
    if (seen.some((x) => x.no === now.no)) break
    if (!now.marked) throw new Error('not seen to have the focus: ' + now.what)
    seen.push(now)
  }
  if (seen.length < wanted) throw new Error(`${seen.length} of ${wanted}: ${seen.map((x) => x.what).join(', ')}`)
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await shot(page, '90_access')
await context.close()
finish()
