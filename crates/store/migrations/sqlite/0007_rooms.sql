-- Rooms as the messages of the stream `rooms` have made them, with which a start continues. There are few, they are read
-- once, at the start, and each is replaced as a whole.
CREATE TABLE room (
  id TEXT PRIMARY KEY,
  -- The number of the newest message that it has applied.
  seq INTEGER NOT NULL,
  -- A JSON object.
  body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The bodies of the messages of the stream `rooms`, which the journal has without. A body that has to be gone, since its
-- text was deleted, is overwritten in its place by one of the same length, and the new one is added at the end: so SQLite
-- never moves a row, which would leave a copy of it in the file.
CREATE TABLE room_body (
  id INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX room_body_by_seq ON room_body (seq, id);

-- Up to which message somebody has read a room.
CREATE TABLE room_read (
  room TEXT NOT NULL,
  reader TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (room, reader)
) STRICT, WITHOUT ROWID;
