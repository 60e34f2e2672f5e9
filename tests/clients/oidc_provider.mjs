// The sign-in inside a conversation against npm's oidc-provider, as published: a strict OAuth 2.0 server knows nothing of
// Turnwise and forgives nothing. Every row is a rule of docs/threat-model.md seen from the other side.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { Browser, freePort, openDesk } from './desk.mjs';
import { openProvider, openShop, SECRET } from './provider.mjs';

const TURNS = 20;

const port = await freePort();
const provider = await openProvider(`http://127.0.0.1:${port}/auth/callback`);
const shop = await openShop(provider);
const addresses = [
  ['--provider', 'other'],
  ['--login-host', provider.issuer],
  ['--authorize-url', `${provider.issuer}/auth`],
  ['--token-url', `${provider.issuer}/token`],
  ['--revoke-url', `${provider.issuer}/token/revocation`],
  ['--check-url', `${provider.issuer}/me`],
  ['--scopes', 'openid profile offline_access'],
].flat();
const desk = await openDesk({
  port,
  bot: `name: Order desk\nlocale: en-US\ntimezone: America/New_York\nintegrations:\n  shop: { connector: http, url: "${shop.url}", authorize: users }\n`,
  templates: 'examples/order-status/templates',
  integration: 'shop',
  by: 'users',
  flags: [...addresses, '--client-id', 'desk', '--client-auth', 'basic', '--secret', 'client_secret=DESK_SECRET'],
  secrets: { DESK_SECRET: SECRET },
});
after(async () => {
  await desk.close();
  shop.close();
  provider.close();
});

/** A conversation that waits for its sign-in with an order number given. */
async function parked(browser, order) {
  const chat = await browser.chat();
  const { awaiting } = await chat.say(`where is order ${order}`);
  assert.equal(awaiting.kind, 'authorization', JSON.stringify(awaiting));
  return { chat, link: awaiting.url };
}

/** A browser whose user `name` has signed in. */
async function signedIn(name) {
  const browser = new Browser(desk.base);
  provider.person.name = name;
  const { chat, link } = await parked(browser, 'AB-100001');
  await browser.follow(link);
  await chat.hear(`on its way to ${name}`);
  return { browser, chat };
}

test('a user signs in by the link and the parked call goes on by itself', async () => {
  const browser = new Browser(desk.base);
  const { chat, link } = await parked(browser, 'AB-104233');
  const page = await browser.follow(link);
  assert.equal(page.status, 200, page.text);
  assert.match(page.text, /Connected as ann@shop\.example/);
  assert.doesNotMatch(page.address, /code=|state=/);
  const [told] = await chat.hear('AB-104233 is on its way to ann');
  assert.equal(told.from, 'bot');
  assert.deepEqual(shop.calls.filter((call) => call.status === 200).map((call) => call.owner), ['ann']);
  assert.equal((await chat.state()).signed_in.shop, true);
});

test('a link that another browser follows leads nowhere, and the provider is asked for nothing', async () => {
  const mallory = new Browser(desk.base);
  const { link } = await parked(mallory, 'AB-104233');
  const before = provider.seen.requests.length;
  const alice = new Browser(desk.base);
  const page = await alice.follow(link);
  assert.match(page.text, /in the browser where you are chatting/);
  assert.equal(provider.seen.requests.length, before);
});

test('somebody who says no is told so, and keeps what was said', async () => {
  const browser = new Browser(desk.base);
  const { chat, link } = await parked(browser, 'AB-200002');
  provider.person.allows = false;
  const page = await browser.follow(link);
  provider.person.allows = true;
  assert.match(page.text, /Nothing was connected/);
  const [told] = (await chat.hear('declined')).filter((message) => message.outcome);
  assert.equal(told.outcome, 'refused');
  const { awaiting, slots } = await chat.state();
  assert.equal(awaiting.kind, 'choice');
  assert.equal(slots.order_number, 'AB-200002');
  const again = await chat.say('try again');
  assert.equal(again.awaiting.kind, 'authorization');
  await browser.follow(again.awaiting.url);
  await chat.hear('AB-200002 is on its way');
});

test('twenty turns at once after the token expired make one refresh, and the grant lives', async () => {
  const { browser } = await signedIn('bea');
  const chats = await Promise.all(Array.from({ length: TURNS }, () => browser.chat()));
  await provider.expire();
  const [refreshes, killed] = [provider.made('refresh_token'), provider.seen.grantsKilled];
  const order = (n) => `BA-${String(300_000 + n)}`;
  await Promise.all(chats.map((chat, n) => chat.say(`where is order ${order(n)}`)));
  await Promise.all(chats.map((chat, n) => chat.hear(`${order(n)} is on its way to bea`)));
  assert.equal(provider.made('refresh_token'), refreshes + 1);
  assert.equal(provider.seen.grantsKilled, killed);
  await provider.expire();
  await chats[0].say('where is order BA-399999');
  await chats[0].hear('BA-399999 is on its way to bea');
  assert.equal(provider.made('refresh_token'), refreshes + 2);
});

test('a refresh token that somebody used twice kills the grant: a new link, and the slots are kept', async () => {
  const { browser, chat } = await signedIn('cleo');
  const stolen = provider.seen.refresh.at(-1);
  await provider.expire();
  await chat.say('where is order AB-400001');
  await chat.hear('AB-400001 is on its way to cleo');
  const killed = provider.seen.grantsKilled;
  const form = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: stolen });
  const thief = await fetch(`${provider.issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`desk:${encodeURIComponent(SECRET).replaceAll('%20', '+')}`).toString('base64')}` },
    body: form,
  });
  assert.equal((await thief.json()).error, 'invalid_grant');
  assert.equal(provider.seen.grantsKilled, killed + 1);
  await provider.expire();
  await chat.say('cancel order AB-400002');
  const { awaiting, slots } = await chat.say('it takes too long');
  assert.equal(awaiting.kind, 'confirm', JSON.stringify(awaiting));
  const parkedTurn = await chat.say('yes');
  assert.equal(parkedTurn.awaiting.kind, 'authorization', JSON.stringify(parkedTurn));
  assert.deepEqual(parkedTurn.slots, slots);
  await browser.follow(parkedTurn.awaiting.url);
  await chat.hear('AB-400002 is cancelled');
  const cancelled = shop.calls.filter((call) => call.method === 'POST' && call.number === 'AB-400002');
  assert.deepEqual(cancelled.map((call) => call.status), [401, 200]);
});

test('signing in once more for the same account leaves the new grant good', async () => {
  const { browser, chat } = await signedIn('dora');
  const { awaiting } = await chat.say('switch account');
  assert.equal(awaiting.kind, 'authorization', JSON.stringify(awaiting));
  await browser.follow(awaiting.url);
  await provider.expire();
  await chat.say('where is order AB-500001');
  await chat.hear('AB-500001 is on its way to dora');
});

test('signing out gives the refresh token back', async () => {
  const { chat } = await signedIn('ella');
  const token = provider.seen.refresh.at(-1);
  assert.equal(await provider.isRefreshTokenGood(token), true);
  await chat.say('sign out');
  assert.equal(await provider.isRefreshTokenGood(token), false);
  assert.equal((await chat.state()).signed_in.shop, false);
  const { awaiting } = await chat.say('where is order AB-600001');
  assert.equal(awaiting.kind, 'authorization');
});

test('a client that proves itself with fields of the form works the same', async () => {
  await desk.run('save-profile', 'own', '--client-id', 'desk-post', '--client-auth', 'body');
  const { chat } = await signedIn('fay');
  await provider.expire();
  await chat.say('where is order AB-700001');
  await chat.hear('AB-700001 is on its way to fay');
});
