// The chat page and the sign-in pages in a real browser against the mock server: what a person sees and does, sentence by sentence.
// Colours are measured in tokens.mjs, texts taken apart in texts.mjs; the real server is tried in first_lead.mjs.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { launch } from './browser.mjs';
import { withChat } from './open_chat.mjs';

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

const chat = (name, ...rest) => {
  const body = rest.pop();
  test(name, () => withChat(browser, rest[0], body));
};
const NETWORK = /Failed to load resource|net::ERR|EventSource/;
const bubbles = (page) => page.locator('.message.user');
const choices = (page) => page.locator('.choices:visible button');

chat('greets and offers four things to say', async ({ page, bot, field }) => {
  await bot('Hello. I can create').waitFor();
  assert.equal(await page.locator('.examples button').count(), 4);
  assert.equal(await page.title(), 'Sales Assistant');
  assert.equal(await field.evaluate((node) => node === document.activeElement), true);
  await page.getByRole('button', { name: 'Show me my newest leads' }).click();
  await bot('You have 25 leads').waitFor();
  assert.equal(await page.locator('.examples').isVisible(), false);
});

chat('sends with Enter, breaks the line with Shift and Enter, and shows each text once', async ({ mock, page, say, bot, field }) => {
  await field.fill('echo one');
  await field.press('Shift+Enter');
  await field.pressSequentially('two');
  await field.press('Enter');
  await bot('two').waitFor();
  assert.equal(await field.inputValue(), '');
  await page.locator('.message.user[data-id="2"]').waitFor();
  await say('echo three');
  await bot('three').waitFor();
  await page.locator('.message.user[data-id="4"]').waitFor();
  assert.equal(await bubbles(page).count(), 2);
  assert.deepEqual(mock.control.turns.map((turn) => turn.text), ['echo one\ntwo', 'echo three']);
  assert.equal(new Set(mock.control.turns.map((turn) => turn.id)).size, 2);
});

chat('puts choices as buttons, without listing them twice, and takes them away after the choice', async ({ mock, page, say, bot }) => {
  await say('which one');
  await bot('Which Jane do you mean?').waitFor();
  assert.equal(await page.locator('.log').getByText('Jane Roe, Contoso').count(), 1);
  await page.getByRole('button', { name: 'Jane Doe, Acme' }).click();
  await bot('Jane Doe of Acme it is.').waitFor();
  assert.equal(await choices(page).count(), 0);
  const { value, text } = mock.control.turns.at(-1);
  assert.deepEqual({ value, text }, { value: 'id-1', text: 'Jane Doe, Acme' });
  assert.equal(await bubbles(page).last().locator('.bubble').textContent(), 'Jane Doe, Acme');
});

chat('chooses with a digit while the composer is empty, and types it otherwise', async ({ mock, page, say, bot, field }) => {
  await say('which one');
  await choices(page).first().waitFor();
  await page.locator('[data-key="1"]').waitFor();
  await field.press('x');
  await field.press('2');
  assert.equal(await field.inputValue(), 'x2');
  await field.fill('');
  await field.press('1');
  await bot('Jane Doe of Acme it is.').waitFor();
  assert.equal(mock.control.turns.at(-1).value, 'id-1');
});

chat('leaves digits to the text where a number is the likely answer', async ({ mock, say, bot, field }) => {
  await say('her phone');
  await bot('What’s Jane’s phone number?').waitFor();
  await field.press('1');
  assert.equal(await field.inputValue(), '1');
  await field.fill('');
  await say('list');
  await bot('You have 25 leads').waitFor();
  await field.press('1');
  assert.equal(await field.inputValue(), '1');
  assert.equal(mock.control.turns.length, 2);
});

chat('shows a card before a write, with a filled Yes, and says it once', async ({ mock, page, say, bot }) => {
  await say('I just met Jane Doe');
  const card = bot('Create this lead?');
  await card.waitFor();
  assert.equal(await page.locator('.log').getByText('jane@acme.com').count(), 1);
  assert.deepEqual(await card.locator('dt').allTextContents(), ['Name', 'Company', 'E-mail', 'Phone']);
  assert.match(await page.getByRole('button', { name: 'Yes' }).getAttribute('class'), /filled/);
  await page.getByRole('button', { name: 'Yes' }).click();
  const link = bot('is a lead now').getByRole('link', { name: 'Open in Salesforce' });
  assert.equal(await link.getAttribute('rel'), 'noopener noreferrer');
  assert.equal(await link.getAttribute('target'), '_blank');
  assert.equal(mock.control.turns.at(-1).value, 'yes');
});

chat('shows a change as was and now', async ({ say, bot }) => {
  await say('update her');
  const card = bot('Save these changes?');
  await card.waitFor();
  assert.equal((await card.locator('dd').first().textContent()).replace(/\s+/g, ' '), 'was Open → now Working');
  assert.equal(await card.locator('s').nth(1).textContent(), '+1 415-555-0100');
  assert.equal((await card.locator('dd').nth(2).textContent()).replace(/\s+/g, ' '), 'was empty → now Hot');
});

chat('asks before a delete in the colour of what can’t be brought back', async ({ page, say, bot }) => {
  await say('delete her');
  await bot('Delete this lead?').waitFor();
  const button = page.getByRole('button', { name: 'Delete Jane Doe' });
  await page.locator('.button.danger').waitFor();
  const colours = await button.evaluate((node) => {
    const probe = node.appendChild(document.createElement('i'));
    probe.style.color = 'var(--bad)';
    const bad = getComputedStyle(probe).color;
    probe.remove();
    return [getComputedStyle(node).backgroundColor, bad];
  });
  assert.equal(colours[0], colours[1]);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await bot('Nothing was saved.').waitFor();
});

chat('numbers the rows of a table and goes on counting after More', async ({ page, say, bot }) => {
  await say('list');
  await bot('You have 25 leads').waitFor();
  assert.equal(await page.getByText('5 of 25').count(), 1);
  assert.deepEqual(await page.locator('td.number').allTextContents(), ['1', '2', '3', '4', '5']);
  await page.getByRole('button', { name: 'More' }).click();
  await bot('Here are the next five.').waitFor();
  assert.deepEqual(await page.locator('td.number').allTextContents(), ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']);
  await page.getByText('10 of 25').waitFor();
  assert.equal(await page.getByRole('button', { name: 'More' }).count(), 1);
  assert.equal(await page.getByRole('table').count(), 2);
});

chat('leads to the sign-in, goes on by itself afterwards, and says who is connected', async ({ mock, page, profile, say, bot }) => {
  await say('connect salesforce');
  await bot('I need your Salesforce account').waitFor();
  assert.equal(await page.getByText('http://').count(), 0);
  await page.getByText('10 minutes left').waitFor();
  await page.getByText('opens login.salesforce.com').waitFor();
  const opening = profile.waitForEvent('page');
  await page.getByRole('link', { name: 'Connect Salesforce' }).click();
  const other = await opening;
  await other.getByRole('heading', { name: 'Connect Salesforce' }).waitFor();
  await other.getByText('to login.salesforce.com').waitFor();
  await other.getByRole('button', { name: 'Continue' }).click();
  await other.getByRole('heading', { name: 'Connected as rep@example.com' }).waitFor();
  assert.equal(new URL(other.url()).search, '');
  await other.close();
  await bot('Connected as rep@example.com').waitFor();
  await page.getByRole('button', { name: 'Yes' }).waitFor();
  assert.equal(await page.getByRole('link', { name: 'Connect Salesforce' }).count(), 0);
  await page.locator('summary', { hasText: 'Salesforce: rep@example.com' }).click();
  await page.getByRole('button', { name: 'Sign out' }).click();
  await bot('You are signed out.').waitFor();
  assert.equal(mock.control.turns.at(-1).text, 'sign out');
  await page.locator('summary').waitFor({ state: 'hidden' });
});

chat('counts a sign-in link down until it has expired, and asks for a new one at a tap', {
  before: (page) => page.clock.install(),
}, async ({ mock, page, say, bot }) => {
  await say('connect salesforce');
  await bot('I need your Salesforce account').waitFor();
  await page.getByText('10 minutes left').waitFor();
  await page.clock.runFor('08:30');
  await page.getByText('2 minutes left').waitFor();
  await page.clock.runFor('01:00');
  await page.getByText('1 minute left').waitFor();
  await page.clock.runFor('01:00');
  await page.getByText('This link has expired').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Connect Salesforce' }).count(), 0);
  // Without a server that heard of it, the page's own clock goes on; the new link is one of the server's.
  await page.getByRole('button', { name: 'New link' }).click();
  await page.locator('.message.bot[data-id="5"]').waitFor();
  assert.equal(mock.control.turns.at(-1).text, 'New link');
  await page.getByText('A newer link was sent').waitFor();
});

chat('lets an old sign-in button go when it is no longer awaited', async ({ page, say, bot }) => {
  await say('connect salesforce');
  await page.getByRole('link', { name: 'Connect Salesforce' }).waitFor();
  await say('cancel');
  await bot('Nothing was saved.').waitFor();
  await page.getByText('This link is no longer needed').waitFor();
  assert.equal(await page.getByRole('link', { name: 'Connect Salesforce' }).count(), 0);
});

chat('says that the connection was lost, and misses nothing when it is back', { allowed: NETWORK }, async ({ mock, page, say, bot }) => {
  await say('echo before');
  await bot('before').waitFor();
  mock.control.refuseStreams = true;
  mock.control.tokensEnded = false;
  mock.dropStreams();
  // The server is away altogether, not only its stream.
  await page.route('**/v1/**', (route) => route.abort());
  await page.getByText('Connection lost').waitFor();
  mock.push([{ kind: 'text', text: 'Said while you were away.' }]);
  mock.control.refuseStreams = false;
  await page.unroute('**/v1/**');
  await bot('Said while you were away.').waitFor();
  await page.getByText('Connection lost').waitFor({ state: 'hidden' });
  assert.equal(await page.locator('.message').count(), 4);
});

chat('hears what is pushed after the server dropped the stream', { allowed: NETWORK }, async ({ mock, page, bot }) => {
  await page.waitForFunction(() => performance.getEntriesByType('resource').length > 0);
  await eventually(() => mock.streams() === 1);
  mock.dropStreams();
  await eventually(() => mock.streams() === 1);
  mock.push([{ kind: 'text', text: 'Still here.' }]);
  await bot('Still here.').waitFor();
  assert.equal(await page.getByText('Still here.').filter({ visible: true }).locator('xpath=ancestor::li').count(), 1);
});

chat('polls where streams don’t get through', { allowed: NETWORK, before: (_, mock) => { mock.control.refuseStreams = true; } }, async ({ mock, say, bot }) => {
  await say('echo hello');
  await bot('hello').waitFor();
  mock.push([{ kind: 'text', text: 'Pushed.' }]);
  await bot('Pushed.').waitFor();
});

chat('keeps the history and the draft over a reload', async ({ mock, page, say, bot, field }) => {
  await say('list');
  await bot('You have 25 leads').waitFor();
  await field.fill('half a thought');
  await page.reload();
  await bot('You have 25 leads').waitFor();
  assert.equal(await field.inputValue(), 'half a thought');
  assert.equal(await page.locator('.message').count(), 3);
  assert.equal(await choices(page).count(), 1);
  assert.equal(mock.control.requests.filter((line) => line === 'POST /v1/conversations').length, 1);
});

chat('finishes after a reload what was on its way, once', { allowed: NETWORK }, async ({ mock, page, say, bot }) => {
  const release = mock.hold();
  await say('echo on its way');
  await eventually(() => mock.control.turns.length === 1);
  await page.reload();
  await bubbles(page).waitFor();
  release();
  await page.locator('.message.user[data-id]').first().waitFor();
  await bot('on its way').waitFor();
});

chat('starts anew, without a word, when the saved conversation has ended', { allowed: NETWORK }, async ({ mock, page, say, bot }) => {
  await say('list');
  await bot('You have 25 leads').waitFor();
  await page.evaluate(() => localStorage.setItem('turnwise.conversation', JSON.stringify({ id: 'gone', token: 'gone' })));
  await page.reload();
  await bot('What shall I do?').waitFor();
  assert.equal(await page.locator('.message').count(), 1);
  assert.equal(mock.control.requests.filter((line) => line === 'POST /v1/conversations').length, 2);
});

chat('says when a conversation has ended meanwhile, and starts another at a tap', { allowed: NETWORK }, async ({ mock, page, say, bot }) => {
  mock.control.tokensEnded = true;
  await say('list');
  await page.getByText('This conversation has ended.').waitFor();
  mock.control.tokensEnded = false;
  await page.getByRole('button', { name: 'Start a new one' }).click();
  await page.locator('.examples').waitFor();
  await say('list');
  await bot('You have 25 leads').waitFor();
});

chat('begins a new conversation at the button', async ({ page, say, bot }) => {
  await say('list');
  await bot('You have 25 leads').waitFor();
  await page.getByRole('button', { name: 'New conversation' }).click();
  await page.locator('.examples').waitFor();
  assert.equal(await page.locator('.message').count(), 1);
});

chat('is usable by keyboard alone', async ({ page, say, bot, field }) => {
  await page.keyboard.type('which one');
  await page.keyboard.press('Enter');
  await choices(page).nth(1).waitFor();
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Jane Roe, Contoso');
  assert.equal(await page.evaluate(() => getComputedStyle(document.activeElement).outlineWidth), '2px');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Enter');
  await bot('Jane Doe of Acme it is.').waitFor();
  assert.equal(await field.evaluate((node) => node === document.activeElement), true);
  await page.keyboard.press('ArrowUp');
  assert.equal(await field.inputValue(), 'Jane Doe, Acme');
  await page.keyboard.press('ArrowUp');
  assert.equal(await field.inputValue(), 'which one');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  assert.equal(await field.inputValue(), '');
  await say('list');
  await bot('You have 25 leads').waitFor();
});

chat('says when a text was not sent, and sends it once more at a tap', { allowed: NETWORK }, async ({ mock, page, say, bot }) => {
  mock.control.failTurns = true;
  await say('echo lost and found');
  await page.getByText('Not sent').waitFor();
  mock.control.failTurns = false;
  await page.getByRole('button', { name: 'Try again' }).click();
  await bot('lost and found').waitFor();
  await page.locator('.message.user[data-id="2"]').waitFor();
  assert.equal(await bubbles(page).count(), 1);
  assert.equal(mock.control.turns.length, 1);
});

chat('tries a second time by itself, without a word', { allowed: NETWORK }, async ({ mock, page, say, bot }) => {
  mock.control.awayTurns = 1;
  await say('echo second time');
  await bot('second time').waitFor();
  assert.equal(await page.getByText('Not sent').count(), 0);
  assert.equal(mock.control.turns.length, 1);
});

chat('shows dots only when the answer takes a while, and says “sending” only after a second', {
  before: (page) => page.clock.install(),
}, async ({ mock, page, say, bot }) => {
  const dots = page.locator('.typing');
  const release = mock.hold();
  await say('echo slowly');
  await eventually(() => mock.control.turns.length === 1);
  await page.clock.runFor(200);
  assert.equal(await dots.isVisible(), false);
  await page.clock.runFor(200);
  await dots.waitFor();
  assert.equal(await page.getByText('sending…').count(), 0);
  await page.clock.runFor(800);
  await page.getByText('sending…').waitFor();
  release();
  await bot('slowly').waitFor();
  await dots.waitFor({ state: 'hidden' });
  assert.equal(await page.getByText('sending…').count(), 0);
});

chat('keeps the dots while a call of the bot is under way', async ({ mock, page, say, bot }) => {
  await say('look up Jane');
  await bot('One moment.').waitFor();
  await page.locator('.typing').waitFor();
  mock.push([{ kind: 'text', text: 'Found her.' }]);
  await bot('Found her.').waitFor();
  await page.locator('.typing').waitFor({ state: 'hidden' });
});

chat('counts new messages while the reader is further up', async ({ mock, page, say, bot }) => {
  for (let each = 0; each < 3; each += 1) {
    await say('list');
    await page.locator(`.message.bot[data-id="${3 + 2 * each}"]`).waitFor();
  }
  await page.mouse.move(600, 300);
  await page.mouse.wheel(0, -5000);
  await page.waitForFunction(() => document.scrollingElement.scrollTop === 0);
  mock.push([{ kind: 'text', text: 'First piece of news.' }, { kind: 'text', text: 'Second piece of news.' }]);
  await page.getByText('2 new').click();
  await page.waitForFunction(() => document.scrollingElement.scrollTop > 0);
  assert.equal(await bot('Second piece of news.').isVisible(), true);
  await page.getByText('2 new').waitFor({ state: 'hidden' });
});

chat('treats everything that was said as text, never as markup or script', async ({ mock, page, say, bot }) => {
  const evil = '<img src=x onerror="globalThis.hit=1"><script>globalThis.hit=1</script>';
  await say(`echo ${evil} [here](javascript:globalThis.hit=1) [there](data:text/html,x) javascript:alert(1)`);
  await bot('here').waitFor();
  mock.push([
    { kind: 'card', title: evil, text: evil, fields: [{ label: evil, value: evil }], url: 'javascript:globalThis.hit=1', choices: [{ title: evil, value: evil }] },
    { kind: 'table', text: evil, columns: [evil], rows: [[evil]], total: 9 },
    { kind: 'sign_in', text: evil, url: 'javascript:globalThis.hit=1', expires_at: evil, integration: evil },
    { kind: 'text', text: evil, integration: evil, outcome: 'granted' },
  ]);
  await page.locator('.message.bot[data-id="7"]').waitFor();
  assert.equal(await page.locator('#chat img, #chat script').count(), 0);
  assert.equal(await page.evaluate(() => globalThis.hit), undefined);
  const addresses = await page.locator('#chat a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
  assert.deepEqual(addresses.filter((address) => !/^(https?:|#)/.test(address)), []);
});

chat('tells screen readers what the bot said, politely and once', async ({ page, say, bot }) => {
  const live = page.locator('[aria-live="polite"]');
  await say('which one');
  await bot('Which Jane').waitFor();
  const heard = await live.textContent();
  assert.match(heard, /Which Jane do you mean\?/);
  assert.match(heard, /Choices: Jane Doe, Acme, Jane Roe, Contoso/);
  assert.equal(heard.split('Which Jane').length, 2);
});

for (const [name, viewport] of [['on a narrow screen', { width: 390, height: 844 }], ['at 200 % of a small phone', { width: 195, height: 422 }], ['on a very small one', { width: 320, height: 568 }]]) {
  chat(`fits ${name}, with targets of 44 px`, { browserOptions: { viewport } }, async ({ mock, page, say, bot }) => {
    await say('list');
    await bot('You have 25 leads').waitFor();
    await say('which one');
    await bot('Which Jane').waitFor();
    await say('create a lead for Jane-Wilhelmina Featherstonehaugh-Cholmondeley');
    await bot('Create this lead?').waitFor();
    await say('connect salesforce');
    await bot('I need your').waitFor();
    mock.granted();
    await page.getByRole('button', { name: 'Yes' }).waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing is wider than the screen');
    const small = await page.locator('button:visible, summary:visible, a.button:visible').evaluateAll((nodes) => nodes
      .map((node) => ({ what: node.textContent || node.getAttribute('aria-label'), box: node.getBoundingClientRect() }))
      .filter(({ box }) => box.height < 43.5 || box.width < 43.5).map(({ what, box }) => `${what} ${box.width}×${box.height}`));
    assert.deepEqual(small, []);
  });
}

chat('is mirrored for a language that is written from right to left', { server: { bot: { locale: 'ar' } } }, async ({ page, say, bot }) => {
  await say('echo مرحبا');
  await bot('مرحبا').waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.dir), 'rtl');
  const bubble = await page.locator('.bubble').first().boundingBox();
  assert.ok(bubble.x < 640, 'the user speaks at the left');
});

chat('makes a bot’s accent readable in both themes', { server: { bot: { accent: '#ffe14d' } } }, async ({ page }) => {
  const accent = () => page.evaluate(() => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim());
  const light = await accent();
  assert.notEqual(light, '#ffe14d');
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.waitForFunction((before) => getComputedStyle(document.documentElement).getPropertyValue('--accent').trim() !== before, light);
  assert.equal(await accent(), '#ffe14d');
});

chat('holds still for those who asked for it', { browserOptions: { reducedMotion: 'reduce' } }, async ({ page, say, bot }) => {
  await say('echo quietly');
  await bot('quietly').waitFor();
  assert.equal(await page.evaluate(() => document.getAnimations().length), 0);
});

chat('waits for a server that isn’t there yet', {
  allowed: NETWORK,
  before: async (page) => {
    let refusals = 2;
    await page.route('**/v1/conversations', (route) => (refusals-- > 0 ? route.abort() : route.continue()));
  },
}, async ({ page, say, bot }) => {
  await page.getByText('can’t be reached').waitFor({ state: 'hidden' });
  await say('list');
  await bot('You have 25 leads').waitFor();
});

chat('says on the sign-in pages who and where, escaped, and works without a script', { browserOptions: { javaScriptEnabled: true } }, async ({ mock, profile }) => {
  const page = await profile.newPage();
  await page.goto(`${mock.address}/auth/code`);
  await page.getByText('482 913').waitFor();
  await page.getByText('<script>alert(1)</script>').waitFor();
  await page.getByText('Never give this code to anyone').waitFor();
  await page.getByText('close this page').waitFor();
  await page.goto(`${mock.address}/auth/problem`);
  assert.equal(await page.getByText('OAUTH_APP_BLOCKED').isVisible(), false);
  await page.getByText('Details for your administrator').click();
  await page.getByText('OAUTH_APP_BLOCKED').waitFor();
  await page.goto(`${mock.address}/auth/start/${mock.conversation().id}.1`);
  assert.equal(await page.title(), 'Sign in');
  await page.getByRole('link', { name: 'This wasn’t me' }).click();
  await page.getByRole('heading', { name: 'Nothing was connected' }).waitFor();
  assert.equal(await page.locator('script').count(), 0);
});

chat('opens on the page of another site, styled by neither, and can be closed', {}, async ({ mock, profile }) => {
  const page = await profile.newPage();
  // The same server under another name is another origin.
  await page.goto(`${mock.address.replace('127.0.0.1', 'localhost')}/site`);
  await page.getByRole('button', { name: 'Open the chat' }).click();
  const field = page.getByLabel('Write a message');
  await field.fill('which one');
  await field.press('Enter');
  await page.getByRole('button', { name: 'Jane Doe, Acme' }).click();
  await page.locator('.message.bot', { hasText: 'Jane Doe of Acme it is.' }).waitFor();
  assert.equal(await page.locator('.bubble').first().evaluate((node) => getComputedStyle(node).fontSize), '16px');
  assert.equal(await page.evaluate(() => document.querySelector('h1').getBoundingClientRect().top < 100), true);
  mock.push([{ kind: 'text', text: 'By the way.' }]);
  await page.getByText('By the way.').last().waitFor();
  await page.getByRole('button', { name: 'Close the chat' }).click();
  assert.equal(await field.isVisible(), false);
  await page.getByRole('button', { name: 'Open the chat' }).click();
  await page.locator('.message.bot', { hasText: 'By the way.' }).waitFor();
  await field.press('Escape');
  await field.waitFor({ state: 'hidden' });
});

// Waits for something outside the page.
async function eventually(holds) {
  for (const end = Date.now() + 8000; Date.now() < end;) {
    if (holds()) return;
    await new Promise((done) => setTimeout(done, 20));
  }
  assert.fail(`never came true: ${holds}`);
}
