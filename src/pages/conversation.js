// One conversation as the page knows it: its messages by id, what the bot awaits, the user's turns on their way.
// It speaks /v1 and remembers where it was over a reload; nothing here touches the page.

import { createOutbox } from './outbox.js';
import { openStream } from './stream.js';
import { Refusal, call } from './wire.js';

const WAITS = [500, 1000, 2000, 4000, 8000, 15000];
const SAVED = 'turnwise.conversation';
const UNSENT = 'turnwise.unsent';

// `changed()` is called after every change; `said(message)` for each message of the bot that is new to this page.
// `opener(anew)` gives a conversation `{ id, token }` that another site opened for its user (the widget); without it the page opens its own.
export function createConversation({ base = '', storage, opener = null, changed, said }) {
  const self = {
    phase: 'opening',
    connection: 'opening',
    messages: [],
    awaiting: { kind: 'nothing' },
    // Up to this message id `awaiting` is known to be true; a newer message may have changed it.
    awaitingSince: 0,
    signedIn: {},
    // The id of the newest message when the page was loaded; those are shown without ado.
    loaded: 0,
    get id() { return id; },
    get pending() { return outbox.turns; },
    // The bot owes a word: a turn is being answered, or a call of the bot's own is under way.
    get working() { return outbox.busy || self.awaiting.kind === 'call'; },
  };
  let id = null;
  let token = null;
  let turn = -1;
  let pushed = false;
  let known = new Map();
  let stream = null;
  let refreshing = null;
  let told = 0;
  let opening = 0;

  const outbox = createOutbox({
    storage: {
      read: () => { const kept = storage.read(UNSENT); return kept?.conversation === id ? kept.turns : null; },
      write: (turns) => storage.write(UNSENT, turns && { conversation: id, turns }),
    },
    post: async ({ id: key, text, value }) => {
      const mine = id;
      try {
        return await ask('POST', '/turns', { body: value === undefined ? { text, id: key } : { value, text, id: key } });
      } catch (refusal) {
        if (refusal.ended && mine === id) end();
        throw refusal;
      }
    },
    answered: (sent, answer) => {
      const first = answer.messages?.[0]?.id;
      // A turn that the last page sent may have run already: then its message is in the history.
      const earlier = sent.restored && first !== undefined && known.has(first);
      if (earlier) outbox.remove(sent);
      take(answer.messages ?? []);
      learn(answer, false);
    },
    changed: () => changed(),
  });

  const path = (rest) => `/v1/conversations/${encodeURIComponent(id)}${rest}`;
  const ask = (method, rest, options = {}) => call(base, method, path(rest), { token, ...options });
  const newest = () => self.messages.at(-1)?.id ?? 0;

  // Goes on with the saved conversation if it still answers, else begins one. Tries until the server is there.
  async function open(anew = false) {
    const mine = ++opening;
    for (let attempt = 0; mine === opening; attempt += 1) {
      try {
        const saved = opener ? await opener(anew) : storage.read(SAVED);
        if (!(saved && (await resume(saved, mine)))) await begin(mine);
        return;
      } catch (refusal) {
        // Whatever the other site's opener threw, the chat can only try again.
        if (!(refusal instanceof Refusal) && !opener) throw refusal;
        if (mine !== opening) return;
        self.phase = 'unreachable';
        changed();
        await new Promise((done) => setTimeout(done, WAITS[Math.min(attempt, WAITS.length - 1)]));
      }
    }
  }

  async function resume(saved, mine) {
    id = saved.id;
    token = saved.token;
    try {
      const [{ messages }, state] = await Promise.all([ask('GET', '/messages?after=0'), ask('GET', '')]);
      if (mine !== opening) return true;
      take(messages, false);
      learn(state, true);
      start();
      outbox.restore(newest() + 0.5);
      return true;
    } catch (refusal) {
      if (!refusal.ended) throw refusal;
      if (opener) {
        end();
        return true;
      }
      storage.write(SAVED, null);
      return false;
    }
  }

  async function begin(mine) {
    const { locale, timeZone } = Intl.DateTimeFormat().resolvedOptions();
    const begun = await call(base, 'POST', '/v1/conversations', { body: { locale: navigator.language || locale, timezone: timeZone } });
    if (mine !== opening) return;
    id = begun.id;
    token = begun.token;
    storage.write(SAVED, { id, token });
    take(begun.messages ?? [], false);
    learn(begun, true);
    start();
    refresh();
  }

  function start() {
    self.phase = 'open';
    self.loaded = newest();
    changed();
    let first = true;
    stream = openStream({
      address: () => `${base}${path('/events')}?token=${encodeURIComponent(token)}&after=${newest()}`,
      poll: async (seconds) => {
        const { messages } = await ask('GET', `/messages?after=${newest()}&wait=${seconds}`, { patience: (seconds + 15) * 1000 });
        if (take(messages)) refresh();
      },
      onMessage: (message) => take([message]),
      onState: (state) => {
        told += 1;
        learn(state, true);
      },
      onOpen: () => {
        self.connection = 'open';
        if (!first) refresh();
        first = false;
        changed();
      },
      onLost: () => {
        self.connection = 'lost';
        changed();
      },
      onEnded: end,
    });
  }

  function end() {
    stream?.close();
    self.phase = 'ended';
    self.connection = 'open';
    changed();
  }

  // Adds messages that aren't known yet, in the order of their ids; says whether there were any.
  function take(messages, aloud = true) {
    const fresh = messages.filter((message) => Number.isInteger(message?.id) && !known.has(message.id));
    if (fresh.length === 0) return false;
    for (const message of fresh) {
      known.set(message.id, message);
      if (message.from === 'user') message.claimed = outbox.claim(message)?.id ?? null;
    }
    self.messages = [...known.values()].sort((one, other) => one.id - other.id);
    if (fresh.some((message) => message.outcome)) refresh();
    changed();
    if (aloud) for (const message of fresh) if (message.from === 'bot') said(message);
    return true;
  }

  // An answer to a turn may come after the push that overtook it, so it never replaces what the stream said of the same turn.
  function learn(state, fromStream) {
    const theirs = state.turn ?? (fromStream ? turn : turn + 1);
    if (!state.awaiting || theirs < turn || (theirs === turn && pushed && !fromStream)) return;
    pushed = fromStream;
    turn = theirs;
    self.awaiting = state.awaiting;
    self.awaitingSince = newest();
    if (state.signed_in) self.signedIn = state.signed_in;
    // "Sign out" in the user's own words ends where nothing is awaited.
    else if (state.awaiting.kind === 'nothing' && Object.values(self.signedIn).some(Boolean)) refresh();
    changed();
  }

  // Asks for the state, once for several reasons to do so.
  function refresh() {
    refreshing ??= (async () => {
      try {
        await Promise.resolve();
        const mine = id;
        const heard = told;
        const state = await ask('GET', '');
        refreshing = null;
        if (mine !== id) return;
        // What the stream said meanwhile is newer than this answer.
        if (heard === told) learn(state, true);
        self.signedIn = state.signed_in ?? {};
        changed();
      } catch {
        // The stream finds out by itself whether the server is gone.
        refreshing = null;
      }
    })();
  }

  // Sends what the user typed or chose; `value` is that of an open choice.
  function send(words) {
    outbox.add(words, newest() + 0.5);
  }

  // Forgets this conversation on the page and begins another.
  function renew() {
    stream?.close();
    outbox.clear();
    storage.write(SAVED, null);
    known = new Map();
    turn = -1;
    pushed = false;
    Object.assign(self, { phase: 'opening', connection: 'opening', messages: [], awaiting: { kind: 'nothing' }, awaitingSince: 0, signedIn: {}, loaded: 0 });
    changed();
    return open(true);
  }

  return Object.assign(self, { open, send, renew, again: (sent) => outbox.again(sent) });
}
