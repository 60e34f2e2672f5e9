// What an operator can get wrong, seen in the console: each mistake is made in the form, and the page says what to change and
// where. And JWT bearer from its form to a turn. It runs against a real demo and starts orgs of its own beside it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { atTheOrg, choose, integration, makeProfile, operator } from './operator.mjs';
import { person, say } from './person.mjs';

const demo = process.env.TURNWISE_DEMO_URL;
const sandbox = process.env.TURNWISE_SANDBOX_URL;
const password = process.env.TURNWISE_CONSOLE_PASSWORD;
const turnwise = process.env.TURNWISE_BINARY;

const keys = () => generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const [ours, others] = [keys(), keys()];
const orgs = [];

let browser;
let page;
let folder;
let made = 0;

before(async () => {
  assert.ok(demo && sandbox && password && turnwise, 'set TURNWISE_DEMO_URL, TURNWISE_SANDBOX_URL, TURNWISE_CONSOLE_PASSWORD and TURNWISE_BINARY');
  folder = await mkdtemp(join(tmpdir(), 'turnwise-mistakes-'));
  await writeFile(join(folder, 'public.pem'), ours.publicKey);
  browser = await launch();
  page = await operator(browser, demo, password);
});

after(async () => {
  if (page) await choose(page, demo, 'Each user', 'System');
  await browser?.close();
  for (const org of orgs) org.kill();
  if (folder) await rm(folder, { recursive: true });
});

const code = {
  'wrong secret': [{ 'Client secret': 'not-the-secret' }, [/does not take the client's secret/, /into the client secret of the profile “Try \d+”/]],
  'wrong host': [{ 'Login host': 'http://127.0.0.1:9' }, [/Nobody answers at 127\.0\.0\.1:9/, /Check the login host of the profile “Try \d+”/]],
  'a host that is something else': [{ 'Login host': demo }, [/is no OAuth 2\.0 server/, /Check the login host of the profile “Try \d+”/]],
  'an app that is not active yet': [{ 'Client id (consumer key)': 'a-new-app' }, [/does not know this client id/, /A new app works everywhere after about ten minutes/]],
  'a scope that the app lacks': [{ Scopes: 'api refresh_token eclair_api' }, [/The app lacks one of the scopes of the profile “Try \d+”/, /to the app's OAuth scopes/]],
};

for (const [mistake, [but, parts]] of Object.entries(code)) {
  test(`${mistake}: said before anybody is sent away`, async () => {
    await profile('OAuth 2.0 authorization code', { 'Client secret': 'turnwise-demo-secret', ...but });
    await page.getByRole('button', { name: /^Authorize( again)?$/ }).click();
    await said(parts);
    const answer = await fetch(`${demo}/metrics`, { headers: { authorization: `Bearer ${process.env.TURNWISE_DEMO_KEY}` } });
    assert.match(await answer.text(), /turnwise_integration_trouble\{integration="salesforce"\} 1/);
  });
}

test('a callback that is not registered is named, to be copied', async () => {
  const login = await org('--callback', 'https://elsewhere.example/auth/callback');
  await profile('OAuth 2.0 authorization code', { 'Login host': login, 'Client secret': 'turnwise-demo-secret' });
  await page.getByRole('button', { name: /^Authorize( again)?$/ }).click();
  await said([/The callback address is not registered/, new RegExp(`Add ${demo}/auth/callback to the app's callback URLs`)]);
});

test('a profile without the scope api: the page after the sign-in says so, and leads back', async () => {
  await profile('OAuth 2.0 authorization code', { 'Client secret': 'turnwise-demo-secret', Scopes: 'id refresh_token' });
  await page.getByRole('button', { name: /^Authorize( again)?$/ }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await atTheOrg(page, 'Allow');
  await page.getByText('without the scope api').waitFor();
  await page.getByRole('link', { name: 'Back to the console' }).click();
  await said([/Manage user data via APIs \(api\)/, /api to the scopes of the profile “Try \d+”/]);
});

test('users who sign in: Enable says what would go wrong for them', async () => {
  await profile('OAuth 2.0 authorization code', { 'Client secret': 'not-the-secret' }, 'Each user');
  await page.getByText('Switch it off').click();
  await page.getByRole('button', { name: 'Disable Salesforce' }).click();
  await page.getByRole('button', { name: 'Enable', exact: true }).click();
  await said([/does not take the client's secret/]);
});

const robot = { 'User name it acts as': 'rep@example.com', 'Private key (PEM)': ours.privateKey };
const hour = 3_600_000;
const jwt = {
  'the key of another certificate': [{ 'Private key (PEM)': others.privateKey }, [], [/does not take the signed statement/, /the private key of the profile “Try \d+”/]],
  'a clock that is an hour behind': [{}, ['--now', new Date(Date.now() + hour).toISOString()], [/This server's clock is (59|60|61) minutes behind/, /Set the clock of this server right/]],
  'a clock that is an hour ahead': [{}, ['--now', new Date(Date.now() - hour).toISOString()], [/This server's clock is (59|60|61) minutes ahead of/, /Set the clock of this server right/]],
};

for (const [mistake, [but, flags, parts]] of Object.entries(jwt)) {
  test(`JWT bearer, ${mistake}`, async () => {
    const login = await org('--jwt-certificate', join(folder, 'public.pem'), ...flags);
    await profile('OAuth 2.0 JWT bearer', { 'Login host': login, ...robot, ...but });
    await page.getByRole('button', { name: /^Authorize( again)?$/ }).click();
    await said(parts);
  });
}

test('JWT bearer from its form: the key is never shown again, Test signs in, a user acts through it', async () => {
  const login = await org('--jwt-certificate', join(folder, 'public.pem'));
  const id = await profile('OAuth 2.0 JWT bearer', { 'Login host': login, ...robot });
  await page.goto(`${demo}/console/profiles/${id}`);
  await page.getByText('There is one. Leave this empty to keep it').waitFor();
  assert.ok(!(await page.content()).includes(ours.privateKey.split('\n')[1]));
  await page.getByRole('button', { name: 'Test' }).click();
  await page.getByText('Signed in as rep@example.com.').waitFor();
  await page.goto(integration(demo));
  await page.getByRole('button', { name: /^Authorize( again)?$/ }).click();
  await page.getByText('Connected as rep@example.com').first().waitFor();
  const { user, chat } = await person(browser, demo);
  await say(chat, 'show me all leads');
  await chat.locator('table').first().waitFor();
  await user.close();
});

/** Custom, with a new profile of the demo's app in which these fields stand; its id. */
async function profile(mechanism, fields, who = 'An operator') {
  await choose(page, demo, who, 'Custom');
  made += 1;
  const id = `try_${made}`;
  await makeProfile(page, demo, mechanism, {
    'Short name': id,
    Title: `Try ${made}`,
    'Login host': sandbox,
    'Client id (consumer key)': 'turnwise-demo',
    ...fields,
  });
  return id;
}

async function said(parts) {
  const alert = page.getByRole('alert');
  await alert.waitFor();
  const text = await alert.innerText();
  for (const part of parts) assert.match(text, part);
}

/** Starts an org of its own; its address. */
async function org(...flags) {
  const started = spawn(turnwise, ['sandbox', '--port', '0', ...flags], { stdio: ['ignore', 'pipe', 'inherit'] });
  orgs.push(started);
  return new Promise((found) => {
    started.stdout.on('data', (line) => {
      const address = String(line).match(/http:\/\/[0-9.:]+/);
      if (address) found(address[0]);
    });
  });
}
