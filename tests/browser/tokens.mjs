// Measures the colours of tokens.css in both themes, and that no other stylesheet names a colour or a size.
// How a page looks is judged by people, from screenshots.mjs.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';

import { PAGES } from './pages.mjs';

const source = readFileSync(`${PAGES}tokens.css`, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
const [lightPart, darkPart] = source.split('@media (prefers-color-scheme: dark)');
const light = tokens(lightPart);
const themes = { light, dark: { ...light, ...tokens(darkPart) } };
const GROUNDS = ['--ground', '--surface', '--raised', '--bubble', '--hover'];

for (const [name, theme] of Object.entries(themes)) {
  const table = [
    ['text', 7, ['--ink'], GROUNDS],
    ['soft text', 4.5, ['--ink-soft'], ['--ground', '--surface', '--raised', '--hover']],
    ['coloured words', 4.5, ['--accent', '--good', '--warn', '--bad'], ['--ground', '--surface', '--raised']],
    ['words on a filled button', 4.5, ['--on-accent'], ['--accent']],
    ['words on a dangerous button', 4.5, ['--on-bad'], ['--bad']],
    ['edges', 3, ['--edge'], ['--ground', '--surface', '--raised']],
  ];
  for (const [what, least, inks, grounds] of table) {
    test(`${what} can be read in the ${name} theme`, () => {
      const poor = inks.flatMap((ink) => grounds.map((ground) => ({ ink, ground, ratio: contrast(colour(theme, ink), colour(theme, ground)) })))
        .filter(({ ratio }) => ratio < least).map(({ ink, ground, ratio }) => `${ink} on ${ground}: ${ratio.toFixed(2)}`);
      assert.deepEqual(poor, []);
    });
  }
}

test('the two themes name the same colours', () => {
  const colours = Object.keys(light).filter((token) => /#|color-mix/.test(light[token]));
  assert.deepEqual(Object.keys(tokens(darkPart)).filter((token) => /#|color-mix/.test(themes.dark[token])).sort(), colours.sort());
});

test('no other stylesheet or script names a colour or a size', () => {
  const found = readdirSync(PAGES).filter((file) => file.endsWith('.css') && file !== 'tokens.css').flatMap((file) => {
    const text = readFileSync(PAGES + file, 'utf8').replace(/\/\*[\s\S]*?\*\//g, '').replace(/@(?:media|container)[^{]*/g, '').replace(/content: [^;]*/g, '');
    return [...text.matchAll(/#[0-9a-f]{3,8}\b(?=[^{]*;)|\b(?:rgb|hsl|oklch)a?\(|\b\d*\.?\d+(?:px|rem|pt)\b|:\s*(?:white|black|red|blue|grey|gray)\b/gi)].map((match) => `${file}: ${match[0]}`);
  });
  assert.deepEqual(found, []);
});

test('every token that is used is named', () => {
  const named = new Set(Object.keys(light));
  const missing = readdirSync(PAGES).filter((file) => file.endsWith('.css')).flatMap((file) => [...readFileSync(PAGES + file, 'utf8').matchAll(/var\((--[\w-]+)/g)]
    .filter(([, token]) => !named.has(token)).map(([, token]) => `${file}: ${token}`));
  assert.deepEqual(missing, []);
});

function tokens(css) {
  return Object.fromEntries([...css.split('@media')[0].matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value.trim()]));
}

// A hex value, or `color-mix(in srgb, A n%, B)` of two tokens.
function colour(theme, value) {
  if (value.startsWith('--')) return colour(theme, theme[value]);
  if (value.startsWith('#')) return [1, 3, 5].map((at) => Number.parseInt(value.slice(at, at + 2), 16));
  const [, one, share, other] = /^color-mix\(in srgb, var\((--[\w-]+)\) (\d+)%, var\((--[\w-]+)\)\)$/.exec(value);
  const [a, b] = [colour(theme, one), colour(theme, other)];
  return a.map((part, at) => part * (share / 100) + b[at] * (1 - share / 100));
}

function contrast(one, other) {
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
