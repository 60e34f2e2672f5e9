// The part of a sign-in message below its sentence: the button, where it leads, how long it lasts, and what came of it.
// Whether the link is still the one that counts is decided by the log, which sees the other messages.

import { el, outward, unseen, webAddress } from './element.js';
import { serverNow } from './wire.js';
import { words } from './words.js';

const MINUTE = 60_000;

// `act.newLink()` asks for another link. `update({ state, account, title, host, canRenew })`, where `state` is
// open, connected, refused, newer or closed; that an open one expires is seen here.
export function signInPart(message, act) {
  const address = webAddress(message.url, location.href);
  const left = el('span', { class: 'left' });
  const host = el('span', { class: 'host' });
  const name = el('span', {});
  const button = outward(address ?? '#', { class: 'button filled' }, name, unseen(` ${words.newTab}`));
  const renew = el('button', { type: 'button', class: 'text-button', onclick: () => act.newLink() }, words.newLink);
  const outcome = el('p', { class: 'outcome' });
  const meta = el('p', { class: 'meta' }, host, left);
  const node = el('div', { class: 'sign-in' });
  const expires = Date.parse(message.expires_at ?? '');
  let timer = null;
  let shown = {};

  function update(status) {
    shown = status;
    clearTimeout(timer);
    name.textContent = words.connect(status.title);
    const remaining = expires - serverNow();
    if (status.state !== 'open') return show(outcome, outcomeText(status), status.state === 'connected');
    if (Number.isFinite(expires) && remaining <= 0) return showExpired(status.canRenew);
    const minutes = Math.ceil(remaining / MINUTE);
    host.textContent = status.host ? words.opens(status.host) : '';
    left.textContent = Number.isFinite(expires) ? words.minutesLeft(minutes) : '';
    node.dataset.state = 'open';
    if (!node.contains(button)) node.replaceChildren(button, meta);
    if (Number.isFinite(expires)) timer = setTimeout(() => update(shown), Math.max(remaining - (minutes - 1) * MINUTE, 0) + 50);
    return undefined;
  }

  function show(line, text, good) {
    line.textContent = text;
    line.classList.toggle('good', good);
    node.dataset.state = shown.state;
    node.replaceChildren(...(text ? [line] : []));
  }

  function showExpired(canRenew) {
    if (node.dataset.state === 'expired' && node.contains(renew) === canRenew) return;
    node.dataset.state = 'expired';
    node.replaceChildren(el('p', { class: 'meta' }, el('span', {}, words.expired), canRenew ? renew : null));
  }

  return { node, update };
}

function outcomeText({ state, account }) {
  if (state === 'connected') return account ? words.connectedAs(account) : words.connected;
  if (state === 'newer') return words.newerLink;
  if (state === 'refused') return words.notConnected;
  // An outcome that stands right below says it all.
  return state === 'told' ? '' : words.linkClosed;
}
