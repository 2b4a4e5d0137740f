-- Which chain a message belongs to: of a channel, of another host than the server's own, or (both absent) the
-- stream's own. Messages from before this migration count as the stream's own.
ALTER TABLE journal ADD COLUMN host TEXT;
ALTER TABLE journal ADD COLUMN channel TEXT;

CREATE INDEX journal_by_channel ON journal (stream, channel, seq) WHERE channel IS NOT NULL;

-- One row a chain; it outlives the chain's messages. Empty instead of absent.
CREATE TABLE chain (
  stream INTEGER NOT NULL,
  channel TEXT NOT NULL,
  host TEXT NOT NULL,
  newest INTEGER NOT NULL,
  horizon INTEGER NOT NULL,
  PRIMARY KEY (stream, channel, host)
) STRICT, WITHOUT ROWID;

-- Messages up to this number were sent and never stored, whatever their chain.
ALTER TABLE stream ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;

INSERT INTO chain SELECT code, '', '', newest, horizon FROM stream WHERE newest > 0;
