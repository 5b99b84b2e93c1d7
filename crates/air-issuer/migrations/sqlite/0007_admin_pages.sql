-- The audit log by time, and the entries of one credential.
CREATE INDEX audit_by_time ON audit (at, instance, seq);
CREATE INDEX audit_by_credential ON audit (external_id, at);
