-- Names of programs, for people. Without a name, pages show the title of the schema.
ALTER TABLE programs ADD COLUMN name TEXT;
ALTER TABLE verification_programs ADD COLUMN name TEXT;
