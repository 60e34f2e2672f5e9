-- Since when a grant is there and when it was last used, in milliseconds since 1970.
ALTER TABLE grants ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN used INTEGER NOT NULL DEFAULT 0;
UPDATE grants SET since=unixepoch()*1000, used=unixepoch()*1000;
CREATE INDEX attempts_by_age ON attempts (created);
-- What operators set up: how integrations are set up, authorization profiles, log-ins and sessions of the console. Sealed.
CREATE TABLE kept (kind TEXT NOT NULL, id TEXT NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (kind, id)) WITHOUT ROWID;
-- The audit trail: what happened to links and grants. No secrets.
CREATE TABLE trail (
  n INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  deed TEXT NOT NULL,
  why TEXT NOT NULL,
  channel TEXT NOT NULL,
  user TEXT NOT NULL,
  conversation TEXT NOT NULL,
  integration TEXT NOT NULL,
  attempt TEXT NOT NULL,
  account TEXT NOT NULL,
  org_id TEXT NOT NULL,
  user_id TEXT NOT NULL
);
CREATE INDEX trail_by_age ON trail (at);
