-- Digests of the versions of templates that open dialogs go on with.
CREATE VIEW needed AS
  SELECT dialog.value ->> '$.digest' AS digest
  FROM conversations, json_each(conversations.state, '$.dialogs') AS dialog;
