-- The keys of presentation requests that have expired are deleted at each block.
CREATE INDEX presentation_requests_keys ON presentation_requests (expires_at) WHERE decryption_key IS NOT NULL;
