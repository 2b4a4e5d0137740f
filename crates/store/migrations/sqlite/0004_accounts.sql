-- Users. `key` is the name in lower case, by which a user is found.
CREATE TABLE account (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL,
  origin TEXT NOT NULL,
  -- A PHC string.
  password TEXT,
  totp BLOB,
  totp_pending BLOB,
  totp_step INTEGER,
  totp_required INTEGER NOT NULL,
  -- The digests of the recovery codes, 32 bytes each.
  recovery BLOB NOT NULL,
  -- A JSON object.
  preferences TEXT NOT NULL,
  created INTEGER NOT NULL,
  is_denied INTEGER NOT NULL
) STRICT;

-- Signed-in browsers.
CREATE TABLE session (
  id INTEGER PRIMARY KEY,
  account INTEGER NOT NULL REFERENCES account (id),
  digest BLOB NOT NULL UNIQUE,
  created INTEGER NOT NULL,
  used INTEGER NOT NULL,
  address TEXT NOT NULL,
  user_agent TEXT NOT NULL
) STRICT;

CREATE INDEX session_by_account ON session (account);

-- API tokens. Without an account it is one of the server's.
CREATE TABLE token (
  id INTEGER PRIMARY KEY,
  account INTEGER REFERENCES account (id),
  digest BLOB NOT NULL UNIQUE,
  name TEXT NOT NULL,
  -- Separated by spaces.
  scopes TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER,
  used INTEGER
) STRICT;

CREATE INDEX token_by_account ON token (account);

-- Once it is set, it is never cleared.
ALTER TABLE about ADD COLUMN login_required INTEGER NOT NULL DEFAULT 0;
