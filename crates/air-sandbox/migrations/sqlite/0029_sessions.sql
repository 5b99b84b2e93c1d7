-- Sessions that are over are deleted.
CREATE INDEX sessions_by_end ON sessions (expires_at);
