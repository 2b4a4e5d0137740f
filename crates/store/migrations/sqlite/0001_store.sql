-- What there is one of.
CREATE TABLE about (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  epoch TEXT NOT NULL,
  -- Numbers up to this one may have been given.
  reserved INTEGER NOT NULL,
  clean INTEGER NOT NULL
) STRICT;

-- One row a stream. It outlives the stream's messages.
CREATE TABLE stream (
  code INTEGER PRIMARY KEY,
  newest INTEGER NOT NULL,
  horizon INTEGER NOT NULL,
  messages INTEGER NOT NULL,
  bytes INTEGER NOT NULL
) STRICT;

CREATE TABLE jump (
  after INTEGER PRIMARY KEY,
  up_to INTEGER NOT NULL
) STRICT;

CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  prev INTEGER NOT NULL,
  stream INTEGER NOT NULL,
  at INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE INDEX journal_by_stream ON journal (stream, seq);
CREATE INDEX journal_by_time ON journal (stream, at, seq);

CREATE TABLE series (
  id INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  name TEXT NOT NULL,
  -- A JSON object, keys in order.
  labels TEXT NOT NULL,
  unit TEXT,
  UNIQUE (host, name, labels)
) STRICT;

-- With an id of its own rather than clustered by its key: chunks of a few kilobytes would spill
-- out of the pages of an index.
CREATE TABLE chunk (
  id INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series (id),
  resolution INTEGER NOT NULL,
  start_at INTEGER NOT NULL,
  end_at INTEGER NOT NULL,
  samples INTEGER NOT NULL,
  data BLOB NOT NULL,
  UNIQUE (series, resolution, start_at)
) STRICT;

CREATE INDEX chunk_by_age ON chunk (resolution, end_at);

-- One row a resolution: how many chunks, how large, and the longest span of one, which bounds how
-- far before a range a chunk that reaches into it can begin.
CREATE TABLE tier (
  resolution INTEGER PRIMARY KEY,
  chunks INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  span INTEGER NOT NULL
) STRICT;
