-- The issuer's own records. Neither claims nor credentials are stored; an envelope opens for its holder alone.

-- What the first start or the first credential fixes.
CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE issuances (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    external_id TEXT NOT NULL UNIQUE,
    holder_did TEXT NOT NULL,
    schema_id TEXT NOT NULL,
    vct TEXT NOT NULL,
    -- Keyed hashes (HMAC-SHA256, hex) of the user's id, of the subject, and of everything that makes two requests equal.
    user_ref TEXT NOT NULL,
    subject_ref TEXT NOT NULL,
    request_ref TEXT NOT NULL,
    cnf_thumbprint TEXT,
    -- 63 random bits.
    nonce INTEGER NOT NULL UNIQUE,
    list INTEGER,
    idx INTEGER,
    kid TEXT NOT NULL,
    issued_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    reason TEXT,
    state TEXT NOT NULL CHECK (state IN ('prepared', 'stored', 'abandoned')),
    UNIQUE (list, idx)
);

CREATE INDEX issuances_by_request ON issuances (request_ref, expires_at);
CREATE INDEX issuances_by_holder ON issuances (holder_did, seq);
CREATE INDEX issuances_by_schema ON issuances (schema_id, seq);

-- Uploads that dStorage has not confirmed. Each try sends the same bytes.
CREATE TABLE outbox (
    external_id TEXT NOT NULL PRIMARY KEY REFERENCES issuances (external_id),
    body BLOB NOT NULL,
    attempts INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_error TEXT
);

CREATE INDEX outbox_by_time ON outbox (next_at);

CREATE TABLE status_lists (
    number INTEGER NOT NULL PRIMARY KEY,
    -- The taken indices, as air-vc encodes them.
    allocated BLOB NOT NULL,
    -- The statuses, compressed (zlib).
    statuses BLOB NOT NULL,
    -- Counts the changes of the statuses.
    version INTEGER NOT NULL,
    -- The signed list, the version it shows, and the time of its signature.
    signed TEXT,
    signed_version INTEGER,
    signed_at INTEGER
);

-- Append-only. Each instance chains its own entries.
CREATE TABLE audit (
    instance TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at INTEGER NOT NULL,
    action TEXT NOT NULL,
    external_id TEXT,
    actor TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (instance, seq)
);
