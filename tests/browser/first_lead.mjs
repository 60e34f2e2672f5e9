// The first lead, as a person makes it: chat, sign in at the sandbox org, return, say yes; then the org is asked what arrived.
// It runs against a real demo, `TURNWISE_DEMO_URL` and `TURNWISE_SANDBOX_URL`, and fails where they are not given.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { launch } from './browser.mjs';

const SENTENCE = 'I just met Jane Doe from Acme, jane at acme.com';
const MOST_TURNS = 12;

test('a sentence becomes a lead, with a sign-in on the way', async () => {
  const demo = process.env.TURNWISE_DEMO_URL;
  const sandbox = process.env.TURNWISE_SANDBOX_URL;
  assert.ok(demo && sandbox, 'set TURNWISE_DEMO_URL and TURNWISE_SANDBOX_URL to the addresses that `turnwise demo` prints');
  const before = (await calls(sandbox, 0)).at(-1)?.n ?? 0;
  const browser = await launch();
  try {
    const profile = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-US', timezoneId: 'America/New_York' });
    profile.setDefaultTimeout(15_000);
    const wrong = [];
    const page = await profile.newPage();
    page.on('pageerror', (error) => wrong.push(error.message));
    page.on('console', (line) => { if (line.type() === 'error') wrong.push(line.text()); });
    await page.goto(demo);
    await page.locator('.message.bot').first().waitFor();
    const signedIn = await follow({ page, profile, sandbox, before });
    assert.ok(signedIn, 'the bot asked for a sign-in');
    const created = (await calls(sandbox, before)).filter((call) => call.op === 'create');
    assert.equal(created.length, 1, `exactly one create, not ${JSON.stringify(created)}`);
    const [{ object, fields, status }] = created;
    assert.equal(object, 'Lead');
    assert.equal(status, 201);
    // Exactly what was said, and the id that makes a second try find the first.
    const { External_Id__c: id, ...said } = fields;
    assert.match(id, /^.{8,255}$/);
    assert.deepEqual(said, { FirstName: 'Jane', LastName: 'Doe', Company: 'Acme', Email: 'jane@acme.com' });
    assert.deepEqual(wrong, [], 'no error in the console');
  } finally {
    await browser.close();
  }
});

// Says the sentence and does what the bot awaits until the org has the lead; says whether a sign-in was part of it.
async function follow({ page, profile, sandbox, before }) {
  let signedIn = false;
  await turn(page, () => say(page, SENTENCE));
  for (let each = 0; each < MOST_TURNS; each += 1) {
    const { awaiting } = await settled(page);
    if ((await calls(sandbox, before)).some((call) => call.op === 'create')) return signedIn;
    if (awaiting.kind === 'slot') {
      await turn(page, () => say(page, 'skip'));
    } else if (awaiting.kind === 'confirm') {
      assert.equal(awaiting.what, 'create');
      await turn(page, () => page.locator('.choices:visible').getByRole('button', { name: /^Yes/ }).click());
    } else if (awaiting.kind === 'authorization') {
      await turn(page, () => signIn(page, profile));
      signedIn = true;
      assert.equal(await page.getByRole('link', { name: 'Connect Salesforce' }).count(), 0, 'the button is gone once connected');
    } else {
      assert.fail(`the bot waits for ${JSON.stringify(awaiting)} after “${await page.locator('.message.bot').last().innerText()}”`);
    }
  }
  return assert.fail('the conversation came to no end');
}

async function say(page, text) {
  await page.getByLabel('Write a message').fill(text);
  await page.keyboard.press('Enter');
}

// The button opens another page; there it is Continue, the log-in, Allow. Nothing is typed into the chat.
async function signIn(page, profile) {
  const opening = profile.waitForEvent('page');
  await page.getByRole('link', { name: 'Connect Salesforce' }).click();
  const other = await opening;
  await other.getByRole('button', { name: 'Continue' }).click();
  await other.locator('input[name="username"]').fill('rep@example.com');
  await other.locator('input[name="password"]').fill('demo');
  await other.locator('input[name="password"]').press('Enter');
  await other.getByRole('button', { name: /allow/i }).click();
  await other.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  assert.doesNotMatch(other.url(), /code=|state=/);
  await other.close();
}

// Does something and waits until the bot said something new.
async function turn(page, action) {
  const newest = () => page.locator('.message.bot').last().getAttribute('data-id').then(Number);
  const last = await newest();
  await action();
  await page.waitForFunction((id) => Number([...document.querySelectorAll('.message.bot')].at(-1)?.dataset.id) > id, last);
}

// The state of the page's own conversation, once no call is under way.
async function settled(page) {
  for (const end = Date.now() + 20_000; Date.now() < end;) {
    const state = await page.evaluate(async () => {
      const { id, token } = JSON.parse(localStorage.getItem('turnwise.conversation'));
      const answer = await fetch(`/v1/conversations/${id}`, { headers: { authorization: `Bearer ${token}` } });
      return answer.json();
    });
    if (state.awaiting.kind !== 'call') return state;
    await new Promise((done) => setTimeout(done, 100));
  }
  return assert.fail('the call did not come back');
}

async function calls(sandbox, after) {
  const answer = await fetch(`${sandbox}/sandbox/calls?after=${after}`);
  assert.equal(answer.status, 200, 'the sandbox answers /sandbox/calls, which wants --control');
  return (await answer.json()).calls;
}
