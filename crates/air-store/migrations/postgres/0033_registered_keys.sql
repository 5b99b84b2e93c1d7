-- A JWK set with public keys that the operator registered for the partner. They are valid beside those at its JWKS URL.
ALTER TABLE partners ADD COLUMN registered_keys TEXT;
