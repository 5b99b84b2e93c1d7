-- The issuers whose credentials a verification program accepts, as JSON. Without a list, those of this platform.
ALTER TABLE verification_programs ADD COLUMN trust_list TEXT;
