// Takes the pictures that whoever changes a page looks at: each page narrow and wide, light and dark.
// `node screenshots.mjs [DIR]`; the default folder is `screenshots` here, which git ignores.

import { mkdirSync } from 'node:fs';

import { launch } from './browser.mjs';
import { startMock } from './mock.mjs';

const folder = process.argv[2] ?? new URL('screenshots', import.meta.url).pathname;
const SIZES = [['narrow', { width: 390, height: 844 }], ['wide', { width: 1280, height: 800 }]];
const CHATS = {
  empty: [],
  table: ['Show me my newest leads', 'more'],
  card: ['I just met Jane Doe from Acme, jane at acme.com. She wants a demo next week and would like to hear about prices too.'],
  update: ['Update Jane’s status to Working'],
  delete: ['Delete the lead Jane Doe'],
  choices: ['which Jane'],
  sign_in: ['connect salesforce'],
  markdown: ['echo I can do **three** things:\n- create a lead\n- find one, by *name* or `id`\n- change it\n\nSee [the guide](https://example.com/guide).\nAnything else?'],
};
const PAGES = { start: '/auth/start/', done: '/auth/done', code: '/auth/code', problem: '/auth/problem' };

mkdirSync(folder, { recursive: true });
const browser = await launch();
for (const [size, viewport] of SIZES) {
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, texts] of Object.entries(CHATS)) await chat(name, texts, { size, viewport, colorScheme });
    await widget({ size, viewport, colorScheme });
    for (const [name, path] of Object.entries(PAGES)) await signIn(name, path, { size, viewport, colorScheme });
  }
}
await browser.close();

async function chat(name, texts, { size, viewport, colorScheme }) {
  const mock = await startMock();
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce', hasTouch: size === 'narrow', isMobile: size === 'narrow' });
  await page.goto(mock.address);
  await page.getByText('Hello. I can').first().waitFor();
  let messages = 1;
  for (const text of texts) {
    await page.getByLabel('Write a message').fill(text);
    await page.keyboard.press('Enter');
    messages += 2;
    await page.locator(`[data-id="${messages}"]`).waitFor();
  }
  await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
  if (name === 'sign_in') {
    mock.granted();
    await page.getByRole('button', { name: 'Yes' }).waitFor();
    await page.locator('summary').click();
    await page.screenshot({ path: `${folder}/connected-${size}-${colorScheme}.png` });
  }
  await page.close();
  await mock.stop();
}

async function widget({ size, viewport, colorScheme }) {
  const mock = await startMock();
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' });
  await page.goto(`${mock.address.replace('127.0.0.1', 'localhost')}/site`);
  const launcher = page.getByRole('button', { name: 'Open the chat' });
  await launcher.waitFor();
  await page.screenshot({ path: `${folder}/launcher-${size}-${colorScheme}.png` });
  await launcher.click();
  await page.getByLabel('Write a message').fill('list');
  await page.keyboard.press('Enter');
  await page.locator('[data-id="3"]').waitFor();
  await page.screenshot({ path: `${folder}/widget-${size}-${colorScheme}.png` });
  await page.close();
  await mock.stop();
}

async function signIn(name, path, { size, viewport, colorScheme }) {
  const mock = await startMock();
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce', hasTouch: size === 'narrow', isMobile: size === 'narrow' });
  let address = mock.address + path;
  if (name === 'start') {
    await page.goto(mock.address);
    await page.getByText('Hello. I can').first().waitFor();
    address += `${mock.conversation().id}.1`;
  }
  await page.goto(address);
  await page.screenshot({ path: `${folder}/${name}-${size}-${colorScheme}.png` });
  await page.close();
  await mock.stop();
}
