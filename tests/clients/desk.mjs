// A Turnwise server whose bot acts through an authorization profile made in the terminal, and a browser that chats with it
// and signs in. CARGO_TARGET_DIR says where the binary is.

import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const TURNWISE = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug/turnwise');
const VAULT_KEY = '9b7c04e2f18da6539c20b7d4e85f13a6708be9d21c4fa3560e7d98b2c5f1a463';

/** A port of loopback that is free now. */
export async function freePort() {
  const server = createServer();
  await new Promise((ready) => server.listen(0, '127.0.0.1', ready));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A server and the terminal beside it: a bot folder, its integration, the flags of its profile `own`, who authorizes. */
export async function openDesk({ port, bot, templates, integration, by, flags, secrets }) {
  const folder = await mkdtemp(join(tmpdir(), 'turnwise-desk-'));
  if (templates) await cp(join(ROOT, templates), join(folder, 'templates'), { recursive: true });
  await writeFile(join(folder, 'bot.yaml'), bot);
  const base = `http://127.0.0.1:${port}`;
  const env = {
    ...process.env,
    TURNWISE_VAULT_KEY: VAULT_KEY,
    TURNWISE_SERVER_KEY: 'the key of the desk',
    TURNWISE_STORE: `sqlite://${join(folder, 'desk.db')}`,
    TURNWISE_PUBLIC_URL: base,
    ...secrets,
  };
  const run = (...words) => promisify(execFile)(TURNWISE, ['integrations', ...words], { cwd: folder, env });
  await run('save-profile', 'own', ...flags);
  await run('set', integration, '--profile', 'own', '--by', by);
  await run('enable', integration);
  const server = spawn(TURNWISE, ['serve', folder, '--port', String(port)], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((ready, gone) => {
    server.stdout.once('data', ready);
    server.once('exit', () => gone(new Error('the server ended by itself')));
  });
  return {
    base,
    run,
    async close() {
      server.kill();
      await new Promise((ended) => server.once('exit', ended));
      await rm(folder, { recursive: true });
    },
  };
}

/** A browser with a cookie jar of its own: it chats at our page, and follows links as a person does. */
export class Browser {
  #jar = new Map();

  constructor(base) {
    this.base = base;
  }

  async fetch(address, init = {}) {
    const url = new URL(address, this.base);
    const cookies = [...this.#jar.values()].filter((one) => one.host === url.host && url.pathname.startsWith(one.path));
    const headers = { ...init.headers, cookie: cookies.map((one) => `${one.name}=${one.value}`).join('; ') };
    const answer = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const line of answer.headers.getSetCookie()) {
      const [pair, ...rest] = line.split(';').map((part) => part.trim());
      const name = pair.slice(0, pair.indexOf('='));
      const path = rest.find((part) => /^path=/i.test(part))?.slice(5) ?? '/';
      const key = `${url.host}${path} ${name}`;
      const value = pair.slice(pair.indexOf('=') + 1);
      if (value) this.#jar.set(key, { host: url.host, path, name, value });
      else this.#jar.delete(key);
    }
    return answer;
  }

  async json(path, body, token) {
    const headers = { 'content-type': 'application/json', origin: this.base, 'sec-fetch-site': 'same-origin' };
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await this.fetch(path, { headers, ...(body && { method: 'POST', body: JSON.stringify(body) }) });
    const told = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${JSON.stringify(told)}`);
    return told;
  }

  /** A new conversation of this browser's user. */
  async chat() {
    if (this.#jar.size === 0) await this.fetch('/');
    const { id, token } = await this.json('/v1/conversations', {});
    const path = `/v1/conversations/${id}`;
    return {
      say: (text) => this.json(`${path}/turns`, { text }, token),
      state: () => this.json(path, undefined, token),
      /** Messages with these words in them, as soon as there are some. */
      hear: async (words) => {
        let said;
        for (let wait = 0; wait < 30; wait += 1) {
          const { messages } = await this.json(`${path}/messages`, undefined, token);
          const found = messages.filter((message) => message.from === 'bot' && message.text.includes(words));
          if (found.length > 0) return found;
          said = messages.map((message) => `${message.from}: ${message.text}`).join('\n');
          await this.json(`${path}/messages?after=${messages.at(-1).id}&wait=1`, undefined, token);
        }
        throw new Error(`nobody said “${words}”, but:\n${said}`);
      },
    };
  }

  /** Follows a link through Continue and the provider's pages; the text of the page it ends at. */
  async follow(link) {
    let next = link;
    let method = 'POST';
    for (let step = 0; step < 12; step += 1) {
      const answer = await this.fetch(next, { method });
      const to = answer.headers.get('location');
      if (!to) return { status: answer.status, text: await answer.text(), address: next };
      [next, method] = [new URL(to, new URL(next, this.base)).href, 'GET'];
    }
    throw new Error('the sign-in does not end');
  }
}
