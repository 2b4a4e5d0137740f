-- See the SQLite file's.
CREATE TABLE room_mute (
  room text NOT NULL,
  reader text NOT NULL,
  PRIMARY KEY (room, reader)
);
