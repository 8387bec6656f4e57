// SPDX-License-Identifier: MulanPSL-2.0
// Firefox by its own remote protocol, Marionette: Playwright drives only a Firefox of its own making, and Debian has no
// geckodriver. A message is its length, a colon, and JSON: [0, number, command, parameters], answered by
// [1, number, error, result]. The port is chosen by the browser and written into its profile.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'

const START_MS = 60000, WAIT_MS = 30000, PAUSE_MS = 100
const pause = (ms) => new Promise((done) => setTimeout(done, ms))

// What `look` gives, as soon as it is not empty.
async function until(what, limit, look) {
  for (const end = Date.now() + limit; Date.now() < end; await pause(PAUSE_MS)) {
    const found = await look()
    if (found) return found
  }
  throw new Error(`after ${limit / 1000} s still not: ${what}`)
}

export async function firefox(profile) {
  mkdirSync(profile, { recursive: true })
  // Nothing of its own goes out: no updates, no pages of welcome, no looking for a way to the network.
  const prefs = { 'marionette.port': 0, 'app.update.disabledForTesting': true, 'datareporting.policy.dataSubmissionEnabled': false, 'network.captive-portal-service.enabled': false,
    'network.connectivity-service.enabled': false, 'browser.startup.page': 0, 'browser.aboutwelcome.enabled': false, 'toolkit.telemetry.enabled': false, 'remote.prefs.recommended': true }
  writeFileSync(profile + '/user.js', Object.entries(prefs).map(([k, v]) => `user_pref(${JSON.stringify(k)}, ${JSON.stringify(v)});\n`).join(''))
  const browser = spawn(process.env.FIREFOX ?? 'firefox-esr', ['--headless', '--no-remote', '--marionette', '--width', '1366', '--height', '768', '--profile', profile], { stdio: 'ignore', env: { ...process.env, HOME: profile, MOZ_HEADLESS: '1' } })
  let ended = false
  browser.on('exit', () => { ended = true })
  const port = await until('Firefox listens', START_MS, () => {
    if (ended) throw new Error('Firefox ended as it started')
    try { return Number(readFileSync(profile + '/MarionetteActivePort', 'utf8')) } catch { return 0 }
  })
  const socket = connect(port, '127.0.0.1')
  const waiting = new Map()
  let got = Buffer.alloc(0), number = 0
  socket.on('data', (part) => {
    got = Buffer.concat([got, part])
    for (;;) {
      const colon = got.indexOf(58), length = Number(got.subarray(0, colon).toString())
      if (colon < 0 || got.length < colon + 1 + length) return
      const message = JSON.parse(got.subarray(colon + 1, colon + 1 + length).toString())
      got = got.subarray(colon + 1 + length)
      if (!Array.isArray(message)) continue // the greeting
      const [, no, error, result] = message
      const call = waiting.get(no)
      waiting.delete(no)
      if (error) call.failed(new Error(`${error.error}: ${error.message}`))
      else call.done(result)
    }
  })
  const lost = () => { for (const call of waiting.values()) call.failed(new Error('Firefox is gone')) }
  socket.on('close', lost)
  socket.on('error', lost)
  const ask = (command, parameters = {}) => new Promise((done, failed) => {
    const text = JSON.stringify([0, ++number, command, parameters])
    waiting.set(number, { done, failed })
    socket.write(`${Buffer.byteLength(text)}:${text}`)
  })
  const { capabilities } = await ask('WebDriver:NewSession', { capabilities: { alwaysMatch: { acceptInsecureCerts: false } } })

  const page = {
    version: capabilities.browserVersion,
    go: (url) => ask('WebDriver:Navigate', { url }),
    // A function's text runs in the page; what it returns comes back.
    run: async (f, ...args) => (await ask('WebDriver:ExecuteScript', { script: `return (${f}).apply(null, arguments)`, args, newSandbox: true })).value,
    find: async (using, value) => Object.values((await ask('WebDriver:FindElement', { using, value })).value)[0],
    // An element that can be seen, by a CSS selector or, from "//" on, an XPath.
    wait: (selector) => until(selector, WAIT_MS, async () => {
      const id = await page.find(selector.startsWith('//') ? 'xpath' : 'css selector', selector).catch(() => null)
      return id && (await ask('WebDriver:IsElementDisplayed', { id }).catch(() => ({}))).value ? id : null
    }),
    // As a person does: an element that something covers cannot be clicked.
    click: async (selector) => ask('WebDriver:ElementClick', { id: await page.wait(selector) }),
    type: async (selector, text) => ask('WebDriver:ElementSendKeys', { id: await page.wait(selector), text }),
    // On its own: keys that are sent together all arrive before the page has looked at the first.
    enter: (selector) => page.type(selector, '\uE006'),
    // In place of what is there (ElementClear would take the focus away, which ends a field's editing).
    retype: async (selector, text) => { await page.type(selector, '\uE009a\uE000'); await page.type(selector, text) },
    says: (words) => until(words, WAIT_MS, () => page.run((w) => document.body.innerText.includes(w), words)),
    picture: async () => Buffer.from((await ask('WebDriver:TakeScreenshot', { full: false })).value, 'base64'),
    close: async () => {
      await ask('Marionette:Quit', { flags: ['eForceQuit'] }).catch(() => {})
      socket.destroy()
      await until('Firefox ends', WAIT_MS, () => ended).catch(() => browser.kill('SIGKILL'))
    },
  }
  return page
}
