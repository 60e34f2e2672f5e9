// Calls the server's /v1 interface and says what went wrong in one kind of error.
// It knows no conversation: which calls are made, and what a refusal means, is left to the caller.

// A call that gave no result. `status` is 0 where the server wasn't reached; `message` is for people and says what to do.
export class Refusal extends Error {
  constructor(status, code, message, retryAfter) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  // The conversation is gone for this page: its token ended, or it was forgotten.
  get ended() {
    return this.status === 401 || this.status === 403 || this.status === 404;
  }

  // The same call may succeed if it is made again.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

// Makes one call, JSON in and out; `patience` is in milliseconds.
export async function call(base, method, path, { token, body, patience = 30_000, signal } = {}) {
  const headers = { accept: 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const limit = AbortSignal.timeout(patience);
  let answer;
  let text;
  try {
    answer = await fetch(base + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    text = await answer.text();
  } catch (cause) {
    throw new Refusal(0, 'unreachable', String(cause?.message ?? cause));
  }
  setClock(answer.headers.get('date'));
  const result = parse(text);
  if (answer.ok && result !== undefined) return result;
  const error = result?.error ?? {};
  throw new Refusal(answer.status || 502, error.code ?? 'unreadable', error.message ?? '', Number(answer.headers.get('retry-after')) || null);
}

// Milliseconds since the epoch on the server's clock, by which its links expire; the machine's own may be wrong.
export function serverNow() {
  return Date.now() + ahead;
}

let ahead = 0;

function setClock(date) {
  const theirs = Date.parse(date ?? '');
  // The header has whole seconds, so a small difference says nothing.
  if (Number.isFinite(theirs)) ahead = Math.abs(theirs - Date.now()) > 3000 ? theirs - Date.now() : 0;
}

function parse(text) {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
}
