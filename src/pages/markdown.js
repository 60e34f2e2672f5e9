// Draws the small Markdown in which a bot speaks: paragraphs, line breaks, lists, bold, emphasis, strike-through, code and links.
// It makes DOM nodes and nothing else, so a tag in a text stays text; what is not listed here stays as it was written.

import { el, outward, webAddress } from './element.js';

// A fragment for one message. Time grows with the length of the text, whatever the text.
export function markdown(text) {
  const fragment = document.createDocumentFragment();
  const lines = String(text).replace(/\r\n?/g, '\n').split('\n');
  let at = 0;
  while (at < lines.length) {
    if (lines[at].trim() === '') {
      at += 1;
      continue;
    }
    const start = at;
    if (FENCE.test(lines[at])) {
      at += 1;
      while (at < lines.length && !FENCE.test(lines[at])) at += 1;
      fragment.append(el('pre', {}, el('code', {}, lines.slice(start + 1, at).join('\n'))));
      at += 1;
    } else if (itemOf(lines[at])) {
      at = list(lines, at, fragment);
    } else {
      while (at < lines.length && lines[at].trim() !== '' && !FENCE.test(lines[at]) && !itemOf(lines[at])) at += 1;
      fragment.append(broken(el('p'), lines.slice(start, at)));
    }
  }
  return fragment;
}

// The same text without its marks, for a live region or a label.
export function plain(text) {
  const holder = document.createElement('div');
  holder.append(markdown(text));
  for (const line of holder.querySelectorAll('br, p, li, pre')) line.append('\n');
  return holder.textContent.replace(/\s*\n\s*/g, '\n').trim();
}

const FENCE = /^\s{0,3}```/;
const MARKS = { '**': 'strong', __: 'strong', '~~': 's', '*': 'em', _: 'em' };
const DEEPEST = 6;

function itemOf(line) {
  return /^\s{0,6}(?:([-*•])|(\d{1,6})[.)])\s+(.*)$/.exec(line);
}

// One list, its items possibly on several lines; ends at an empty line or at an item of the other kind.
function list(lines, at, fragment) {
  const first = itemOf(lines[at]);
  const ordered = first[2] !== undefined;
  const node = el(ordered ? 'ol' : 'ul', ordered && first[2] !== '1' ? { start: Number(first[2]) } : {});
  const items = [];
  while (at < lines.length && lines[at].trim() !== '' && !FENCE.test(lines[at])) {
    const match = itemOf(lines[at]);
    if (match && (match[2] !== undefined) !== ordered) break;
    if (match) items.push([match[3]]);
    else items.at(-1).push(lines[at]);
    at += 1;
  }
  node.append(...items.map((item) => broken(el('li'), item)));
  fragment.append(node);
  return at;
}

function broken(node, lines) {
  lines.forEach((line, index) => {
    if (index > 0) node.append(document.createElement('br'));
    inline(node, line.trim(), 0, new Set());
  });
  return node;
}

// `missing` remembers which closing marks this stretch does not have, so that no text is searched twice for nothing.
function inline(node, text, depth, missing) {
  let said = '';
  const flush = () => {
    if (said) node.append(said);
    said = '';
  };
  let at = 0;
  while (at < text.length) {
    const here = text[at];
    if (here === '\\' && /[\\`*_~[\]()#+.!<>{}|-]/.test(text[at + 1] ?? '')) {
      said += text[at + 1];
      at += 2;
      continue;
    }
    const found =
      here === '`' ? code(text, at, missing)
      : here === '[' ? link(text, at, depth, missing)
      : here === 'h' || here === 'H' ? bare(text, at)
      : here === '*' || here === '_' || here === '~' ? marked(text, at, depth, missing)
      : null;
    if (found) {
      flush();
      node.append(found.node);
      at = found.end;
    } else {
      said += here;
      at += 1;
    }
  }
  flush();
}

function find(text, what, from, missing) {
  if (missing.has(what)) return -1;
  const at = text.indexOf(what, from);
  if (at < 0) missing.add(what);
  return at;
}

function code(text, at, missing) {
  const end = find(text, '`', at + 1, missing);
  return end > at + 1 ? { node: el('code', {}, text.slice(at + 1, end)), end: end + 1 } : null;
}

// `[title](address)`. An address that is not http or https leaves the title as plain text.
function link(text, at, depth, missing) {
  const middle = find(text, '](', at + 1, missing);
  if (middle < 0 || depth >= DEEPEST) return null;
  const title = text.slice(at + 1, middle);
  if (title === '' || title.length > 300 || title.includes('[')) return null;
  const match = /^(?:<([^<>\s]{1,2000})>|((?:[^\s()]|\([^\s()]{0,200}\)){1,2000}))\)/.exec(text.slice(middle + 2, middle + 2300));
  if (!match) return null;
  const address = webAddress(match[1] ?? match[2]);
  const node = address ? outward(address) : document.createElement('span');
  inline(node, title, DEEPEST, new Set());
  return { node, end: middle + 2 + match[0].length };
}

// An address written out. A sentence's own full stop or bracket after it is not part of it.
function bare(text, at) {
  if (at > 0 && /[\p{L}\p{N}]/u.test(text[at - 1])) return null;
  const match = /^https?:\/\/[^\s<>"'`]{1,2000}/i.exec(text.slice(at, at + 2010));
  if (!match) return null;
  let written = match[0].replace(/[.,;:!?*_~]+$/, '');
  if (written.endsWith(')') && !written.includes('(')) written = written.slice(0, -1);
  const address = webAddress(written);
  return address ? { node: outward(address, {}, written), end: at + written.length } : null;
}

function marked(text, at, depth, missing) {
  const twice = text.slice(at, at + 2);
  const mark = twice in MARKS ? twice : text[at] in MARKS ? text[at] : null;
  if (!mark || depth >= DEEPEST || /\s/.test(text[at + mark.length] ?? ' ')) return null;
  const within = /[\p{L}\p{N}]/u;
  // `snake_case` and `user_name@acme.com` are not emphasis.
  if (mark[0] === '_' && at > 0 && within.test(text[at - 1])) return null;
  let end = find(text, mark, at + mark.length + 1, missing);
  while (end >= 0) {
    const after = text[end + mark.length] ?? ' ';
    const single = mark.length === 1 && (after === mark || text[end - 1] === mark);
    const wordy = mark[0] === '_' && within.test(after);
    if (!/\s/.test(text[end - 1]) && !single && !wordy) break;
    end = end - at > 2000 ? -1 : text.indexOf(mark, end + (single && after === mark ? 2 : 1));
  }
  if (end < 0) return null;
  const node = document.createElement(MARKS[mark]);
  inline(node, text.slice(at + mark.length, end), depth + 1, new Set());
  return { node, end: end + mark.length };
}
