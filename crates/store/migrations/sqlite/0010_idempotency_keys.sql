-- Keys of requests whose messages are stored: a request that is repeated with its key is not stored again. All of them are
-- read once, at the start.
CREATE TABLE idempotency_key (
  -- Whose key it is: equal keys of two senders are different keys.
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  -- The SHA-256 of the request's body.
  digest BLOB NOT NULL,
  -- When the request was stored. From the time and the body the response can be made again.
  at INTEGER NOT NULL,
  -- How many entries were stored, and how many were not.
  accepted INTEGER NOT NULL,
  rejected INTEGER NOT NULL,
  -- One of its messages: the key is withdrawn with it.
  seq INTEGER NOT NULL,
  PRIMARY KEY (owner, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_key_by_time ON idempotency_key (at);
