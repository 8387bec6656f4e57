// SPDX-License-Identifier: MulanPSL-2.0
import { check, equal, finish, open, shot, unlock, base } from './web.mjs'

const house = process.env.HUCE_HOUSE, visit = process.env.HUCE_VISIT
const { context, page, complaints } = await open('profile', ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream'])
const says = (words) => page.waitForFunction((w) => new RegExp(w).test(document.body.innerText), words)
const go = async (to) => { await page.goto(base + '#' + to); await page.waitForTimeout(80) }
// A picture that was really decoded, not only an element.
const seen = (selector) => page.waitForFunction((s) => { const all = [...document.querySelectorAll(s)]; return all.length > 0 && all.every((i) => i.complete && i.naturalWidth > 0) }, selector)
const thumbs = (n, where = '') => page.waitForFunction(([k, w]) => document.querySelectorAll(`${w} .thumb`).length === k, [n, where])

await unlock(page)
if (process.argv[2] === 'without') {
  await check('without the county a colleague\'s photo is small, and says that the large one is not here', async () => {
    await go('/record/household/' + house)
    await seen('.thumb img')
    await page.click('.thumb')
    await says('不在这台电脑上|正在从县里取回')
    await shot(page, '60_on_its_way')
    await page.keyboard.press('Escape')
    await page.waitForSelector('dialog[open]', { state: 'detached' })
  })
  await check('what is missing is listed', async () => {
    await page.click('text=哪些在这台电脑上')
    await says('不在这台电脑上：1 张')
    await shot(page, '61_missing')
  })
  await check('photos are chosen in a form; a broken one is named, the others are there', async () => {
    await go('/new/visit?household_id=' + house)
    await page.waitForSelector('.photos')
    await page.locator('.photos input[type=file]').setInputFiles(['p1.jpg', 'broken.jpg', 'p2.jpg'])
    await thumbs(2, '.photos')
    await seen('.photos .thumb img')
    await says('broken.jpg：')
  })
  await check('one is taken with the camera, and one taken out again', async () => {
    await page.click('.photos >> text=拍照…')
    await page.waitForSelector('dialog[open] .btn.main:not([disabled])')
    await shot(page, '62_camera')
    await page.click('dialog[open] .btn.main')
    await thumbs(3, '.photos')
    await page.locator('.photos .out').nth(1).click()
    await thumbs(2, '.photos')
    await shot(page, '63_photo_form')
  })
  await check('what was chosen survives a reload before it is saved', async () => {
    await page.waitForTimeout(600)
    await page.reload()
    await page.waitForSelector('.photos')
    await thumbs(2, '.photos')
  })
  await check('it is saved with the visit and shown with the household', async () => {
    await page.locator('.field', { hasText: '走访类别' }).locator('input').first().click()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL('**/record/household/**')
    await thumbs(3, '[aria-labelledby=photos]')
    await seen('.thumb img')
    await page.locator('#photos').scrollIntoViewIfNeeded()
    await shot(page, '64_household_photos')
  })
  await check('and looked at, large, with the keyboard', async () => {
    await page.locator('.thumb').first().focus()
    await page.keyboard.press('Enter')
    await seen('dialog[open] .stage img')
    await page.keyboard.press('ArrowRight')
    await says('2 / 3')
    await seen('dialog[open] .stage img')
    await shot(page, '65_large')
    await page.keyboard.press('Escape')
  })
  await check('a photo is added to a visit that is there, saved at once, and taken back', async () => {
    await go('/record/visit/' + visit)
    await thumbs(1, '.photos')
    await page.locator('.photos input[type=file]').setInputFiles('p3.jpg')
    await says('已存：照片')
    await thumbs(2, '.photos')
    await page.click('.notice >> text=撤销')
    await thumbs(1, '.photos')
    await page.locator('.photos input[type=file]').setInputFiles('p3.jpg')
    await thumbs(2, '.photos')
  })
} else {
  await check('with the county it comes when somebody looks', async () => {
    await go('/record/visit/' + visit)
    await thumbs(2, '.photos')
    await page.locator('.thumb').first().click()
    const width = async () => { await seen('dialog[open] .stage img'); return page.evaluate(() => document.querySelector('dialog[open] .stage img').naturalWidth) }
    const one = await width()
    await page.keyboard.press('ArrowRight')
    await says('2 / 2')
    equal([one, await width()].sort(), [1200, 600]) // both were taken upright
    await page.keyboard.press('Escape')
  })
  await check('then nothing is missing', async () => {
    await go('/pictures')
    await says('都在这台电脑上')
    await says('不在这台电脑上：0 张')
    await shot(page, '66_pictures')
  })
}
await check('the browser had nothing to complain of, and asked nobody but this machine', async () => equal(complaints, []))
await context.close()
finish()
