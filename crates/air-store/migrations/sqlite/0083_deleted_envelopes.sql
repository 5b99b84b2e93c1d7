-- When the holder deleted the credential from the wallet. The issuer's record stays, and so does the validity.
ALTER TABLE sealed_credentials ADD COLUMN deleted_at BIGINT;
