// The operator's four set-ups in a real browser without JavaScript, and what users then meet: the link in their own browser,
// in another one, and declined. It runs against a real demo, whose first lines say addresses and the console's password.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { linkIn, person, say } from './person.mjs';

const demo = process.env.TURNWISE_DEMO_URL;
const sandbox = process.env.TURNWISE_SANDBOX_URL;
const password = process.env.TURNWISE_CONSOLE_PASSWORD;
const integration = `${demo}/console/integrations/salesforce`;

let browser;
let operator;
let page;

before(async () => {
  assert.ok(demo && sandbox && password, 'set TURNWISE_DEMO_URL, TURNWISE_SANDBOX_URL and TURNWISE_CONSOLE_PASSWORD');
  browser = await launch();
  operator = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 1280, height: 800 } });
  operator.setDefaultTimeout(15_000);
  page = await operator.newPage();
  await page.goto(`${demo}/console`);
  await page.getByLabel('Password').fill(password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});

after(async () => { await browser.close(); });

test('system and users: the link works in the browser of the chat and in no other', async () => {
  await choose('Each user', 'System');
  await page.getByText('Enabled', { exact: true }).first().waitFor();
  const { user, chat } = await person(browser, demo);
  const link = await asked(chat);
  const stranger = await browser.newContext();
  const other = await stranger.newPage();
  await other.goto(link);
  await other.getByRole('heading', { name: 'Open this link in the browser where you are chatting' }).waitFor();
  await stranger.close();
  const own = await user.newPage();
  await own.goto(link);
  await own.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(own, 'Allow');
  await own.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  assert.doesNotMatch(own.url(), /code=|state=/);
  await chat.getByText('Connected as rep@example.com').first().waitFor();
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

test('system and an operator: nobody needs a link', async () => {
  await choose('An operator', 'System');
  await page.getByText('Needs authorization').first().waitFor();
  await authorize();
  await nobodyNeedsALink();
});

test('custom: a profile made here serves the operator and the users', async () => {
  await choose('An operator', 'Custom');
  await page.getByRole('heading', { name: 'New profile' }).waitFor();
  await page.getByRole('link', { name: 'OAuth 2.0 authorization code' }).click();
  await page.getByLabel('Short name').fill('our_app');
  await page.getByLabel('Title', { exact: true }).first().fill('Our app');
  await page.getByLabel('Login host').fill(sandbox);
  await page.getByLabel('Client id').fill('turnwise-demo');
  await page.getByLabel('Client secret').fill('turnwise-demo-secret');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Salesforce' }).waitFor();
  await authorize();
  await nobodyNeedsALink();
  await choose('Each user', 'Custom');
  const { user, chat } = await person(browser, demo);
  const own = await user.newPage();
  await own.goto(await asked(chat));
  await own.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(own, 'Allow');
  await own.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  await user.close();
  await choose('Each user', 'System');
});

test('every page fits a narrow screen and is reached by keyboard', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const part of ['', '/integrations', '/integrations/salesforce', '/profiles', '/profiles/new?mechanism=authorization_code', '/templates', '/templates/create_lead', '/users', '/audit']) {
    await page.goto(`${demo}/console${part}`);
    const width = await page.locator('main').evaluate(() => document.documentElement.scrollWidth).catch(() => 390);
    assert.ok(width <= 390, `${part} is ${width} wide`);
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').innerText(), 'To the content');
  }
  await page.setViewportSize({ width: 1280, height: 800 });
});

async function choose(who, app) {
  await page.goto(integration);
  await page.getByLabel(who).check();
  await page.getByLabel(app).check();
  await page.getByRole('button', { name: 'Save the choice' }).click();
}

async function authorize() {
  await page.goto(integration);
  await page.getByRole('button', { name: /^Authorize/ }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(page, 'Allow');
  await page.getByRole('heading', { name: /^Connected as rep@example\.com/ }).waitFor();
  await page.getByRole('link', { name: 'Back to the console' }).click();
  await page.getByText('rep@example.com').first().waitFor();
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

// The org's own pages; who is signed in there already is only asked to allow.
async function atTheOrg(at, decision) {
  const name = at.locator('input[name="username"]');
  const button = at.getByRole('button', { name: new RegExp(decision, 'i') });
  await name.or(button).first().waitFor();
  if (await name.count()) {
    await name.fill('rep@example.com');
    await at.locator('input[name="password"]').fill('demo');
    await at.locator('input[name="password"]').press('Enter');
  }
  await button.click();
}
