// Keeps one conversation's events flowing: server-sent events, opened again after every loss, with a long poll where they don't get through.
// It delivers what arrives, possibly twice over a reconnect; telling messages apart by their id is left to the conversation.

const WAITS = [300, 1000, 2000, 4000, 8000, 15000];
const POLL_SECONDS = 25;
const LASTING = 5000;

// Starts at once. `address()` gives the stream's address for now; `poll(seconds)` asks for messages in one call and throws a Refusal.
export function openStream({ address, poll, onMessage, onState, onOpen, onLost, onEnded }) {
  let source = null;
  let timer = null;
  let failures = 0;
  let closed = false;
  let hiddenSince = null;

  function connect() {
    clearTimeout(timer);
    source?.close();
    if (closed) return;
    let opened = 0;
    const mine = new EventSource(address());
    source = mine;
    mine.onopen = () => {
      opened = Date.now();
      onOpen();
    };
    mine.addEventListener('message', (event) => take(event, onMessage));
    mine.addEventListener('state', (event) => take(event, onState));
    mine.onerror = () => {
      // The browser's own retry can't tell a server that is away from a token that ended, so each loss is looked into here.
      mine.close();
      if (mine !== source || closed) return;
      source = null;
      if (opened) onLost();
      // A stream that lives only for a moment each time counts as failing, so that it is opened ever more seldom.
      failures = opened && Date.now() - opened > LASTING ? 1 : failures + 1;
      lookInto();
    };
  }

  async function lookInto() {
    try {
      // A server that answers but can't stream (a proxy in between) is polled for as long as that is so.
      await poll(failures > 2 ? POLL_SECONDS : 0);
      if (closed) return;
      if (failures > 2) onOpen();
      again(failures > 2 ? 0 : wait());
    } catch (refusal) {
      if (closed) return;
      if (refusal.ended) {
        close();
        onEnded();
        return;
      }
      onLost();
      again(wait());
    }
  }

  function wait() {
    return WAITS[Math.min(failures, WAITS.length) - 1] ?? WAITS[0];
  }

  function again(milliseconds) {
    clearTimeout(timer);
    if (source === null) timer = setTimeout(connect, milliseconds);
  }

  // A machine that slept or changed its network often has a dead stream that nobody reports.
  function wake() {
    if (document.visibilityState === 'hidden') {
      hiddenSince = Date.now();
      return;
    }
    const long = hiddenSince !== null && Date.now() - hiddenSince > 60_000;
    hiddenSince = null;
    if (long || (source === null && timer !== null)) connect();
  }

  function close() {
    closed = true;
    clearTimeout(timer);
    source?.close();
    source = null;
    removeEventListener('online', connect);
    removeEventListener('pageshow', restored);
    document.removeEventListener('visibilitychange', wake);
  }

  function restored(event) {
    if (event.persisted) connect();
  }

  addEventListener('online', connect);
  addEventListener('pageshow', restored);
  document.addEventListener('visibilitychange', wake);
  connect();
  return { close };
}

function take(event, deliver) {
  let value;
  try {
    value = JSON.parse(event.data);
  } catch {
    // One unreadable event must not end the stream; the next reconnect brings its message again.
    return;
  }
  deliver(value);
}
