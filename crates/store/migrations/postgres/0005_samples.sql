-- See the SQLite file's.
CREATE TABLE series_set (
  id text PRIMARY KEY,
  series text NOT NULL,
  last bigint
);

ALTER TABLE about ADD COLUMN sealed bigint;

ALTER TABLE series ADD COLUMN is_counter boolean NOT NULL DEFAULT false;
