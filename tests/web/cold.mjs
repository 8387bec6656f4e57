// SPDX-License-Identifier: MulanPSL-2.0
// For measure.sh: from an empty browser to a page one can use.
import { open, base, PIN } from './web.mjs'

const { context, page } = await open('profile')
let begin = performance.now()
const passed = () => Math.round(performance.now() - begin)
await page.goto(base)
await page.waitForSelector('#pin')
console.log(`page to the PIN, nothing kept by the browser: ${passed()} ms`)
begin = performance.now()
await page.fill('#pin', PIN)
await page.keyboard.press('Enter')
await page.waitForSelector('.home .sync')
console.log(`PIN to the home page: ${passed()} ms (most of it makes guessing PINs slow)`)
begin = performance.now()
await page.goto(base + '#/list/household')
await page.waitForSelector('table.grid tbody tr')
console.log(`home to the list of households: ${passed()} ms`)
begin = performance.now()
await page.click('table.grid tbody tr')
await page.waitForSelector('.people tbody tr')
console.log(`list to a household: ${passed()} ms`)
// What is typed in the search box, until what was found is on the screen.
const words = await page.evaluate(async () => (await (await fetch('api/records/person?limit=60&offset=9000', { headers: { 'Huce-Session': sessionStorage.getItem('huce.session') } })).json()).records.map((r) => r.fields.name))
const painted = await page.evaluate(async (all) => {
  const box = document.querySelector('.search input')
  const type = (s) => { box.value = s; box.dispatchEvent(new Event('input', { bubbles: true })) }
  const frame = () => new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))
  const times = []
  for (const s of all) {
    type('')
    await new Promise((r) => setTimeout(r, 200))
    const begin = performance.now()
    type(s)
    while (!document.querySelector('#hits li')?.textContent.includes(s) && performance.now() - begin < 3000) await new Promise((r) => setTimeout(r, 1))
    await frame()
    times.push(performance.now() - begin)
  }
  return times.sort((a, b) => a - b)
}, words)
console.log(`typed to painted: middle ${painted[painted.length >> 1].toFixed(0)} ms   95th ${painted[Math.floor(painted.length * 0.95)].toFixed(0)} ms`)
// A table of 4,000 rows: read, its columns recognised, every row looked at.
if (process.argv[2]) {
  await page.goto(base + '#/import/person')
  await page.waitForSelector('.drop')
  begin = performance.now()
  await page.setInputFiles('.drop ~ input[type=file]', process.argv[2])
  await page.waitForSelector('.map tbody tr')
  const read = passed()
  await page.click('text=检查 >> nth=-1')
  await page.waitForFunction(() => /还什么都没有写/.test(document.body.innerText), null, { timeout: 120000 })
  console.log(`an Excel file of 4,000 rows: ${read} ms until it is read, ${passed()} ms until every row has been looked at`)
}
await context.close()
