-- A holder's credentials of one schema from one issuer, newest first. `rowid` tells the order of those of the same second.
ALTER TABLE sealed_credentials ADD COLUMN rowid BIGINT GENERATED ALWAYS AS IDENTITY;

CREATE INDEX sealed_credentials_by_schema ON sealed_credentials (user_uuid, partner_id, schema_id, created_at);
