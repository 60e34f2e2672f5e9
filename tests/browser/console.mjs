// The operator's four set-ups in a real browser without JavaScript, and what users then meet: the link in their own browser,
// in another one, and declined. It runs against a real demo, whose first lines say addresses and the console's password.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { faults } from './named.mjs';
import { atTheOrg, authorize, choose, integration, makeProfile, operator } from './operator.mjs';
import { linkIn, person, say } from './person.mjs';

const demo = process.env.TURNWISE_DEMO_URL;
const sandbox = process.env.TURNWISE_SANDBOX_URL;
const password = process.env.TURNWISE_CONSOLE_PASSWORD;

let browser;
let page;

before(async () => {
  assert.ok(demo && sandbox && password, 'set TURNWISE_DEMO_URL, TURNWISE_SANDBOX_URL and TURNWISE_CONSOLE_PASSWORD');
  browser = await launch();
  page = await operator(browser, demo, password);
});

after(async () => { await browser.close(); });

test('system and users: the link works in the browser of the chat and in no other', async () => {
  await choose(page, demo, 'Each user', 'System');
  await page.getByText('Enabled', { exact: true }).first().waitFor();
  const { user, chat } = await person(browser, demo);
  const link = await asked(chat);
  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await other.goto(link);
  await other.getByRole('heading', { name: 'Open this link in the browser where you are chatting' }).waitFor();
  await stranger.close();
  await signsIn(user, link);
  await chat.getByText('Connected as rep@example.com').first().waitFor();
  await chat.locator('table').first().waitFor();
  await user.close();
});

test('declined: the page and the chat say so, and a way on is there', async () => {
  const { user, chat } = await person(browser, demo);
  const own = await user.newPage();
  await own.goto(await asked(chat));
  await own.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(own, 'Deny');
  await own.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
  await chat.getByRole('button', { name: 'Try again' }).waitFor();
  await user.close();
});

test('system and an operator: nobody needs a link, and the chat says so where it is switched off', async () => {
  await choose(page, demo, 'An operator', 'System');
  await page.getByText('Needs authorization').first().waitFor();
  assert.match(await metrics(), /turnwise_integration_state\{integration="salesforce",state="needs_authorization"\} 1/);
  const { user, chat } = await person(browser, demo);
  await say(chat, 'show me all leads');
  await chat.getByText('An administrator has to sign in once').first().waitFor();
  await user.close();
  await authorize(page, demo);
  await nobodyNeedsALink();
  await page.goto(integration(demo));
  await page.getByText('Switch it off').click();
  await page.getByRole('button', { name: 'Disable Salesforce' }).click();
  await page.getByText('Disabled', { exact: true }).first().waitFor();
  const { user: later, chat: off } = await person(browser, demo);
  await say(off, 'show me all leads');
  await off.getByText('Salesforce is switched off').first().waitFor();
  await later.close();
  await page.getByRole('button', { name: 'Enable' }).click();
  await page.getByText('Sign out').click();
  await page.getByRole('button', { name: /^Sign rep@example\.com .*out$/ }).click();
  await page.getByText('Needs authorization').first().waitFor();
});

test('custom and an operator: a profile made here serves everybody, and stays while it is used', async () => {
  await choose(page, demo, 'An operator', 'Custom');
  await page.getByRole('heading', { name: 'New profile' }).waitFor();
  await makeProfile(page, demo, 'OAuth 2.0 authorization code', {
    'Short name': 'our_app',
    Title: 'Our app',
    'Login host': sandbox,
    'Client id (consumer key)': 'turnwise-demo',
    'Client secret': 'turnwise-demo-secret',
  });
  assert.equal(await page.getByLabel(/^Callback address/).inputValue(), `${demo}/auth/callback`);
  await authorize(page, demo);
  await nobodyNeedsALink();
  await page.goto(`${demo}/console/profiles/our_app/delete`);
  await page.getByRole('button', { name: /^Delete/ }).click();
  await page.getByText('Salesforce uses this profile; choose another there first.').waitFor();
});

test('custom and users: each signs in through the profile', async () => {
  await choose(page, demo, 'Each user', 'Custom');
  const { user, chat } = await person(browser, demo);
  await signsIn(user, await asked(chat));
  await chat.locator('table').first().waitFor();
  await page.goto(`${demo}/console/users`);
  await page.getByRole('button', { name: /^Revoke/ }).first().waitFor();
  await user.close();
  await choose(page, demo, 'Each user', 'System');
});

test('every page fits a narrow screen and is reached by keyboard', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const part of ['', '/integrations', '/integrations/salesforce', '/profiles', '/profiles/new?mechanism=authorization_code', '/templates', '/templates/create_lead', '/users', '/audit', '/password']) {
    await page.goto(`${demo}/console${part}`);
    const width = await page.locator('main').evaluate(() => document.documentElement.scrollWidth).catch(() => 390);
    assert.ok(width <= 390, `${part} is ${width} wide`);
    assert.deepEqual(await faults(page), [], part);
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'To the content');
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

async function metrics() {
  const answer = await fetch(`${demo}/metrics`, { headers: { authorization: `Bearer ${process.env.TURNWISE_DEMO_KEY}` } });
  return answer.text();
}

async function signsIn(user, link) {
  const own = await user.newPage();
  await own.goto(link);
  await own.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(own, 'Allow');
  await own.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  assert.doesNotMatch(own.url(), /code=|state=/);
}

async function nobodyNeedsALink() {
  const { user, chat } = await person(browser, demo);
  await say(chat, 'show me all leads');
  await chat.locator('table').first().waitFor();
  await user.close();
}

async function asked(chat) {
  await say(chat, 'show me all leads');
  return linkIn(chat);
}
