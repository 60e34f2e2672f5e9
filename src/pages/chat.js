// Starts the chat: reads what the bot is, lays out the page, and joins conversation, log, header and composer.
// Each of them does its own part; nothing here draws a message or calls the server but for the bot's name.

import { setAccent } from './accent.js';
import { createComposer } from './composer.js';
import { createConversation } from './conversation.js';
import { el } from './element.js';
import { createHeader } from './header.js';
import { createLog } from './log.js';
import { call } from './wire.js';
import { words } from './words.js';

const UNKNOWN = { name: 'Turnwise', examples: [], greeting: '' };
const RIGHT_TO_LEFT = /^(?:ar|arc|ckb|dv|fa|he|iw|ku-arab|ps|sd|ug|ur|yi)\b/i;
const LOST_FOR = 1000;

// Puts a chat into `root`. On a page of another site `base` is the server's address, `opener` gives the conversation
// (conversation.js), `scroller` is what scrolls, and `close` is what the button to leave does.
export async function start(root, { base = '', opener = null, scroller = document.scrollingElement, close = null } = {}) {
  const alone = scroller === document.scrollingElement;
  const storage = createStorage(base);
  const bot = { ...UNKNOWN, ...(await call(base, 'GET', '/v1/bot', { patience: 5000 }).catch(() => ({}))) };
  dress(bot, root, alone);

  const conversation = createConversation({
    base, storage, opener,
    changed: () => render(),
    said: (message) => log.announce(message),
  });
  const act = {
    say: (text) => { conversation.send({ text }); settle(); },
    choose: ({ title, value }) => { conversation.send({ text: String(title), value }); settle(); },
    newLink: () => {
      const offered = conversation.awaiting.options?.some((option) => option.value === 'new_link');
      act.choose({ title: words.newLink, value: offered ? 'new_link' : undefined });
    },
    again: (turn) => { conversation.again(turn); settle(); },
    renew: () => { conversation.renew(); settle(); },
    settled: settle,
    close,
  };
  const header = createHeader({ bot, conversation, act });
  const log = createLog({ conversation, bot, act, scroller, header: header.node });
  const composer = createComposer({
    storage,
    send: act.say,
    earlier: () => [...conversation.messages.filter((one) => one.from === 'user'), ...conversation.pending].map((one) => String(one.text)),
  });
  const lost = el('p', { class: 'lost', role: 'status', hidden: true }, words.lost);
  const notice = el('p', { class: 'notice', role: 'status', hidden: true });
  const examples = el('ul', { class: 'examples', 'aria-label': words.examples, hidden: true },
    ...bot.examples.slice(0, 4).map((text) => el('li', {}, el('button', { type: 'button', dir: 'auto', onclick: () => act.say(text) }, text))));
  let bar = null;

  function render() {
    log.render();
    header.render();
    const untouched = conversation.phase === 'open' && conversation.pending.length === 0 && conversation.messages.every((one) => one.from === 'bot');
    root.classList.toggle('fresh', untouched);
    examples.hidden = !untouched || bot.examples.length === 0;
    showNotice();
    if (conversation.connection === 'lost') {
      bar ??= setTimeout(() => { lost.hidden = false; }, LOST_FOR);
    } else {
      clearTimeout(bar);
      bar = null;
      lost.hidden = true;
    }
  }

  function showNotice() {
    const { phase } = conversation;
    if (notice.dataset.phase === phase) return;
    notice.dataset.phase = phase;
    notice.hidden = phase !== 'unreachable' && phase !== 'ended';
    if (phase === 'unreachable') notice.replaceChildren(words.unreachable);
    if (phase === 'ended') notice.replaceChildren(words.ended, ' ', el('button', { type: 'button', class: 'text-button', onclick: act.renew }, words.startNew));
  }

  // The keyboard stays in the composer; on a touch screen it must not spring up by itself.
  function settle() {
    if (composer.focused || matchMedia('(hover: hover)').matches) composer.focus();
  }

  function pressed(event) {
    if (!/^[1-9]$/.test(event.key) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !composer.empty) return;
    const choice = log.choiceOfKey(Number(event.key));
    if (!choice) return;
    event.preventDefault();
    act.choose(choice);
  }

  root.append(
    header.node,
    lost,
    el('main', {}, log.list, log.dots, examples, notice),
    el('footer', { class: 'bottom' }, el('div', { class: 'row' }, log.jump, composer.form)),
    log.live,
  );
  root.addEventListener('keydown', pressed);
  if (alone) document.addEventListener('keydown', (event) => { if (event.target === document.body) pressed(event); });
  (alone ? document : scroller).addEventListener('scroll', () => log.scrolled(), { passive: true });
  document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') render(); });
  composer.restore();
  settle();
  conversation.open();
  return { focus: composer.focus };
}

// Language, direction and accent of the chat, and the title of a page that is all chat.
function dress(bot, root, alone) {
  const dressed = alone ? document.documentElement : root;
  if (alone) document.title = bot.name;
  if (typeof bot.locale === 'string' && bot.locale) {
    dressed.lang = bot.locale;
    dressed.dir = RIGHT_TO_LEFT.test(bot.locale) ? 'rtl' : 'ltr';
  }
  setAccent(alone ? dressed : root.getRootNode().host, bot.accent);
}

// What the page keeps over a reload. Where the browser refuses (private windows), it lasts as long as the page.
function createStorage(base) {
  const kept = new Map();
  const full = (key) => (base ? `${key}@${base}` : key);
  return {
    read(key) {
      try {
        return JSON.parse(localStorage.getItem(full(key))) ?? kept.get(key) ?? null;
      } catch {
        return kept.get(key) ?? null;
      }
    },
    write(key, value) {
      kept.set(key, value);
      try {
        if (value === null || value === undefined) localStorage.removeItem(full(key));
        else localStorage.setItem(full(key), JSON.stringify(value));
      } catch {
        // It is in `kept`.
      }
    },
  };
}

const page = document.getElementById('chat');
if (page) start(page);
