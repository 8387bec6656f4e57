// SPDX-License-Identifier: MulanPSL-2.0
import { writeFileSync } from 'node:fs'
import { check, equal, finish, open, shot, unlock, base } from './web.mjs'

const [house, request, notice] = process.argv.slice(2)
const [name, idNo, phone] = JSON.parse(process.env.HUCE_PERSON)
const { context, page, complaints } = await open('profile')
const go = async (to, wanted) => { await page.goto(base + '#' + to); await page.waitForSelector(wanted) }
const shots = process.env.HUCE_SHOTS
// The browser's own PDF: how many sheets, and are they A4 (595 × 842 points)?
async function paper(as) {
  const pdf = await page.pdf({ preferCSSPageSize: true, printBackground: false })
  if (shots) {
    writeFileSync(`${shots}/${as}.pdf`, pdf)
    await page.emulateMedia({ media: 'print' })
    await page.setViewportSize({ width: 794, height: 1123 })
    await page.screenshot({ path: `${shots}/${as}.png` })
    await page.emulateMedia({ media: null })
    await page.setViewportSize({ width: 1366, height: 768 })
  }
  const text = pdf.toString('latin1')
  const boxes = [...text.matchAll(/\/MediaBox \[\s*0 0 ([\d.]+) ([\d.]+)/g)].map((m) => [Math.round(m[1]), Math.round(m[2])])
  for (const [w, h] of boxes) if (Math.abs(w - 595) > 2 || Math.abs(h - 842) > 2) throw new Error(`a sheet of ${w} × ${h}`)
  return boxes.length
}

await unlock(page)
await check('the card of a household is one sheet with members, plan, measures, visits', async () => {
  await go('/record/household/' + house, '.people tbody tr')
  await page.click('text=打印卡')
  await page.waitForSelector('.sheet h1')
  const words = await page.textContent('.sheet')
  for (const w of ['家庭成员', '2026', '丁丽', 'A-01', '想再养几只羊', '户主签字']) if (!words.includes(w)) throw new Error('no ' + w)
  await shot(page, '50_card_screen')
  equal(await paper('50_card'), 1)
})
await check('on paper there is nothing of the page around it', async () => {
  await page.emulateMedia({ media: 'print' })
  const seen = await page.evaluate(() => ['.rail', '.top', '.paper > .tools'].filter((s) => document.querySelector(s)?.getClientRects().length))
  await page.emulateMedia({ media: null })
  equal(seen, [])
})
await check('a receipt comes in two halves on one sheet', async () => {
  await go('/record/request/' + request, '.fields')
  await page.click('text=打印回执')
  await page.waitForSelector('.half')
  equal(await page.locator('.half').count(), 2)
  equal((await page.textContent('.stub')).includes('2026-0007'), true)
  equal(await paper('51_receipt'), 1)
})
await check('a list for the wall is masked, has its heading on every sheet, and says what it is', async () => {
  await go('/list/person', 'table.grid tbody tr')
  await page.click('text=打印公示')
  await page.waitForSelector('.sheet tbody tr')
  await page.getByLabel('时间、咨询电话').fill('公示 7 天，有不同意见请打村委会电话')
  const words = await page.textContent('.sheet')
  for (const secret of [idNo, phone]) if (secret && words.includes(secret)) throw new Error('shows ' + secret)
  if (words.includes(name)) throw new Error('shows ' + name)
  equal(words.includes('公示 7 天'), true)
  await shot(page, '52_public_screen')
  const sheets = await paper('52_public')
  if (sheets < 20) throw new Error(`${sheets} sheets`)
})
await check('a public notice prints the words that were made for the wall', async () => {
  await go('/record/notice/' + notice, '.fields')
  await page.click('text=打印公示')
  await page.waitForSelector('.sheet .body')
  equal((await page.textContent('.sheet')).includes('公示时间：2026-11-28 — 2026-12-05'), true)
  equal(await paper('53_notice'), 1)
})
await check('door plates: codes are made for who has none, twelve on a sheet', async () => {
  await go('/list/household', '.find input')
  await page.fill('.find input', '1号楼1单元')
  await page.waitForFunction(() => { const n = document.querySelectorAll('table.grid tbody tr').length; return n > 0 && n < 50 && [...document.querySelectorAll('table.grid tbody tr')].every((r) => r.innerText.includes('1号楼1单元')) })
  await page.click('text=门牌码')
  await page.waitForSelector('text=户编码')
  const n = await page.evaluate(() => Number(/的 (\d+) 户/.exec(document.body.innerText)[1]))
  await page.click('text=户编码')
  await page.waitForFunction((k) => document.querySelectorAll('.sheet svg').length === k, n)
  writeFileSync('plates.count', n + '\n')
  await shot(page, '54_plates_screen')
  equal(await paper('54_plates'), Math.ceil(n / 12))
  for (const k of [0, 5]) {
    await page.locator('.sheet li').nth(k).screenshot({ path: `plate${k}.png` })
    const door = await page.locator('.sheet li b').nth(k).textContent()
    const token = await page.evaluate(async (d) => {
      const ask = async (p) => (await fetch('api/' + p, { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json()
      const h = (await ask('records/household?where=' + encodeURIComponent(`address = '${d}'`))).records[0]
      return (await ask('records/door_code?where=' + encodeURIComponent(`household_id = '${h.id}'`))).records[0].fields.token
    }, door)
    writeFileSync(`plate${k}.txt`, token + '\n')
    writeFileSync('scan.json', JSON.stringify({ door, token }))
  }
})
await check('a scanner in the search box opens the door', async () => {
  const { readFileSync } = await import('node:fs')
  const { door, token } = JSON.parse(readFileSync('scan.json', 'utf8'))
  await go('/', '.home')
  await page.keyboard.press('/')
  await page.keyboard.insertText(token)
  await page.waitForFunction((d) => document.querySelector('h1')?.textContent.includes(d), door)
})
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
