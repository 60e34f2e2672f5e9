// JWT bearer from one end to the other: a key pair that node makes, an org that holds its public half, a profile made in the
// terminal, and a chat in which nobody signs in. What each refusal means stands in docs/connect-salesforce.md.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Browser, freePort, openDesk, TURNWISE } from './desk.mjs';

const keys = () => generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const [ours, others] = [keys(), keys()];
const folder = await mkdtemp(join(tmpdir(), 'turnwise-jwt-'));
const certificate = join(folder, 'public.pem');
await writeFile(certificate, ours.publicKey);
const org = spawn(TURNWISE, ['sandbox', '--port', '0', '--jwt-certificate', certificate], { stdio: ['ignore', 'pipe', 'inherit'] });
after(async () => {
  org.kill();
  await rm(folder, { recursive: true });
});
const login = await new Promise((found) => {
  org.stdout.on('data', (line) => {
    const address = String(line).match(/http:\/\/[0-9.:]+/);
    if (address) found(address[0]);
  });
});
const desk = await openDesk({
  port: await freePort(),
  bot: 'name: Leads\ntemplates: [salesforce/*]\nintegrations: { salesforce: { authorize: operator } }\n',
  integration: 'salesforce',
  by: 'operator',
  flags: [
    ['--mechanism', 'jwt_bearer'],
    ['--login-host', login],
    ['--client-id', 'turnwise-demo'],
    ['--username', 'rep@example.com'],
    ['--secret', 'private_key=DESK_KEY'],
  ].flat(),
  secrets: { DESK_KEY: ours.privateKey, OTHER_KEY: others.privateKey, NO_KEY: 'no key at all' },
});
after(() => desk.close());

test('an operator authorizes without a page, and a user lists leads without a link', async () => {
  const authorized = await desk.run('authorize', 'salesforce');
  assert.match(authorized.stdout, /salesforce is connected as rep@example\.com/);
  const chat = await new Browser(desk.base).chat();
  await chat.say('show me all leads');
  await chat.hear('You have 25 leads');
  assert.equal((await chat.state()).awaiting.kind, 'nothing');
});

test('a key of another certificate is refused in a sentence, and the chat says whom to ask', async () => {
  await desk.run('sign-out', 'salesforce');
  await desk.run('save-profile', 'own', '--secret', 'private_key=OTHER_KEY');
  await assert.rejects(desk.run('authorize', 'salesforce'), (refused) => {
    assert.equal(refused.code, 1);
    assert.match(refused.stdout, /salesforce was not authorized: .* does not take the signed statement\. Check that the private key of the profile/);
    return true;
  });
  const listed = await desk.run('list');
  assert.match(listed.stdout, /trouble: .* does not take the signed statement/);
  const chat = await new Browser(desk.base).chat();
  await chat.say('show me all leads');
  await chat.hear('administrator');
});

test('what is no key is not even saved', async () => {
  await assert.rejects(desk.run('save-profile', 'own', '--secret', 'private_key=NO_KEY'), (refused) => {
    assert.match(refused.stderr, /NO_KEY.* holds no RSA key in PEM/);
    return true;
  });
});

test('with the right key again it works at once', async () => {
  await desk.run('save-profile', 'own', '--secret', 'private_key=DESK_KEY');
  const chat = await new Browser(desk.base).chat();
  await chat.say('show me all leads');
  await chat.hear('You have 25 leads');
});
