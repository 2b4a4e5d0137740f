-- See the SQLite file's.
CREATE TABLE board (
  id text PRIMARY KEY,
  seq bigint NOT NULL,
  body text NOT NULL
);

CREATE TABLE board_version (
  board text NOT NULL,
  version bigint NOT NULL,
  info text NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (board, version)
);
