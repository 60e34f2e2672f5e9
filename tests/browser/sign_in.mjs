// What may come between a link and its end, in a real browser: the page or the chat loaded anew half-way, a link opened too
// late, and a chat that is no page of ours, into which a code is typed back. It runs against a real demo: its addresses, its
// key and its store's file, in which python3 lets a link's time pass.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { linkIn, person, say } from './person.mjs';

const demo = process.env.TURNWISE_DEMO_URL;
const key = process.env.TURNWISE_DEMO_KEY;
const store = process.env.TURNWISE_DEMO_STORE;

let browser;

before(async () => {
  assert.ok(demo && key && store, 'set TURNWISE_DEMO_URL, TURNWISE_DEMO_KEY and TURNWISE_DEMO_STORE');
  browser = await launch();
});

after(async () => { await browser.close(); });

test('loaded anew at every step, the sign-in still ends once and the chat goes on with what was said', async () => {
  const { user, chat } = await person(browser, demo);
  await say(chat, 'new lead Ida Blum from Fernhill, ida@fernhill.example, 206 555 0142');
  const link = await linkIn(chat);
  await chat.reload();
  assert.equal(await linkIn(chat), link, 'the same link after the chat was loaded anew');
  const own = await user.newPage();
  await own.goto(link);
  await own.reload();
  await own.getByRole('button', { name: 'Continue' }).click();
  await own.locator('input[name="username"]').waitFor();
  await own.reload();
  await own.locator('input[name="username"]').fill('rep@example.com');
  await own.locator('input[name="password"]').fill('demo');
  await own.locator('input[name="password"]').press('Enter');
  const allow = own.getByRole('button', { name: /allow/i });
  await allow.waitFor();
  await own.reload();
  await chat.reload();
  await allow.click();
  const connected = own.getByRole('heading', { name: /^Connected as rep@example\.com/ });
  await connected.waitFor();
  assert.doesNotMatch(own.url(), /code=|state=/);
  await own.reload();
  await connected.waitFor();
  await chat.getByText('Connected as rep@example.com').first().waitFor();
  await chat.getByText('Fernhill').last().waitFor();
  await chat.locator('.choices:visible').getByRole('button', { name: /^Yes/ }).waitFor();
  assert.equal(await chat.locator('.message.bot', { hasText: 'Connected as rep@example.com' }).count(), 1);
  await own.goto(link);
  await own.getByRole('heading', { name: 'This link has already been used' }).waitFor();
  await user.close();
});

test('a link opened too late says so, and a new one is a word away', async () => {
  const { user, chat } = await person(browser, demo);
  await say(chat, 'show me all leads');
  const link = await linkIn(chat);
  letItsTimePass();
  const own = await user.newPage();
  await own.goto(link);
  await own.getByRole('heading', { name: 'This link has expired' }).waitFor();
  await say(chat, 'new link');
  await chat.waitForFunction((old) => [...document.querySelectorAll('a')].some((a) => a.textContent.includes('Connect Salesforce') && a.href !== old), link);
  await own.goto(await chat.getByRole('link', { name: 'Connect Salesforce' }).last().getAttribute('href'));
  await own.getByRole('button', { name: 'Continue' }).click();
  await allowAtTheOrg(own);
  await own.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  await chat.locator('table').first().waitFor();
  await user.close();
});

test('in a chat that is no page of ours, the code of the page is typed back, and counts in that chat alone', async () => {
  const [own, other] = [await conversation('ida'), await conversation('mallory')];
  const asked = await own.says('show me all leads');
  assert.equal(asked.awaiting.kind, 'authorization');
  await other.says('show me all leads');
  const user = await browser.newContext();
  user.setDefaultTimeout(15_000);
  const page = await user.newPage();
  await page.goto(asked.awaiting.url);
  await page.getByRole('button', { name: 'Continue' }).click();
  await allowAtTheOrg(page);
  await page.getByRole('heading', { name: 'Type this code into the chat' }).waitFor();
  await page.getByText('Never give this code to anyone').waitFor();
  const code = (await page.locator('.code').innerText()).trim();
  assert.match(code, /^\d{3}\s?\d{3}$/);
  assert.ok(!page.url().includes(code.replace(/\s/, '')), 'the code is in no address');
  assert.equal((await own.state()).awaiting.kind, 'code');
  await other.says(code);
  assert.equal((await other.state()).signed_in.salesforce, false);
  const wrong = await own.says(code.replace(/\d$/, (digit) => String((Number(digit) + 1) % 10)));
  assert.match(wrong.messages.map((message) => message.text).join(' '), /4/);
  const right = await own.says(code);
  assert.ok(right.messages.some((message) => message.kind === 'table'), JSON.stringify(right.messages));
  assert.equal((await own.state()).signed_in.salesforce, true);
  await user.close();
});

/** A conversation of a front end that vouches for nobody, so that a code is asked for. */
async function conversation(id) {
  const call = async (path, body) => {
    const answer = await fetch(`${demo}/v1/conversations${path}`, {
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  const opened = await call('', { user: { id: `${id}-${Date.now()}` } });
  return { says: (text) => call(`/${opened.id}/turns`, { text }), state: () => call(`/${opened.id}`) };
}

/** Every link that is open has ended a moment ago. */
function letItsTimePass() {
  const program = "import sqlite3, sys, time\nwith sqlite3.connect(sys.argv[1], timeout=10) as store:\n    store.execute('UPDATE attempts SET expires=? WHERE status IN (0, 1)', [int(time.time() * 1000) - 1000])\n";
  execFileSync('python3', ['-c', program, store]);
}

async function allowAtTheOrg(at) {
  await at.locator('input[name="username"]').fill('rep@example.com');
  await at.locator('input[name="password"]').fill('demo');
  await at.locator('input[name="password"]').press('Enter');
  await at.getByRole('button', { name: /allow/i }).click();
}
