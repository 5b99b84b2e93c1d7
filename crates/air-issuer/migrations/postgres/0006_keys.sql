-- The keys that were published, by their bare ids, with the time of the first start that published each.
CREATE TABLE published_keys (
    kid TEXT NOT NULL PRIMARY KEY,
    thumbprint TEXT NOT NULL,
    published_at BIGINT NOT NULL
);

-- Finds the last valid credential of each key: until then the key stays published.
CREATE INDEX issuances_by_key ON issuances (kid, expires_at) WHERE revoked_at IS NULL;

-- The id of the key that signed a list. When the next key signs, the list is signed again.
ALTER TABLE status_lists ADD COLUMN signed_kid TEXT;
