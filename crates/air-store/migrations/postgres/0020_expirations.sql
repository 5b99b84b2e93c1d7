-- When it was told that a credential expired: once, however the clock is moved. What is over by now, by the
-- platform's clock, is not told after the fact.
ALTER TABLE credentials ADD COLUMN expiry_told_at BIGINT;

UPDATE credentials SET expiry_told_at = expires_at WHERE expires_at <= extract(epoch FROM now())
    + coalesce((SELECT offset_seconds FROM platform_clock), 0);

CREATE INDEX credentials_to_expire ON credentials (expires_at)
    WHERE expires_at IS NOT NULL AND expiry_told_at IS NULL AND (revoked_at IS NULL OR revoked_at >= expires_at);
