// SPDX-License-Identifier: MulanPSL-2.0
import { writeFileSync } from 'node:fs'
import { check, equal, finish, base, PIN } from './web.mjs'
import { firefox } from './marionette.mjs'

const [house] = process.argv.slice(2)
const page = await firefox(process.cwd() + '/firefox')
const shot = async (name) => { if (process.env.HUCE_SHOTS) writeFileSync(`${process.env.HUCE_SHOTS}/${name}.png`, await page.picture()) }
console.log('# Firefox ' + page.version)

await check('before the PIN nothing of the village is shown', async () => {
  await page.go(base)
  await page.wait('#pin')
  return page.run(() => !/三甲集|622924/.test(document.body.innerText))
})
await check('the PIN opens the home page', async () => {
  // What goes wrong from here on is kept, as a person's console would.
  await page.run(() => { window.complaints = []; addEventListener('error', (e) => window.complaints.push(e.message)); addEventListener('unhandledrejection', (e) => window.complaints.push(String(e.reason))); addEventListener('securitypolicyviolation', (e) => window.complaints.push('forbidden: ' + e.blockedURI)) }, null)
  await page.type('#pin', PIN)
  await page.enter('#pin')
  await page.wait('.home .todo li')
  await page.says('马建国')
  await shot('75_firefox_home')
})
await check('the list of households comes, and opens with the keyboard', async () => {
  await page.click('//nav//a[@href="#/list/household"]')
  await page.wait('table.grid tbody tr:nth-child(50)')
  await page.type('.find input', '1号楼1单元101')
  await page.wait('//table//td[contains(., "1号楼1单元101室")]')
  await shot('75_firefox_list')
  await page.run(() => document.querySelector('table.grid tbody').focus())
  await page.enter('table.grid tbody')
  await page.wait('.people tbody tr')
})
await check('a field is changed in place and says where it is', async () => {
  await page.go(base + '#/record/household/' + house)
  await page.wait('.people tbody tr')
  const cell = '//*[contains(concat(" ", @class, " "), " cell ") and contains(., "户联系电话")]'
  await page.click(cell + '//button')
  await page.retype(cell + '//input', '15400001234')
  await page.enter(cell + '//input')
  await page.says('已存：户联系电话')
  await shot('75_firefox_household')
})
await check('a list of choices opens, and one is taken', async () => {
  await page.go(base + '#/new/visit?household_id=' + house)
  await page.type('#f-kind', '帮扶')
  await page.wait('//li[contains(@class, "el-select-dropdown__item") and contains(., "帮扶")]')
  await page.enter('#f-kind')
  await page.says('帮扶')
  await shot('75_firefox_form')
})
await check('pictures are drawn', async () => {
  await page.go(base + '#/report/visits')
  await page.wait('.picture canvas')
})
await check('the browser had nothing to complain of', async () => equal(await page.run(() => window.complaints), []))
await check('locking leaves nothing to read', async () => {
  await page.click('//header//button[contains(., "锁定")]')
  await page.wait('#pin')
  return page.run(() => !/三甲集|622924/.test(document.documentElement.innerHTML))
})
await page.close()
finish()
