// A strict OAuth 2.0 server that other people wrote (PKCE is a must, refresh tokens rotate, a refresh token that comes twice
// kills its grant), and a shop that believes its access tokens. What Turnwise makes of both is left to the tests.

import { createServer } from 'node:http';

import Provider from 'oidc-provider';

import { freePort } from './desk.mjs';

export const SECRET = 'a secret: with %, + and / in it';

async function listening(answer, port = 0) {
  const server = createServer(answer);
  await new Promise((ready) => server.listen(port, '127.0.0.1', ready));
  return server;
}

/** The server, whose sign-in pages do what `person` says, and what it has seen. */
export async function openProvider(callback) {
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const person = { name: 'ann', allows: true };
  const seen = { requests: [], grantsKilled: 0, access: new Set(), refresh: [] };
  const client = (client_id, token_endpoint_auth_method) => ({
    client_id,
    client_secret: SECRET,
    redirect_uris: [callback],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method,
  });
  const provider = new Provider(issuer, {
    clients: [client('desk', 'client_secret_basic'), client('desk-post', 'client_secret_post')],
    cookies: { keys: ['a key of this test'] },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, preferred_username: `${id}@shop.example` }) }),
    claims: { profile: ['preferred_username'] },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    issueRefreshToken: () => true,
    pkce: { required: () => true },
    rotateRefreshToken: true,
    ttl: { AccessToken: 3600, AuthorizationCode: 60, Grant: 86_400, IdToken: 3600, Interaction: 600, RefreshToken: 86_400, Session: 86_400 },
  });
  provider.on('access_token.saved', (token) => seen.access.add(token.jti));
  provider.on('access_token.issued', (token) => seen.access.add(token.jti));
  provider.on('refresh_token.saved', (token) => seen.refresh.push(token.jti));
  provider.on('grant.revoked', () => { seen.grantsKilled += 1; });
  for (const event of ['grant.success', 'grant.error']) {
    provider.on(event, (context) => {
      const { grant_type } = context.oidc.params ?? {};
      seen.requests.push({ grant_type, fine: event === 'grant.success' });
    });
  }
  const routes = provider.callback();
  const server = await listening(async (request, response) => {
    if (!request.url.startsWith('/interaction/')) return routes(request, response);
    try {
      await decide(provider, person, request, response);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  }, port);
  return {
    issuer,
    person,
    seen,
    /** How many requests of a kind succeeded. */
    made: (grant_type) => seen.requests.filter((one) => one.grant_type === grant_type && one.fine).length,
    /** Ends every access token; their refresh tokens stay good. */
    async expire() {
      for (const jti of seen.access) await (await provider.AccessToken.find(jti))?.destroy();
      seen.access.clear();
    },
    /** Whose access token this is; undefined where it is none. */
    async owner(token) {
      const found = await provider.AccessToken.find(token);
      return found && !found.isExpired ? found.accountId : undefined;
    },
    isRefreshTokenGood: async (jti) => {
      const found = await provider.RefreshToken.find(jti);
      return Boolean(found && !found.consumed && (await provider.Grant.find(found.grantId)));
    },
    close: () => server.close(),
  };
}

/** The page where a person signs in and says yes or no. */
async function decide(provider, person, request, response) {
  const { prompt, params, grantId, session } = await provider.interactionDetails(request, response);
  let result;
  if (!person.allows) {
    result = { error: 'access_denied', error_description: 'the person said no' };
  } else if (prompt.name === 'login') {
    result = { login: { accountId: person.name } };
  } else {
    const known = grantId && (await provider.Grant.find(grantId));
    const grant = known || new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
    grant.addOIDCScope(params.scope);
    result = { consent: { grantId: await grant.save() } };
  }
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
}

/** A shop with orders that only an access token of the provider opens, and the calls it has answered. */
export async function openShop(provider) {
  const calls = [];
  const server = await listening(async (request, response) => {
    const token = request.headers.authorization?.match(/^Bearer (.+)$/)?.[1];
    const owner = token && (await provider.owner(token));
    const [, number, cancels] = request.url.match(/^\/orders\/([A-Z]{2}-\d{6})(\/cancellation)?$/) ?? [];
    const status = owner ? (number ? 200 : 404) : 401;
    calls.push({ method: request.method, number, owner, status });
    const body = status !== 200 ? { error: 'no' } : cancels ? { refund: { amount: 12 } } : { order: { state: `on its way to ${owner}` } };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  return { url: `http://127.0.0.1:${server.address().port}`, calls, close: () => server.close() };
}
