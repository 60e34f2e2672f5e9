// The user's turns on their way to the server: each has an id of its own, so that sending it twice runs it once.
// It keeps them over a reload and one after the other; how a turn is sent, and how it looks, is left to others.

const QUIET_RETRY = 800;
const LONGEST_WAIT = 5;
const STILL_MEANT = 10 * 60_000;

// `post(turn)` sends one turn and gives its answer or throws a Refusal. `changed()` is called whenever a turn's state changes.
export function createOutbox({ post, storage, changed, answered }) {
  let turns = [];
  let before = Promise.resolve();
  let running = 0;

  // Takes a turn `{ text, value? }` at `order`, its place among the message ids.
  function add({ text, value }, order) {
    const turn = { id: freshId(), text, value, at: Date.now(), order, state: 'sending', restored: false };
    turns.push(turn);
    save();
    deliver(turn);
    return turn;
  }

  function deliver(turn) {
    turn.state = 'sending';
    turn.sentAt = Date.now();
    turn.problem = '';
    turn.answered = false;
    let release;
    const known = new Promise((done) => { release = done; });
    turn.release = release;
    const earlier = before;
    before = earlier.then(() => known);
    running += 1;
    changed();
    earlier.then(() => run(turn)).finally(() => {
      running -= 1;
      release();
      changed();
    });
  }

  async function run(turn) {
    if (!turns.includes(turn)) return;
    for (let attempt = 0; ; attempt += 1) {
      try {
        const answer = await post(turn);
        turn.answered = true;
        answered(turn, answer);
        save();
        changed();
        return;
      } catch (refusal) {
        const wait = refusal.status === 429 ? (refusal.retryAfter ?? 1) : QUIET_RETRY / 1000;
        if (attempt === 0 && refusal.passing && wait <= LONGEST_WAIT) {
          await new Promise((done) => setTimeout(done, wait * 1000));
          continue;
        }
        // Its echo may have come over the stream although the answer was lost: then there is nothing to say.
        if (!turns.includes(turn)) return;
        turn.state = 'failed';
        turn.problem = refusal.status === 0 ? '' : refusal.message;
        turn.refusal = refusal;
        changed();
        return;
      }
    }
  }

  // The message of the user that the server now has: its turn, taken out, or null where it came from elsewhere.
  function claim(message) {
    const same = (turn) => turn.text.trim() === String(message.text).trim();
    // A text that the server shows masked is known by being the answered one.
    const turn = turns.find((one) => one.state !== 'failed' && same(one)) ?? turns.find((one) => one.answered)
      ?? turns.find(same);
    if (!turn) return null;
    remove(turn);
    turn.release?.();
    return turn;
  }

  function remove(turn) {
    turns = turns.filter((one) => one !== turn);
    save();
  }

  function save() {
    const kept = turns.filter((turn) => !turn.answered).map(({ id, text, value, at }) => ({ id, text, value, at }));
    storage.write(kept.length ? kept : null);
  }

  // Takes up what the last page didn't finish. What is old waits for a tap, since its user may have moved on.
  function restore(order) {
    for (const kept of storage.read() ?? []) {
      const turn = { ...kept, order, state: 'failed', problem: '', restored: true };
      turns.push(turn);
      if (Date.now() - turn.at < STILL_MEANT) deliver(turn);
    }
    changed();
  }

  return {
    add,
    claim,
    remove,
    restore,
    again: deliver,
    clear: () => { turns = []; save(); },
    get turns() { return turns; },
    get busy() { return running > 0; },
  };
}

function freshId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
