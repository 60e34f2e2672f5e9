-- What of a turn stands in no message, as lines of a transcript: what happened (`heard`; empty where the user's message says
-- it) and what was asked of the world. `version` is the conversation's before the turn; its messages go from `first` to `last`.
CREATE TABLE played (
  conversation TEXT NOT NULL,
  version INTEGER NOT NULL,
  first INTEGER NOT NULL,
  last INTEGER NOT NULL,
  heard TEXT NOT NULL,
  asked TEXT NOT NULL,
  PRIMARY KEY (conversation, version)
) WITHOUT ROWID;
