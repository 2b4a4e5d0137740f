-- The names that the server's own host has had, the newest last. Series have the newest.
CREATE TABLE host_name (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
) STRICT;
