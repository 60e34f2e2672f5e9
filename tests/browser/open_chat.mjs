// Opens the chat of a fresh mock server in a fresh browser profile, for one test, and sees to it that nothing went wrong unseen.
// What is done with it is left to the test.

import assert from 'node:assert/strict';

import { startMock } from './mock.mjs';

// Runs `body({ mock, page, say, bot, field })`; afterwards there must be no error in the console (but for those in `allowed`)
// and no violation of the page's policy. `server` and `browserOptions` go to the mock and the browser.
export async function withChat(browser, { server = {}, browserOptions = {}, before, allowed = null } = {}, body) {
  const mock = await startMock(server);
  const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', ...browserOptions });
  profile.setDefaultTimeout(8000);
  const wrong = [];
  await profile.exposeFunction('reportViolation', (what) => wrong.push(`policy: ${what}`));
  await profile.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => globalThis.reportViolation(`${event.violatedDirective} ${event.blockedURI}`));
  });
  const watch = (page) => {
    page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
    page.on('console', (line) => { if (line.type() === 'error' && !allowed?.test(line.text())) wrong.push(`console: ${line.text()}`); });
  };
  profile.on('page', watch);
  const page = await profile.newPage();
  try {
    await before?.(page, mock);
    await page.goto(mock.address);
    const field = page.getByLabel('Write a message');
    const bot = (text) => page.locator('.message.bot', { hasText: text }).last();
    const say = async (text) => {
      await field.fill(text);
      await field.press('Enter');
    };
    await bot('What shall I do?').waitFor();
    await body({ mock, page, profile, say, bot, field });
    assert.deepEqual(wrong, []);
  } finally {
    await profile.close();
    await mock.stop();
  }
}
