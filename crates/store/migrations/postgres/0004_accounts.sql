-- See the SQLite file's.
CREATE TABLE account (
  id bigint PRIMARY KEY,
  key text NOT NULL UNIQUE,
  name text NOT NULL,
  role text NOT NULL,
  origin text NOT NULL,
  password text,
  totp bytea,
  totp_pending bytea,
  totp_step bigint,
  totp_required boolean NOT NULL,
  recovery bytea NOT NULL,
  preferences text NOT NULL,
  created bigint NOT NULL,
  is_denied boolean NOT NULL
);

CREATE TABLE session (
  id bigint PRIMARY KEY,
  account bigint NOT NULL REFERENCES account (id),
  digest bytea NOT NULL UNIQUE,
  created bigint NOT NULL,
  used bigint NOT NULL,
  address text NOT NULL,
  user_agent text NOT NULL
);

CREATE INDEX session_by_account ON session (account);

CREATE TABLE token (
  id bigint PRIMARY KEY,
  account bigint REFERENCES account (id),
  digest bytea NOT NULL UNIQUE,
  name text NOT NULL,
  scopes text NOT NULL,
  created bigint NOT NULL,
  expires bigint,
  used bigint
);

CREATE INDEX token_by_account ON token (account);

ALTER TABLE about ADD COLUMN login_required boolean NOT NULL DEFAULT false;
