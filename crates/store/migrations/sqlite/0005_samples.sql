-- The series that messages with many values refer to, as JSON.
CREATE TABLE series_set (
  id TEXT PRIMARY KEY,
  series TEXT NOT NULL,
  -- The newest message that refers to it; absent while further ones may.
  last INTEGER
) STRICT;

-- Everything up to this number that becomes samples is in chunks. Absent if that is not known.
ALTER TABLE about ADD COLUMN sealed INTEGER;

-- Whether its values are a total that only grows.
ALTER TABLE series ADD COLUMN is_counter INTEGER NOT NULL DEFAULT 0;
