-- What the catalogue sorts by.
ALTER TABLE schemas ADD COLUMN title TEXT GENERATED ALWAYS AS (form ->> 'title') VIRTUAL;
