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
await context.close()
