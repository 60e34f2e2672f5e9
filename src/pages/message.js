// Draws one message: the user's as a bubble, the bot's as text with what its kind adds (choices, card, table, sign-in).
// Which of its buttons still count changes with the conversation; the log says so through `update`.

import { el, icon, outward, unseen, webAddress } from './element.js';
import { markdown } from './markdown.js';
import { remainder } from './remainder.js';
import { signInPart } from './sign_in.js';
import { shownOf, table } from './table.js';
import { words } from './words.js';

const CHECK = 'M4 10.5 8 14.5 16 6';

// A message of the bot. `act.choose(choice)` and `act.newLink()` are what its buttons do.
export function botMessage(message, botName, act) {
  const said = el('div', { class: 'said', dir: 'auto' });
  const choices = choicesPart(message, act);
  const signIn = message.kind === 'sign_in' ? signInPart(message, act) : null;
  const text = remainder(message);
  if (text) said.append(markdown(text));
  if (message.outcome === 'granted') said.prepend(el('span', { class: 'check' }, icon(CHECK)));
  const parts = [unseen(words.bot(botName))];
  if (text) parts.push(said);
  if (message.kind === 'card') parts.push(cardPart(message));
  if (message.kind === 'table') parts.push(table(message));
  if (signIn) parts.push(signIn.node);
  if (choices) parts.push(choices.node);
  const node = el('li', { class: 'message bot', 'data-id': message.id, 'data-kind': message.kind, 'data-outcome': message.outcome },
    ...parts, timeOf(message.at));
  return {
    node,
    update(status) {
      choices?.update(status);
      signIn?.update(status.signIn);
    },
  };
}

// What the user said, once the server has it.
export function userMessage(message) {
  const node = el('li', { class: 'message user', 'data-id': message.id },
    unseen(words.you), el('div', { class: 'bubble', dir: 'auto' }, String(message.text)), timeOf(message.at));
  return { node, update() {} };
}

// What the user said, on its way. `update()` reads the turn's state.
export function pendingMessage(turn, act) {
  const state = el('p', { class: 'meta' });
  const node = el('li', { class: 'message user pending', 'data-turn': turn.id },
    unseen(words.you), el('div', { class: 'bubble', dir: 'auto' }, turn.text), state);
  const retry = el('button', { type: 'button', class: 'text-button', onclick: () => act.again(turn) }, words.tryAgain);
  let timer = null;
  return {
    node,
    update() {
      clearTimeout(timer);
      node.dataset.state = turn.state;
      if (turn.state === 'failed') {
        if (!state.contains(retry)) state.replaceChildren(el('span', { class: 'bad', role: 'alert' }, turn.problem || words.notSent), retry);
        return;
      }
      const slow = turn.sentAt + 1000 - Date.now();
      if (turn.answered || slow > 0) state.replaceChildren();
      else state.replaceChildren(words.sending);
      if (!turn.answered && slow > 0) timer = setTimeout(() => this.update(), slow);
    },
  };
}

// `14:32`, for the meta line and the gaps; with the day where it isn't today's.
export function clock(at, now = Date.now()) {
  const when = new Date(at);
  if (Number.isNaN(when.getTime())) return '';
  const today = when.toDateString() === new Date(now).toDateString();
  const day = today ? {} : { weekday: 'short', day: 'numeric', month: 'short' };
  return new Intl.DateTimeFormat(document.documentElement.lang || undefined, { ...day, hour: 'numeric', minute: '2-digit' }).format(when);
}

function timeOf(at) {
  return el('time', { datetime: at, class: 'time' }, clock(at));
}

function choicesPart(message, act) {
  const choices = Array.isArray(message.choices) ? message.choices.filter((choice) => choice?.title) : [];
  const total = message.kind === 'table' ? shownOf(message) : '';
  if (choices.length === 0 && !total) return null;
  const confirms = choices[0]?.value === 'yes';
  const buttons = choices.map((choice, at) => el('button', {
    type: 'button',
    class: at === 0 && confirms ? 'button filled' : 'button',
    onclick: () => act.choose(choice),
  }, el('span', { dir: 'auto' }, String(choice.title))));
  const group = el('div', { class: 'choices', role: 'group', 'aria-label': words.choices }, ...buttons);
  const node = el('div', { class: 'under' }, choices.length ? group : null, total ? el('span', { class: 'meta' }, total) : null);
  return {
    node,
    update({ live, keys, danger }) {
      group.hidden = !live;
      node.hidden = !live && !total;
      buttons[0]?.classList.toggle('danger', confirms && danger);
      buttons.forEach((button, at) => {
        const key = live && keys && at < 9 ? String(at + 1) : null;
        if (key === null) button.removeAttribute('aria-keyshortcuts');
        else button.setAttribute('aria-keyshortcuts', key);
        if (key === null) delete button.dataset.key;
        else button.dataset.key = key;
      });
    },
  };
}

function cardPart(message) {
  const address = webAddress(message.url ?? '');
  return el('section', { class: 'card' },
    message.title ? el('p', { class: 'title', dir: 'auto' }, String(message.title)) : null,
    message.fields?.length
      ? el('dl', {}, ...message.fields.map((field) => el('div', {}, el('dt', { dir: 'auto' }, String(field.label)), value(field))))
      : null,
    address ? el('p', { class: 'meta' }, outward(address, {}, words.openRecord)) : null);
}

// A change comes as `was` beside the value, or in the value as "old → new".
function value(field) {
  const text = String(field.value ?? '');
  const match = /^~~(.*)~~ ?→ ?(.*)$/s.exec(text) ?? /^([^→]*?) ?→ ?([^→]*)$/s.exec(text);
  const [was, now] = field.was !== undefined && field.was !== null ? [String(field.was), text] : match ? [match[1], match[2]] : [null, text];
  if (was === null) return el('dd', { dir: 'auto' }, now);
  return el('dd', { class: 'change' },
    unseen(`${words.was} `),
    was.trim() ? el('s', { dir: 'auto' }, was) : unseen(words.empty),
    el('span', { class: 'arrow', 'aria-hidden': 'true' }, ' → '),
    unseen(` ${words.now} `),
    now.trim() ? el('strong', { dir: 'auto' }, now) : el('em', {}, words.empty));
}
