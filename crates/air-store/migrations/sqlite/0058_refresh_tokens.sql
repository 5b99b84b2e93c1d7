-- Refresh tokens of OpenID4VCI, which are replaced at each use. They are secrets, so only their digests are stored.
CREATE TABLE refresh_tokens (
    token_digest BLOB PRIMARY KEY,
    offer_id     TEXT NOT NULL, -- the offer whose access token they replace: all its refresh tokens are one family
    expires_at   INTEGER NOT NULL,
    used_at      INTEGER
);

CREATE INDEX refresh_tokens_expiring ON refresh_tokens (expires_at);

CREATE INDEX refresh_tokens_offer ON refresh_tokens (offer_id);
