-- What people set up and say about alerts, and what the server knows about those that are firing: rules, silences,
-- acknowledgements, targets of notifications. There are few, they are read once, at the start, and each is replaced as a
-- whole.
CREATE TABLE alert_document (
  -- What it is, such as `rule`.
  kind TEXT NOT NULL,
  -- Unique among those of its kind.
  id TEXT NOT NULL,
  -- A JSON object.
  body TEXT NOT NULL,
  PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;
