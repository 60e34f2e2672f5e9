// A server that speaks the /v1 contract in memory and serves the real pages under the real policy, for tests and for work on the pages.
// `node mock.mjs --port 8090` serves it to a person; tests start one each and hold its controls.

import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { createServer } from 'node:http';

import { GREETING, answer } from './mock_bot.mjs';
import { PAGES, page } from './pages.mjs';

const CHAT_POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";
const SIGN_IN_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'";
const TYPES = { js: 'text/javascript', css: 'text/css', html: 'text/html; charset=utf-8' };
const BOT = {
  name: 'Sales Assistant',
  greeting: GREETING,
  integrations: { salesforce: { title: 'Salesforce', host: 'login.salesforce.com' } },
  examples: ['I just met Jane Doe from Acme, jane at acme.com', 'Show me my newest leads', 'Update Jane’s status to Working', 'Delete the lead Jane Doe'],
};

// `bot` overrides what /v1/bot says; `signedIn` starts a user that has a grant.
export async function startMock({ port = 0, bot = {}, signedIn = false, linkSeconds = 600 } = {}) {
  // The page of another site that has the widget; its own server opens the conversation.
  const SITE = '<!doctype html><title>Another site</title><link rel="icon" href="data:,"><style>* { color: red !important; font: 30px serif }</style><h1>Another site</h1><script src="http://127.0.0.1:PORT/widget.js" data-open="/my/chat" defer></script>';
  const conversations = new Map();
  // What a test can break: turns fail or are held back, streams are refused, tokens are over.
  const control = { failTurns: false, awayTurns: 0, held: null, refuseStreams: false, tokensEnded: false, turns: [], requests: [] };

  function begin() {
    const one = {
      id: randomBytes(8).toString('hex'), token: randomBytes(16).toString('hex'), messages: [], streams: new Set(), turn: 0, ran: new Map(),
      awaiting: { kind: 'nothing' }, shown: 0, signedIn, links: 0,
    };
    one.link = () => {
      one.links += 1;
      return { url: `${address}/auth/start/${one.id}.${one.links}`, expires: new Date(Date.now() + linkSeconds * 1000).toISOString() };
    };
    conversations.set(one.id, one);
    add(one, 'bot', { kind: 'text', text: GREETING });
    return one;
  }

  function add(one, from, message) {
    const full = { id: one.messages.length + 1, from, at: new Date().toISOString(), ...message };
    one.messages.push(full);
    for (const stream of one.streams) stream.write(`event: message\nid: ${full.id}\ndata: ${JSON.stringify(full)}\n\n`);
    return full;
  }

  function state(one) {
    return { turn: one.turn, awaiting: one.awaiting, slots: {} };
  }

  function tell(one) {
    for (const stream of one.streams) stream.write(`event: state\ndata: ${JSON.stringify(state(one))}\n\n`);
  }

  async function turn(one, body) {
    if (body.id && one.ran.has(body.id)) return one.ran.get(body.id);
    control.turns.push(body);
    if (control.held) await control.held;
    add(one, 'user', { kind: 'text', text: body.text ?? String(body.value) });
    const [replies, awaiting] = answer(String(body.value ?? body.text), one);
    one.turn += 1;
    one.awaiting = awaiting;
    const messages = replies.map((reply) => add(one, 'bot', reply));
    tell(one);
    const result = { ...state(one), messages };
    if (body.id) one.ran.set(body.id, result);
    return result;
  }

  // What the bot says on its own.
  function push(messages, awaiting = { kind: 'nothing' }, one = [...conversations.values()].at(-1)) {
    one.awaiting = awaiting;
    for (const message of messages) add(one, 'bot', message);
    tell(one);
  }

  function granted(one) {
    one.signedIn = true;
    push([{ kind: 'text', text: 'Connected as rep@example.com (Example Org).', integration: 'salesforce', outcome: 'granted' },
      { kind: 'card', title: 'Create this lead?', text: 'Back to your lead. Create this lead?', fields: [{ label: 'Name', value: 'Jane Doe' }, { label: 'Company', value: 'Acme' }], choices: [{ title: 'Yes', value: 'yes' }, { title: 'Change something', value: 'change' }, { title: 'Cancel', value: 'cancel' }] }],
    { kind: 'confirm', what: 'create', template: 'create_lead' }, one);
  }

  async function handle(request, response) {
    const url = new URL(request.url, 'http://127.0.0.1');
    const path = url.pathname;
    control.requests.push(`${request.method} ${path}`);
    const send = (status, body, headers = {}) => {
      response.writeHead(status, { ...(request.headers.origin ? { 'access-control-allow-origin': request.headers.origin, 'access-control-allow-headers': 'authorization, content-type', 'access-control-allow-methods': '*', vary: 'origin' } : {}), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', ...headers });
      response.end(body);
    };
    const json = (status, body) => send(status, JSON.stringify(body), { 'content-type': 'application/json' });
    const refuse = (status, code, message) => json(status, { error: { code, message } });
    const html = (body) => send(200, body, { 'content-type': TYPES.html, 'content-security-policy': SIGN_IN_POLICY });

    if (path === '/') return send(200, readFileSync(`${PAGES}chat.html`), { 'content-type': TYPES.html, 'content-security-policy': CHAT_POLICY, 'set-cookie': 'turnwise=1; HttpOnly; SameSite=Lax; Path=/' });
    if (request.method === 'OPTIONS') return send(204, '');
    if (path === '/site') return send(200, SITE.replace('PORT', server.address().port), { 'content-type': TYPES.html });
    if (path === '/my/chat') {
      await read(request);
      const one = begin();
      return json(200, { id: one.id, token: one.token });
    }
    if (path.startsWith('/assets/') || path === '/widget.js') {
      const name = path.replace(/^\/(assets\/)?/, '');
      if (!readdirSync(PAGES).includes(name)) return refuse(404, 'not_found', 'There is no such file.');
      return send(200, readFileSync(PAGES + name), { 'content-type': TYPES[name.split('.').at(-1)] });
    }
    if (path === '/v1/bot') return json(200, { ...BOT, ...bot });
    if (path.startsWith('/auth/')) return auth(request, path, html, send);
    if (path === '/v1/conversations' && request.method === 'POST') {
      const { user, sign_in: signIn } = await read(request);
      if (user || signIn) return refuse(403, 'not_yours', 'This page can’t name its user.');
      const one = begin();
      return json(201, { id: one.id, token: one.token, user: { id: 'u1' }, messages: one.messages, awaiting: one.awaiting });
    }
    const [, id, rest = ''] = /^\/v1\/conversations\/(\w+)(\/\w+)?$/.exec(path) ?? [];
    const one = conversations.get(id);
    if (!one) return refuse(404, 'conversation_not_found', 'Start a new conversation.');
    const token = request.headers.authorization?.replace('Bearer ', '') ?? url.searchParams.get('token');
    if (token !== one.token || control.tokensEnded) return refuse(401, 'token_ended', 'Start a new conversation.');
    if (rest === '' && request.method === 'GET') return json(200, { awaiting: one.awaiting, slots: {}, dialogs: [], signed_in: { salesforce: one.signedIn } });
    if (rest === '/messages') return json(200, { messages: one.messages.filter((message) => message.id > Number(url.searchParams.get('after') ?? 0)) });
    if (rest === '/events') return events(request, response, url, one, refuse);
    if (rest === '/turns' && request.method === 'POST') {
      const body = await read(request);
      // A browser sends again by itself what a kept-alive connection swallowed, so this one fails for as long as it is on.
      if (control.failTurns) return request.socket.destroy();
      if (control.awayTurns > 0) {
        control.awayTurns -= 1;
        return refuse(503, 'away', 'Try again.');
      }
      return json(200, await turn(one, body));
    }
    return refuse(404, 'not_found', 'There is no such address.');
  }

  function events(request, response, url, one, refuse) {
    if (control.refuseStreams) return refuse(503, 'away', 'Try again.');
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'access-control-allow-origin': request.headers.origin ?? '*' });
    response.write(': here\n\n');
    const after = Number(request.headers['last-event-id'] ?? url.searchParams.get('after') ?? 0);
    for (const message of one.messages.filter((each) => each.id > after)) response.write(`event: message\nid: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`);
    one.streams.add(response);
    response.on('close', () => one.streams.delete(response));
  }

  function auth(request, path, html, send) {
    const common = { bot: bot.name ?? BOT.name, channel: 'web chat', integration: 'Salesforce' };
    if (path === '/auth/not-me') return html(page('problem', { ...common, title: 'Nothing was connected', sentence: 'You can close this page.', next: 'If someone sent you the link, don’t use it: it would have connected your account to their chat.' }));
    if (path === '/auth/done') return html(page('done', { ...common, account: 'rep@example.com', org: 'Example Org' }));
    if (path === '/auth/code') return html(page('done', { ...common, channel: 'WhatsApp', user_name: '<script>alert(1)</script>', account: 'rep@example.com', org: 'Example Org', code: '482 913', minutes: 5 }));
    if (path === '/auth/problem') {
      return html(page('problem', {
        ...common, title: 'Your administrator has to allow this app', sentence: 'Salesforce didn’t let Sales Assistant connect, because your company decides which apps may. Nothing was connected.',
        next: 'Send the details below to your Salesforce administrator, then ask in the chat for a new link.', admin_details: 'Connected app “Turnwise” is blocked for this org (OAUTH_APP_BLOCKED).\nUnder Setup, Connected Apps OAuth Usage, unblock it or install it.',
      }));
    }
    const id = /^\/auth\/start\/(\w+)\.\d+$/.exec(path)?.[1];
    const one = conversations.get(id);
    if (!one) return html(page('problem', { ...common, title: 'This link has expired', sentence: 'Ask in the chat for a new one.' }));
    if (request.method === 'POST') {
      granted(one);
      return send(303, '', { location: '/auth/done' });
    }
    return html(page('start', { ...common, login_host: 'login.salesforce.com', minutes: 10, scopes_sentence: 'Sales Assistant asks to read and change Salesforce records on your behalf, until you sign out.' }));
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error) => {
      console.error(error);
      response.destroy();
    });
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  const address = `http://127.0.0.1:${server.address().port}`;
  return {
    address,
    control,
    push,
    granted: () => granted([...conversations.values()].at(-1)),
    conversation: () => [...conversations.values()].at(-1),
    streams: () => [...conversations.values()].reduce((sum, one) => sum + one.streams.size, 0),
    dropStreams() {
      for (const one of conversations.values()) for (const stream of one.streams) stream.destroy();
    },
    // Holds all turns back; the function that it gives lets them go.
    hold() {
      let release;
      control.held = new Promise((done) => { release = () => { control.held = null; done(); }; });
      return release;
    },
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function read(request) {
  let text = '';
  for await (const part of request) text += part;
  return text === '' ? {} : JSON.parse(text);
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const at = process.argv.indexOf('--port');
  const mock = await startMock({ port: at > 0 ? Number(process.argv[at + 1]) : 8090 });
  console.log(mock.address);
}
