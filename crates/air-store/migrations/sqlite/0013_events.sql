-- What happened, in the order of the changes. It is history and not state: a restored snapshot leaves it, and so no partner is referred to.
CREATE TABLE events (
    sequence   INTEGER PRIMARY KEY AUTOINCREMENT,
    nonce      TEXT   NOT NULL, -- 12 hex digits; with the sequence, the event's id
    type       TEXT   NOT NULL,
    partner_id TEXT,
    created_at BIGINT NOT NULL,
    data       TEXT   NOT NULL  -- JSON
);

-- Of which credential an entry is, so that its anchoring is told; an entry that is older, or a verification's, has none.
ALTER TABLE ledger_entries ADD COLUMN core_claim_hash TEXT;
