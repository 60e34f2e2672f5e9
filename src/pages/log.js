// The column of messages: their order, which buttons still count, the dots while the bot thinks, and where the reader is.
// Each message draws itself; what a button does is given by the page.

import { el, icon } from './element.js';
import { botMessage, clock, pendingMessage, userMessage } from './message.js';
import { plain } from './markdown.js';
import { remainder } from './remainder.js';
import { titleOf, words } from './words.js';

const GAP = 10 * 60_000;
const DOTS_AFTER = 300;
const DOWN = 'M10 4v12m-5-5 5 5 5-5';

// `scroller` is what scrolls, `header` what covers its top. `act` is `{ choose, newLink, again }`.
export function createLog({ conversation, bot, act, scroller, header }) {
  const list = el('ol', { class: 'log', 'aria-label': words.conversation });
  const dots = el('div', { class: 'typing', hidden: true }, el('span'), el('span'), el('span'));
  const count = el('span', {});
  const jump = el('button', { type: 'button', class: 'jump', hidden: true, onclick: () => { toEnd(); act.settled(); } }, icon(DOWN), count);
  const live = el('div', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const views = new Map();
  let unread = 0;
  let thinking = null;
  let rest = Number.POSITIVE_INFINITY;

  function render() {
    const stuck = atEnd();
    const entries = arrange();
    const first = views.size === 0;
    const arrived = reconcile(entries, first);
    const choosable = openChoices();
    for (const entry of entries) views.get(entry.key)?.update(status(entry, choosable));
    think();
    if (first) toEnd();
    else if (arrived.some((entry) => entry.turn)) follow(arrived.find((entry) => entry.turn).key);
    else if (stuck && (arrived.length > 0 || !dots.hidden)) follow(lastAsked(entries));
    if (atEnd()) seen();
  }

  // Messages and turns on their way in one order, with the time where the talk rested.
  function arrange() {
    const said = conversation.messages.map((message) => ({ key: `m${message.id}`, order: message.id, message, at: Date.parse(message.at) }));
    const sent = conversation.pending.map((turn) => ({ key: `t${turn.id}`, order: turn.order, turn, at: turn.at }));
    const entries = [...said, ...sent].sort((one, other) => one.order - other.order);
    return entries.flatMap((entry, index) => {
      const since = index > 0 ? entry.at - entries[index - 1].at : 0;
      return since >= GAP ? [{ key: `g${entry.key}`, gap: entry.at }, entry] : [entry];
    });
  }

  function reconcile(entries, first) {
    const keys = new Set(entries.map((entry) => entry.key));
    for (const [key, view] of views) {
      if (keys.has(key)) continue;
      view.node.remove();
      views.delete(key);
    }
    const arrived = [];
    let place = list.firstChild;
    for (const entry of entries) {
      let view = views.get(entry.key);
      if (!view) {
        view = draw(entry);
        views.set(entry.key, view);
        // The user's own bubble is there already when its message comes back.
        if (!first && !entry.gap && entry.message?.from !== 'user') {
          arrived.push(entry);
          view.node.classList.add('arrives');
        }
      }
      if (view.node === place) place = place.nextSibling;
      else list.insertBefore(view.node, place);
    }
    return arrived;
  }

  function draw(entry) {
    if (entry.gap) return { node: el('li', { class: 'gap' }, clock(entry.gap)), update() {} };
    if (entry.turn) return pendingMessage(entry.turn, act);
    return entry.message.from === 'user' ? userMessage(entry.message) : botMessage(entry.message, bot.name, act);
  }

  // The messages whose buttons count: the last with choices and the last table, as long as the user has said nothing since.
  function openChoices() {
    const asked = Math.max(0, ...conversation.messages.filter((one) => one.from === 'user').map((one) => one.id));
    const waiting = conversation.pending.some((turn) => turn.state !== 'failed');
    const open = waiting || conversation.phase === 'ended' ? []
      : conversation.messages.filter((one) => one.id > asked && one.choices?.length);
    const choices = open.findLast((one) => one.kind !== 'table') ?? null;
    return { choices, table: open.findLast((one) => one.kind === 'table') ?? null, keys: choices !== null && digitsChoose(choices) };
  }

  // Where a number is a likely answer (a phone number with a "Skip" button, a code, a row of a table) digits stay text.
  function digitsChoose({ choices }) {
    const { kind } = conversation.awaiting;
    return kind === 'code' ? false : kind === 'slot' ? choices.length > 1 : true;
  }

  function status({ message }, open) {
    if (!message || message.from !== 'bot') return {};
    const { awaiting } = conversation;
    return {
      live: open.choices === message || open.table === message,
      keys: open.keys && open.choices === message,
      danger: awaiting.kind === 'confirm' && awaiting.what === 'delete',
      signIn: message.kind === 'sign_in' ? signInStatus(message, open) : null,
    };
  }

  function signInStatus(message, open) {
    const { awaiting, awaitingSince, messages } = conversation;
    const known = bot.integrations?.[message.integration] ?? {};
    const place = messages.indexOf(message);
    const later = messages.slice(place + 1).filter((one) => one.integration === message.integration);
    const end = later.find((one) => one.outcome);
    const offered = [...(open.choices?.choices ?? []), ...(awaiting.options ?? [])].some((one) => one.value === 'new_link');
    const common = { title: known.title ?? titleOf(message.integration), host: message.host ?? known.host ?? hostOf(message.url), canRenew: !open.choices || !offered };
    if (end) {
      const told = messages[place + 1] === end;
      if (end.outcome === 'granted') return { ...common, state: told ? 'told' : 'connected', account: accountOf(end) };
      return { ...common, state: told ? 'told' : 'refused' };
    }
    if (later.some((one) => one.kind === 'sign_in')) return { ...common, state: 'newer' };
    const waited = awaiting.kind === 'authorization' && (!awaiting.url || awaiting.url === message.url);
    return { ...common, state: waited || message.id > awaitingSince ? 'open' : 'closed' };
  }

  function think() {
    if (!conversation.working) {
      clearTimeout(thinking);
      thinking = null;
      dots.hidden = true;
    } else if (thinking === null) {
      thinking = setTimeout(() => {
        const stuck = atEnd();
        dots.hidden = false;
        if (stuck) toEnd();
      }, DOTS_AFTER);
    }
  }

  // Says a new message to those who listen, and counts it for those who read further up.
  function announce(message) {
    const choices = (message.choices ?? []).map((choice) => choice.title).join(', ');
    live.append(el('p', {}, plain(heard(message)), choices ? ` ${words.choices}: ${choices}` : ''));
    while (live.childElementCount > 5) live.firstChild.remove();
    if (atEnd() || message.id <= rest) return;
    unread += 1;
    count.textContent = words.newMessages(unread);
    jump.setAttribute('aria-label', words.toLatest(unread));
    jump.hidden = false;
  }

  function seen() {
    unread = 0;
    jump.hidden = true;
    rest = conversation.messages.at(-1)?.id ?? 0;
  }

  function lastAsked(entries) {
    return entries.findLast((entry) => entry.turn || entry.message?.from === 'user')?.key;
  }

  // Shows the end, but never so far down that the user's last words leave the top.
  function follow(key) {
    toEnd();
    const node = views.get(key)?.node;
    const top = scroller === document.scrollingElement ? 0 : scroller.getBoundingClientRect().top;
    const hidden = node ? node.getBoundingClientRect().top - Math.max(header.getBoundingClientRect().bottom, top) : 0;
    if (hidden < 0) scroller.scrollTop += hidden;
  }

  function toEnd() {
    scroller.scrollTop = scroller.scrollHeight;
  }

  function atEnd() {
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 48;
  }

  // The choice that a digit stands for, if digits choose now.
  function choiceOfKey(digit) {
    const open = openChoices();
    return open.keys ? (open.choices.choices[digit - 1] ?? null) : null;
  }

  function scrolled() {
    if (atEnd()) seen();
  }

  return { list, dots, jump, live, render, announce, choiceOfKey, scrolled };
}

// A card or a table is heard in the words of its text, which is enough alone; buttons and links are said by their names.
function heard(message) {
  return message.kind === 'card' || message.kind === 'table' ? (message.text ?? '') : remainder(message);
}

// The account that an outcome names: its own field, else the address in its words.
export function accountOf(outcome) {
  return outcome.account ?? /[^\s<>()"'*[\]]+@[^\s<>()"'*[\]]+\.[^\s<>()"'*[\],;:.]+/.exec(outcome.text ?? '')?.[0] ?? '';
}

function hostOf(url) {
  try {
    const { host } = new URL(url, location.href);
    return host === location.host ? '' : host;
  } catch {
    return '';
  }
}
