-- What the catalogue counts.
CREATE INDEX credentials_by_program ON credentials (program_id, revoked_at, user_uuid);
CREATE INDEX programs_by_schema ON programs (schema_id);
CREATE INDEX verification_programs_by_schema ON verification_programs (schema_id);
CREATE INDEX verifications_by_program ON verifications (program_id);
