-- Finds credentials that still have the keyed hashes of their user, by the end of their validity.
CREATE INDEX issuances_with_user ON issuances (expires_at) WHERE user_ref <> '';
