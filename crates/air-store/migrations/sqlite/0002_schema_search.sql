-- The index has numbers for its rows; a schema's own row number may change when the file is compacted.
CREATE TABLE schema_numbers (
    number    INTEGER PRIMARY KEY,
    schema_id TEXT    NOT NULL UNIQUE REFERENCES schemas
);

-- Words only: the texts themselves stay in `schemas`. The platform splits names into words, so there is no trigger; schemas that
-- are older than the index are taken in at the next start.
CREATE VIRTUAL TABLE schema_texts USING fts5 (
    title,
    attributes,
    descriptions,
    content = '',
    contentless_delete = 1,
    tokenize = 'unicode61 remove_diacritics 2',
    prefix = '1 2 3'
);
