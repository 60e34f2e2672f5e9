// openid-client, as published, goes through every grant of the sandbox org.
// What each refusal says is left to the Rust tests of the sandbox.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as oauth from 'openid-client';

import { CALLBACK, CLIENT, ORG, signIn } from './org.mjs';

const addresses = {
  issuer: ORG,
  authorization_endpoint: `${ORG}/services/oauth2/authorize`,
  token_endpoint: `${ORG}/services/oauth2/token`,
  revocation_endpoint: `${ORG}/services/oauth2/revoke`,
  introspection_endpoint: `${ORG}/services/oauth2/introspect`,
  userinfo_endpoint: `${ORG}/services/oauth2/userinfo`,
};

for (const authentication of [oauth.ClientSecretPost, oauth.ClientSecretBasic]) {
  const client = new oauth.Configuration(addresses, CLIENT.id, CLIENT.secret, authentication(CLIENT.secret));
  oauth.allowInsecureRequests(client);

  test(`${authentication.name}: signs in, refreshes, asks about its token and gives it back`, async () => {
    const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
    const expectedState = oauth.randomState();
    const authorize = oauth.buildAuthorizationUrl(client, {
      redirect_uri: CALLBACK,
      scope: 'openid api refresh_token',
      state: expectedState,
      code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    });
    const callback = await signIn(authorize.href);
    const granted = await oauth.authorizationCodeGrant(client, callback, { pkceCodeVerifier, expectedState });
    const user = await oauth.fetchUserInfo(client, granted.access_token, granted.id.replace(/.*(?=\/id\/)/, ORG));
    assert.equal(user.preferred_username, 'rep@example.com');
    assert.equal((await oauth.tokenIntrospection(client, granted.access_token)).active, true);

    const renewed = await oauth.refreshTokenGrant(client, granted.refresh_token);
    assert.notEqual(renewed.refresh_token, granted.refresh_token);
    await oauth.tokenRevocation(client, renewed.refresh_token);
    assert.equal((await oauth.tokenIntrospection(client, renewed.access_token)).active, false);
    await assert.rejects(oauth.refreshTokenGrant(client, renewed.refresh_token), { error: 'invalid_grant' });
  });

  test(`${authentication.name}: acts for itself`, async () => {
    const granted = await oauth.clientCredentialsGrant(client);
    const limits = new URL(`${ORG}/services/data/v62.0/limits`);
    assert.equal((await oauth.fetchProtectedResource(client, granted.access_token, limits, 'GET')).status, 200);
    assert.equal(granted.refresh_token, undefined);
  });

  test(`${authentication.name}: is told when the user says no`, async () => {
    const code_challenge = await oauth.calculatePKCECodeChallenge(oauth.randomPKCECodeVerifier());
    const authorize = oauth.buildAuthorizationUrl(client, { redirect_uri: CALLBACK, scope: 'api', state: 'x', code_challenge });
    const callback = await signIn(authorize.href, { decision: 'deny' });
    await assert.rejects(oauth.authorizationCodeGrant(client, callback, { expectedState: 'x' }), { error: 'access_denied' });
  });
}
