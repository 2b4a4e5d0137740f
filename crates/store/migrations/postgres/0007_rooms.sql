-- See the SQLite file's.
CREATE TABLE room (
  id text PRIMARY KEY,
  seq bigint NOT NULL,
  body text NOT NULL
);

-- Always empty: the journal has the bodies, of which only a vacuum removes what they were before.
CREATE TABLE room_body (
  id bigint PRIMARY KEY,
  seq bigint NOT NULL,
  body text NOT NULL
);

CREATE TABLE room_read (
  room text NOT NULL,
  reader text NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (room, reader)
);
