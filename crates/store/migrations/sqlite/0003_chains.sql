-- Which chain a message belongs to: of a channel, of another host than the server's own, or (both absent) the
-- stream's own. Those of messages from before this migration are not known.
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

-- Messages up to this number were deleted or never stored, whatever their chain. What was deleted before this
-- migration may have been of any.
ALTER TABLE stream ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
-- Of messages up to this number the chain is not known.
ALTER TABLE stream ADD COLUMN unchained INTEGER NOT NULL DEFAULT 0;
UPDATE stream SET lost = horizon, unchained = newest;

INSERT INTO chain SELECT code, '', '', newest, horizon FROM stream WHERE newest > 0;
