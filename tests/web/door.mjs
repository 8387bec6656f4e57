// SPDX-License-Identifier: MulanPSL-2.0
import { execFileSync } from 'node:child_process'
import { check, equal, finish, open, shot, base, PIN } from './web.mjs'

const part = process.argv[2]
const phrase = '三岔路口的那棵 老榆树'
const { context, page, complaints } = await open('profile-' + part)
const says = (words) => page.waitForFunction((w) => new RegExp(w).test(document.body.innerText), words)
const type = (label, text) => page.getByLabel(label, { exact: true }).fill(text)

// The picture as a telephone sees it: turned, smaller, on a grey ground.
async function photo(file) {
  const { readFileSync, writeFileSync } = await import('node:fs')
  const url = 'data:image/png;base64,' + readFileSync(file).toString('base64')
  const bytes = await page.evaluate(async (u) => {
    const picture = new Image()
    picture.src = u
    await picture.decode()
    const canvas = document.createElement('canvas')
    canvas.width = 1500
    canvas.height = 1100
    const pen = canvas.getContext('2d')
    pen.fillStyle = '#b9b4a8'
    pen.fillRect(0, 0, 1500, 1100)
    pen.translate(760, 540)
    pen.rotate(0.21)
    pen.drawImage(picture, -380, -380, 760, 760)
    return canvas.toDataURL('image/jpeg', 0.7).split(',')[1]
  }, url)
  writeFileSync('photo.jpg', Buffer.from(bytes, 'base64'))
}

if (part === 'joins') {
  await check('a photo of the code is read in the browser', async () => {
    await page.goto(base)
    await says('邀请码')
    await photo('ma.png')
    await page.setInputFiles('input[type=file]', 'photo.jpg')
    await page.waitForFunction(() => /^HUCE/i.test(document.querySelector('textarea').value))
  })
  await check('a picture without a code is said in words', async () => {
    const blank = await page.evaluate(() => { const c = document.createElement('canvas'); c.width = c.height = 300; return c.toDataURL('image/png').split(',')[1] })
    await page.setInputFiles('input[type=file]', { name: 'x.png', mimeType: 'image/png', buffer: Buffer.from(blank, 'base64') })
    await says('没有认出二维码')
  })
  await check('with a PIN and a start passphrase it makes a desk', async () => {
    await type('口令', PIN)
    await type('再输一次', PIN)
    await type('启动口令', phrase)
    await shot(page, '12_first_run_filled')
    await page.click('button[type=submit]')
    await page.waitForSelector('#pin')
    equal(await page.textContent('.one'), '马建国')
  })
}
if (part === 'opens') {
  await check('at the next start the page asks for the passphrase first', async () => {
    await page.goto(base)
    await page.waitForSelector('#phrase')
    await shot(page, '13_sealed')
    await page.fill('#phrase', '不是这一句 不是的')
    await page.keyboard.press('Enter')
    await says('启动口令不对')
    await page.fill('#phrase', phrase)
    await page.keyboard.press('Enter')
    await page.waitForSelector('#pin')
  })
  await check('then the PIN, which is changed on the page', async () => {
    await page.fill('#pin', PIN)
    await page.keyboard.press('Enter')
    await page.waitForSelector('.home')
    await page.click('.who')
    await says('已加密')
    await shot(page, '14_me')
    await page.getByRole('button', { name: '改口令（PIN）' }).click()
    await type('现在的口令', PIN)
    await type('新口令', '864213')
    await type('再输一次', '864213')
    await page.click('dialog[open] button[type=submit]')
    await says('口令已改')
  })
  await check('so is the start passphrase', async () => {
    await page.click('text=换启动口令…')
    await type('现在的启动口令', phrase)
    await type('新的启动口令', '另一个口令 很长的那种')
    await type('再输一次', '另一个口令 很长的那种')
    await page.click('dialog[open] button[type=submit]')
    await says('启动口令请写在纸上锁好')
  })
  await check('a second person joins from the locked page, and both are asked for', async () => {
    await page.click('text=锁定')
    await page.click('text=忘了口令，或再加一个人')
    await page.setInputFiles('input[type=file]', 'ding.invite')
    await type('口令', '246135')
    await type('再输一次', '246135')
    await page.click('button[type=submit]')
    await says('我是')
    await shot(page, '15_two_people')
    await page.locator('label.who', { hasText: '丁丽' }).click()
    await page.fill('#pin', '246135')
    await page.keyboard.press('Enter')
    await page.waitForSelector('.home')
    equal((await page.textContent('h1')).includes('丁丽'), true)
  })
}
if (part === 'carries') {
  await check('without a network a request is written', async () => {
    await page.goto(base)
    await says('邀请码')
    await page.setInputFiles('input[type=file]', 'far.invite')
    await type('口令', PIN)
    await type('再输一次', PIN)
    await page.getByLabel(/加密存放/).uncheck()
    const [file] = await Promise.all([page.waitForEvent('download'), page.click('text=写成申请文件')])
    await file.saveAs('far.request')
    await says('带到县里')
  })
  await check('the page waits for the answer, also after a restart of the browser', async () => {
    execFileSync(process.env.HUCE_HUCED, ['join', 'accept', 'far.request', '--out', 'far.answer', '--data', 'county'], { stdio: 'ignore' })
    await page.reload()
    await says('答复文件')
    await shot(page, '16_answer')
    await page.setInputFiles('input[type=file]', 'far.answer')
    await type('口令', PIN)
    await page.click('button[type=submit]')
    await page.waitForSelector('#pin')
    equal(await page.textContent('.one'), '马国强')
  })
}
await check('the browser had nothing to complain of', async () => equal(complaints, []))
await context.close()
finish()
