-- See the SQLite file's.
CREATE TABLE alert_document (
  kind text NOT NULL,
  id text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (kind, id)
);
