-- Who can sign in: people, their sessions, passwords, second factors and passkeys. better-auth 1.7.5 reads and writes these
-- tables; the columns are what its compileMigrations() prints for access/auth/options.ts, the rest was added by hand.
-- A person exists before and beyond any tenant, so these tables belong to the owner alone: app_rw has no grant on them.
-- Ids are UUIDs (version 7) as text, because better-auth compares them with text from requests.

create table users (
  id text primary key,
  name text not null,
  -- Lower case always: better-auth lowers it before it looks and before it writes.
  email text not null unique check (email = lower(email)),
  email_verified boolean not null,
  image text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  two_factor_enabled boolean
);

create table sessions (
  id text primary key,
  expires_at timestamptz not null,
  -- SHA-256 of the token, hex: whoever reads this table can't sign in with it.
  token text not null unique,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null,
  ip_address text,
  user_agent text,
  user_id text not null references users on delete cascade,
  -- Set when single sign-on opened the session: then it counts in that provider's tenant only.
  sso_provider_id text,
  -- Ours: written at most every few minutes, ends sessions that nobody uses.
  last_seen_at timestamptz not null default now()
);
create index sessions_of_user on sessions (user_id);
create index sessions_of_sso_provider on sessions (sso_provider_id) where sso_provider_id is not null;

create table accounts (
  id text primary key,
  account_id text not null,
  -- 'credential' for a password, 'sso:<id>' for single sign-on.
  provider_id text not null,
  user_id text not null references users on delete cascade,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  -- scrypt: see access/auth/password.ts.
  password text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null,
  -- Two first sign-ins of one person at the same moment make one account.
  unique (provider_id, account_id)
);
create index accounts_of_user on accounts (user_id);

create table verifications (
  id text primary key,
  -- SHA-256 of what was given out (reset links, passkey challenges, pending second factors).
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
create index verifications_by_identifier on verifications (identifier);
create index verifications_by_expiry on verifications (expires_at);

create table two_factors (
  id text primary key,
  -- Sealed: access/secrets.ts.
  secret text not null,
  backup_codes text not null,
  user_id text not null unique references users on delete cascade,
  verified boolean,
  failed_verification_count int,
  locked_until timestamptz
);

create table passkeys (
  id text primary key,
  name text,
  public_key text not null,
  user_id text not null references users on delete cascade,
  credential_id text not null unique,
  -- WebAuthn counts to 2^32 - 1, which int does not hold and bigint would arrive as text.
  counter double precision not null,
  device_type text not null,
  backed_up boolean not null,
  transports text,
  created_at timestamptz,
  aaguid text
);
create index passkeys_of_user on passkeys (user_id);
