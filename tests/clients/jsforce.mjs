// jsforce, as published, signs in at the sandbox org and works with its leads.
// What the org answers in detail is left to the Rust tests of the sandbox.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';

import jsforce from 'jsforce';

import { CALLBACK, CLIENT, ORG, control, signIn } from './org.mjs';

const org = new jsforce.Connection({
  version: '62.0',
  oauth2: new jsforce.OAuth2({
    loginUrl: ORG,
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    redirectUri: CALLBACK,
    useVerifier: true,
  }),
});
const leads = org.sobject('Lead');

before(async () => {
  const seeded = Array.from({ length: 450 }, (_, n) => ({ first_name: 'Ama', last_name: `Osei ${n}`, company: 'Kente' }));
  await control('reset', { leads: seeded });
  const address = org.oauth2.getAuthorizationUrl({ scope: 'api id refresh_token', state: 'x' });
  const callback = await signIn(address);
  await org.authorize(callback.searchParams.get('code'));
});

test('knows who signed in', async () => {
  assert.equal((await org.identity()).username, 'rep@example.com');
});

test('creates, reads, changes and deletes a lead', async () => {
  const { id, success } = await leads.create({ LastName: "O'Neil", Company: 'Acme' });
  assert.ok(success);
  assert.equal((await leads.update({ Id: id, Title: 'CTO' })).success, true);
  assert.equal((await leads.retrieve(id)).Title, 'CTO');
  assert.equal((await leads.recent())[0].Id, id);
  assert.equal((await leads.destroy(id)).success, true);
  await assert.rejects(leads.retrieve(id), { errorCode: 'ENTITY_IS_DELETED' });
});

test('is told all missing fields in one error', async () => {
  const refused = await leads.create({}).catch((error) => error);
  assert.equal(refused.errorCode, 'REQUIRED_FIELD_MISSING');
  assert.deepEqual(refused.data.fields, ['LastName', 'Company']);
});

test('upserts by external id', async () => {
  const made = await leads.upsert({ LastName: 'Boateng', Company: 'Kente', External_Id__c: 'js-1' }, 'External_Id__c');
  const changed = await leads.upsert({ LastName: 'Mensah', External_Id__c: 'js-1' }, 'External_Id__c');
  assert.deepEqual([made.created, changed.created, changed.id], [true, false, made.id]);
});

test('saves many in one call, each with its own answer', async () => {
  const [saved, refused] = await leads.create([{ LastName: 'Addo', Company: 'Kente' }, { LastName: 'Addo' }]);
  assert.ok(saved.success);
  assert.equal(refused.errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
});

test('pages through a query, finds, counts and searches', async () => {
  const all = await org.query("SELECT Id FROM Lead WHERE LastName LIKE 'Osei%'", {
    autoFetch: true,
    headers: { 'Sforce-Query-Options': 'batchSize=200' },
  });
  assert.equal(all.records.length, 450);
  const found = await leads.find({ LastName: { $like: 'Osei 1%' } }, 'Id, Name').sort({ LastName: 1 }).limit(2).skip(1);
  assert.deepEqual(found.map((lead) => lead.Name), ['Ama Osei 10', 'Ama Osei 100']);
  assert.equal(await leads.count({ LastName: 'Osei 7' }), 1);
  const { searchRecords } = await org.search('FIND {"Osei 44"} IN ALL FIELDS RETURNING Lead(Id, Name)');
  assert.deepEqual(searchRecords.map((lead) => lead.Name), ['Ama Osei 44']);
  await assert.rejects(org.query('SELECT Id FROM'), { errorCode: 'MALFORMED_QUERY' });
});

test('describes the org', async () => {
  assert.ok((await leads.describe()).fields.some((field) => field.name === 'External_Id__c'));
  assert.ok((await org.describeGlobal()).sobjects.some((object) => object.name === 'Opportunity'));
  await org.limits();
  assert.equal(org.limitInfo.apiUsage.limit, 15_000);
});

test('renews its access token when it has run out', async () => {
  await control('expire', { what: 'access' });
  assert.equal((await org.query('SELECT COUNT() FROM Lead')).done, true);
});

test('is refused with an unknown token and with a password', async () => {
  const stranger = new jsforce.Connection({ instanceUrl: ORG, accessToken: 'none' });
  await assert.rejects(stranger.query('SELECT Id FROM Lead'), { errorCode: 'INVALID_SESSION_ID' });
  await assert.rejects(org.oauth2.authenticate('rep@example.com', 'demo'), /grant type not supported/);
});
