-- Conversations with their state as JSON; `version` is compared and raised by each turn.
CREATE TABLE conversations (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  user TEXT NOT NULL,
  name TEXT NOT NULL,
  binding TEXT NOT NULL,
  token BLOB NOT NULL,
  token_ends INTEGER NOT NULL,
  version INTEGER NOT NULL,
  state TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX conversations_by_token ON conversations (token);
CREATE INDEX conversations_of_user ON conversations (channel, user);
-- What was said, by both, numbered from 1 within a conversation; `turn` is the user's turn it belongs to.
CREATE TABLE messages (
  conversation TEXT NOT NULL,
  id INTEGER NOT NULL,
  turn INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (conversation, id)
) WITHOUT ROWID;
-- The sender's ids of messages, so that one that comes twice runs once.
CREATE TABLE turns (
  conversation TEXT NOT NULL,
  message TEXT NOT NULL,
  turn INTEGER NOT NULL,
  PRIMARY KEY (conversation, message)
) WITHOUT ROWID;
-- Effects that were asked for and have not come back.
CREATE TABLE effects (
  conversation TEXT NOT NULL,
  id TEXT NOT NULL,
  effect TEXT NOT NULL,
  PRIMARY KEY (conversation, id)
) WITHOUT ROWID;
-- Versions of templates that open dialogs began with.
CREATE TABLE versions (digest TEXT PRIMARY KEY, template TEXT NOT NULL, source TEXT NOT NULL) WITHOUT ROWID;
-- Sign-in links in flight; whatever is secret in them is hashed or sealed.
CREATE TABLE attempts (
  id TEXT PRIMARY KEY,
  channel TEXT NOT NULL,
  user TEXT NOT NULL,
  conversation TEXT NOT NULL,
  integration TEXT NOT NULL,
  state_hash BLOB NOT NULL UNIQUE,
  handle_hash BLOB NOT NULL UNIQUE,
  status INTEGER NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  sealed BLOB NOT NULL,
  pending BLOB,
  version INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX attempts_of_user ON attempts (channel, user);
CREATE INDEX attempts_by_end ON attempts (expires);
-- Grants, sealed.
CREATE TABLE grants (
  channel TEXT NOT NULL,
  user TEXT NOT NULL,
  integration TEXT NOT NULL,
  sealed BLOB NOT NULL,
  version INTEGER NOT NULL,
  PRIMARY KEY (channel, user, integration)
) WITHOUT ROWID;
