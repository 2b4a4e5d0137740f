-- See the SQLite file's.
CREATE TABLE idempotency_key (
  owner text NOT NULL,
  key text NOT NULL,
  digest bytea NOT NULL,
  at bigint NOT NULL,
  accepted bigint NOT NULL,
  rejected bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (owner, key)
);

CREATE INDEX idempotency_key_by_time ON idempotency_key (at);
