-- How long an offer defers its credentials, in seconds; absent if the wallet receives them immediately.
ALTER TABLE credential_offers ADD COLUMN defers_for INTEGER;

-- Deferred credential requests of OpenID4VCI. Transaction IDs are secrets, so only their digests are stored.
CREATE TABLE deferred_issuances (
    transaction_digest BLOB PRIMARY KEY,
    offer_id           TEXT NOT NULL,
    keys               TEXT NOT NULL, -- the proved public keys, as an array of JWKs
    key_count          INTEGER NOT NULL,
    ready_at           INTEGER NOT NULL,
    expires_at         INTEGER NOT NULL
);

CREATE INDEX deferred_issuances_expiring ON deferred_issuances (expires_at);

CREATE INDEX deferred_issuances_offer ON deferred_issuances (offer_id);
