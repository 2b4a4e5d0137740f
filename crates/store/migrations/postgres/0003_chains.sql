-- See the SQLite file's.
ALTER TABLE journal ADD COLUMN host text;
ALTER TABLE journal ADD COLUMN channel text;

CREATE INDEX journal_by_channel ON journal (stream, channel, seq) WHERE channel IS NOT NULL;

CREATE TABLE chain (
  stream smallint NOT NULL,
  channel text NOT NULL,
  host text NOT NULL,
  newest bigint NOT NULL,
  horizon bigint NOT NULL,
  PRIMARY KEY (stream, channel, host)
);

ALTER TABLE stream ADD COLUMN lost bigint NOT NULL DEFAULT 0;
ALTER TABLE stream ADD COLUMN unchained bigint NOT NULL DEFAULT 0;
UPDATE stream SET lost = horizon, unchained = newest;

INSERT INTO chain SELECT code, '', '', newest, horizon FROM stream WHERE newest > 0;
