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
    created_at BIGINT NOT NULL
);

CREATE TABLE programs (
    program_id TEXT    PRIMARY KEY,
    partner_id TEXT    NOT NULL REFERENCES partners,
    schema_id  TEXT    NOT NULL REFERENCES schemas,
    cak        BOOLEAN NOT NULL,
    expiration TEXT    NOT NULL,
    published  BOOLEAN NOT NULL,
    created_at BIGINT  NOT NULL
);

CREATE TABLE verification_programs (
    program_id  TEXT    PRIMARY KEY,
    partner_id  TEXT    NOT NULL REFERENCES partners,
    schema_id   TEXT    NOT NULL REFERENCES schemas,
    conditions  TEXT    NOT NULL, -- a JSON array
    require_cak BOOLEAN NOT NULL,
    created_at  BIGINT  NOT NULL
);

CREATE TABLE users (
    user_uuid  TEXT   PRIMARY KEY,
    email      TEXT   NOT NULL UNIQUE,
    holder_did TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

CREATE TABLE sessions (
    token_hash BLOB   PRIMARY KEY, -- SHA-256: a stolen file opens no session
    user_uuid  TEXT   NOT NULL REFERENCES users,
    expires_at BIGINT NOT NULL
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
    revoked_at      BIGINT
);

CREATE INDEX credentials_by_holder ON credentials (user_uuid, schema_id, issued_at);

CREATE TABLE ledger_blocks (
    number    BIGINT PRIMARY KEY,
    tree_size BIGINT NOT NULL,
    root      BLOB   NOT NULL,
    sealed_at BIGINT NOT NULL
);

CREATE TABLE ledger_entries (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    leaf_hash  BLOB   NOT NULL UNIQUE,
    leaf_index BIGINT UNIQUE,                       -- set when anchored
    block      BIGINT REFERENCES ledger_blocks
);

CREATE TABLE objects (
    storage_id      TEXT   PRIMARY KEY,
    core_claim_hash TEXT   NOT NULL REFERENCES credentials,
    partner_id      TEXT   NOT NULL REFERENCES partners,
    name            TEXT   NOT NULL,
    size            BIGINT NOT NULL,
    sha256          TEXT   NOT NULL,
    bytes           BLOB   NOT NULL,
    created_at      BIGINT NOT NULL
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
