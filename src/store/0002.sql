-- What the state was after a turn of the user (awaiting, slots), so that a message that comes twice gets the same answer.
ALTER TABLE turns ADD COLUMN answer TEXT NOT NULL DEFAULT '{"awaiting":{"kind":"nothing"},"slots":{}}';
