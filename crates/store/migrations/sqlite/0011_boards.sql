-- Boards as the messages of the stream `boards` have made them, with which a start continues. There are few, they are read
-- once, at the start, and each is replaced as a whole.
CREATE TABLE board (
  id TEXT PRIMARY KEY,
  -- The number of the newest message that it has applied.
  seq INTEGER NOT NULL,
  -- A JSON object, or `null` in place of one that was deleted, so that its id is not given again.
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What boards were before.
CREATE TABLE board_version (
  board TEXT NOT NULL,
  -- The number of its newest message.
  version INTEGER NOT NULL,
  -- A JSON object: all of it but the content.
  info TEXT NOT NULL,
  -- The content, a JSON object.
  body TEXT NOT NULL,
  PRIMARY KEY (board, version)
) STRICT;
