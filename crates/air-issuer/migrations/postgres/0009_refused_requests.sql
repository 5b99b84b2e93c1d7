-- The number of requests with the access token of an offer that received no credential.
ALTER TABLE credential_offers ADD COLUMN refused BIGINT NOT NULL DEFAULT 0;
