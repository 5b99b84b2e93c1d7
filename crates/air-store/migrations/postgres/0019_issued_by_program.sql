-- A credential has its program's schema and partner: one key that says so is looked up instead of three, each of which locks a row anew in every
-- change of a transaction.
ALTER TABLE programs ADD CONSTRAINT programs_whole UNIQUE (program_id, schema_id, partner_id);

ALTER TABLE credentials
    DROP CONSTRAINT credentials_program_id_fkey,
    DROP CONSTRAINT credentials_schema_id_fkey,
    DROP CONSTRAINT credentials_partner_id_fkey,
    ADD FOREIGN KEY (program_id, schema_id, partner_id) REFERENCES programs (program_id, schema_id, partner_id);
