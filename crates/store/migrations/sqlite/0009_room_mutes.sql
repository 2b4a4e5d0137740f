-- Who is not notified of what is said in which room.
CREATE TABLE room_mute (
  room TEXT NOT NULL,
  reader TEXT NOT NULL,
  PRIMARY KEY (room, reader)
) STRICT, WITHOUT ROWID;
