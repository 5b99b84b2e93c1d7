-- The tables as SQLite has them (its migrations 1 to 9). `rowid`, which SQLite's tables have by themselves, tells the order in which rows came.

-- What SQLite calls so.
CREATE FUNCTION instr(haystack TEXT, needle TEXT) RETURNS INTEGER
    LANGUAGE SQL IMMUTABLE PARALLEL SAFE RETURN strpos(haystack, needle);

-- Words without case and marks, as FTS5's `unicode61 remove_diacritics 2` compares them.
CREATE FUNCTION folded(words TEXT) RETURNS TEXT
    LANGUAGE SQL IMMUTABLE PARALLEL SAFE
    RETURN lower(regexp_replace(normalize(words, NFD), '[\u0300-\u036F]', '', 'g'));

-- How well words fit a query of beginnings, `'birth':* & 'date':*`: any of them, and once more those that are whole words.
CREATE FUNCTION ranked(words TSVECTOR, query TEXT) RETURNS DOUBLE PRECISION
    LANGUAGE SQL IMMUTABLE PARALLEL SAFE
    RETURN ts_rank('{0.1, 0.1, 0.5, 1.0}', words, replace(query, ' & ', ' | ')::tsquery, 1)
         + ts_rank('{0.1, 0.1, 0.5, 1.0}', words, replace(replace(query, ' & ', ' | '), ':*', '')::tsquery, 1);

CREATE TABLE partners (
    partner_id      TEXT    PRIMARY KEY,
    name            TEXT    NOT NULL,
    jwks_url        TEXT    NOT NULL,
    allowed_origins TEXT    NOT NULL, -- a JSON array
    issue_on_behalf BOOLEAN NOT NULL,
    issuer_did      TEXT    NOT NULL UNIQUE,
    verifier_did    TEXT    NOT NULL UNIQUE,
    issuer_key      TEXT    NOT NULL, -- PKCS#8 PEM: the issuer's key is the platform's in G1
    created_at      BIGINT  NOT NULL  -- seconds since 1970, here and below
);

CREATE TABLE schemas (
    schema_id  TEXT   PRIMARY KEY,
    partner_id TEXT   NOT NULL REFERENCES partners,
    form       TEXT   NOT NULL, -- the dashboard's form as JSON
    created_at BIGINT NOT NULL,
    title      TEXT   GENERATED ALWAYS AS (form::jsonb ->> 'title') STORED,
    rowid      BIGINT GENERATED ALWAYS AS IDENTITY
);

CREATE TABLE programs (
    program_id       TEXT    PRIMARY KEY,
    partner_id       TEXT    NOT NULL REFERENCES partners,
    schema_id        TEXT    NOT NULL REFERENCES schemas,
    cak              BOOLEAN NOT NULL,
    expiration       TEXT    NOT NULL,
    published        BOOLEAN NOT NULL,
    created_at       BIGINT  NOT NULL,
    accessible_until BIGINT,                    -- until when it issues
    maximum_issuance BIGINT,                    -- and how many credentials
    issued           BIGINT  NOT NULL DEFAULT 0, -- counted where there is a maximum
    rowid            BIGINT  GENERATED ALWAYS AS IDENTITY
);

CREATE INDEX programs_by_schema ON programs (schema_id);

CREATE TABLE verification_programs (
    program_id  TEXT    PRIMARY KEY,
    partner_id  TEXT    NOT NULL REFERENCES partners,
    schema_id   TEXT    NOT NULL REFERENCES schemas,
    conditions  TEXT    NOT NULL, -- a JSON array
    require_cak BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL,
    rowid       BIGINT  GENERATED ALWAYS AS IDENTITY
);

CREATE INDEX verification_programs_by_schema ON verification_programs (schema_id);

CREATE TABLE users (
    user_uuid  TEXT   PRIMARY KEY,
    email      TEXT   NOT NULL UNIQUE,
    holder_did TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash BYTEA  PRIMARY KEY, -- SHA-256: a stolen database opens no session
    user_uuid  TEXT   NOT NULL REFERENCES users,
    expires_at BIGINT NOT NULL
);

-- Each issuer's status lists, one after the other: one is open until half of it is taken.
CREATE TABLE status_lists (
    list_id    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    partner_id TEXT   NOT NULL REFERENCES partners,
    number     BIGINT NOT NULL, -- of the issuer's, from 1
    uri        TEXT   NOT NULL, -- as its credentials name it, wherever the platform listens later
    size       BIGINT NOT NULL,
    taken      BIGINT NOT NULL,
    UNIQUE (partner_id, number)
);

CREATE TABLE credentials (
    core_claim_hash TEXT   PRIMARY KEY,
    vc_id           TEXT   NOT NULL UNIQUE,
    program_id      TEXT   NOT NULL REFERENCES programs,
    schema_id       TEXT   NOT NULL REFERENCES schemas,
    partner_id      TEXT   NOT NULL REFERENCES partners,
    user_uuid       TEXT   NOT NULL REFERENCES users,
    credential      TEXT   NOT NULL, -- compact SD-JWT VC
    curve           TEXT,            -- with CAK on
    cak_public_key  TEXT,
    issued_at       BIGINT NOT NULL,
    expires_at      BIGINT,
    revoked_at      BIGINT,
    status_list     BIGINT REFERENCES status_lists,
    status_entry    BIGINT,
    rowid           BIGINT GENERATED ALWAYS AS IDENTITY
);

CREATE INDEX credentials_by_holder ON credentials (user_uuid, schema_id, issued_at);
CREATE UNIQUE INDEX credentials_by_status ON credentials (status_list, status_entry);
CREATE INDEX credentials_revoked ON credentials (status_list, status_entry) WHERE revoked_at IS NOT NULL;
CREATE INDEX credentials_by_program ON credentials (program_id, revoked_at, user_uuid);

CREATE TABLE ledger_blocks (
    number    BIGINT PRIMARY KEY,
    tree_size BIGINT NOT NULL,
    root      BYTEA  NOT NULL,
    sealed_at BIGINT NOT NULL
);

CREATE TABLE ledger_entries (
    sequence   BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    leaf_hash  BYTEA  NOT NULL UNIQUE,
    leaf_index BIGINT UNIQUE,                       -- set when anchored
    block      BIGINT REFERENCES ledger_blocks
);

CREATE INDEX ledger_pending ON ledger_entries (sequence) WHERE block IS NULL;

-- The complete subtrees of the ledger's tree, of two leaves and more.
CREATE TABLE ledger_nodes (
    level    BIGINT NOT NULL, -- 2^level leaves
    position BIGINT NOT NULL,
    hash     BYTEA  NOT NULL,
    PRIMARY KEY (level, position)
);

CREATE TABLE objects (
    storage_id      TEXT   PRIMARY KEY,
    core_claim_hash TEXT   NOT NULL REFERENCES credentials,
    partner_id      TEXT   NOT NULL REFERENCES partners,
    name            TEXT   NOT NULL,
    size            BIGINT NOT NULL,
    sha256          TEXT   NOT NULL,
    bytes           BYTEA  NOT NULL,
    created_at      BIGINT NOT NULL,
    rowid           BIGINT GENERATED ALWAYS AS IDENTITY
);

CREATE INDEX objects_by_credential ON objects (core_claim_hash);

CREATE TABLE verifications (
    verification_id TEXT   PRIMARY KEY,
    program_id      TEXT   NOT NULL REFERENCES verification_programs,
    partner_id      TEXT   NOT NULL REFERENCES partners, -- the verifier
    user_uuid       TEXT   NOT NULL REFERENCES users,
    consent         TEXT   NOT NULL, -- asked, agreed, denied
    status          TEXT,            -- once agreed
    core_claim_hash TEXT REFERENCES credentials,
    started_at      BIGINT NOT NULL,
    decided_at      BIGINT
);

CREATE INDEX verifications_by_program ON verifications (program_id);

CREATE TABLE schema_numbers (
    number    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    schema_id TEXT   NOT NULL UNIQUE REFERENCES schemas
);

CREATE TABLE schema_texts (
    number BIGINT   PRIMARY KEY REFERENCES schema_numbers,
    words  TSVECTOR NOT NULL
);

CREATE INDEX schema_texts_words ON schema_texts USING GIN (words);

-- Answers that were given under a caller's key, for 24 hours.
CREATE TABLE idempotency_keys (
    caller      TEXT   NOT NULL, -- a partner, a user, or '' for set-up
    key         TEXT   NOT NULL,
    fingerprint BYTEA  NOT NULL, -- of the call: SHA-256
    answer      TEXT   NOT NULL, -- JSON
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (caller, key)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);

-- Where an issuer hears of released keys, and what that is signed with.
CREATE TABLE issuer_callbacks (
    partner_id TEXT PRIMARY KEY REFERENCES partners,
    url        TEXT NOT NULL,
    secret     TEXT NOT NULL -- whsec_…, base64
);

CREATE TABLE callbacks (
    record_id       TEXT   PRIMARY KEY,
    issuer_id       TEXT   NOT NULL REFERENCES partners,
    verifier_id     TEXT   NOT NULL REFERENCES partners,
    user_uuid       TEXT REFERENCES users,   -- once there is something to tell
    schema_id       TEXT REFERENCES schemas,
    status          BIGINT NOT NULL,         -- -1, 0, 1
    created_at      BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    next_attempt_at BIGINT,                  -- while it is pending; a lease, while it is tried
    UNIQUE (issuer_id, created_at, record_id)
);

CREATE INDEX callbacks_due ON callbacks (next_attempt_at) WHERE status = 0;
CREATE INDEX callbacks_open ON callbacks (issuer_id, verifier_id, created_at) WHERE status = -1;

CREATE TABLE callback_attempts (
    record_id   TEXT   NOT NULL REFERENCES callbacks,
    number      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    http_status BIGINT,
    failure     TEXT,
    PRIMARY KEY (record_id, number)
);
