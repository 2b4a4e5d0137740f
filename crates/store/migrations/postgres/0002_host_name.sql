-- See the SQLite file's.
CREATE TABLE host_name (
  id integer PRIMARY KEY,
  name text NOT NULL UNIQUE
);
