// Draws the sign-in templates for the tests: the part of Jinja that they use (values, if/else, `==`, comments, loops over
// nothing), escaped as the server does.
// The server itself uses MiniJinja; that its real pages are right is for its own tests.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PAGES = fileURLToPath(new URL('../../src/pages/', import.meta.url));

export function page(name, values) {
  return draw(readFileSync(`${PAGES}sign_in/${name}.html`, 'utf8'), values);
}

function draw(template, values) {
  const parts = template.replace(/\{#-?[\s\S]*?-?#\}\s*/g, '').split(/(\{\{.*?\}\}|\{%.*?%\})/);
  let out = '';
  const open = [];
  for (const part of parts) {
    const inner = part.slice(2, -2).trim();
    if (part.startsWith('{%')) {
      const [word, ...rest] = inner.split(/\s+/);
      if (word === 'if') open.push(open.every(Boolean) && holds(rest.join(' '), values));
      else if (word === 'for' && !values[rest.at(-1)]?.length) open.push(false);
      else if (word === 'endfor') open.pop();
      else if (word === 'else') open.push(!open.pop());
      else if (word === 'endif') open.pop();
      else throw new Error(`the test's Jinja doesn't know ${part}`);
    } else if (open.every(Boolean)) {
      out += part.startsWith('{{') ? escaped(value(inner, values)) : part;
    }
  }
  return out;
}

function holds(condition, values) {
  const [left, right] = condition.split('==').map((side) => side.trim());
  return right === undefined ? Boolean(value(left, values)) : String(value(left, values)) === right;
}

function value(name, values) {
  if (!/^\w+$/.test(name)) throw new Error(`the test's Jinja doesn't know ${name}`);
  return values[name] ?? '';
}

function escaped(text) {
  return String(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
