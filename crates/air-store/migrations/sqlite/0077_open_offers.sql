-- Finds a partner's offers whose code was not exchanged. SQLite prefers the unique index of `token_digest` to an index whose condition is
-- that it is absent, and then reads such offers of all partners. Both columns of the token are set at the same time.
DROP INDEX credential_offers_open;

CREATE INDEX credential_offers_open ON credential_offers (partner_id, expires_at) WHERE token_expires_at IS NULL;
