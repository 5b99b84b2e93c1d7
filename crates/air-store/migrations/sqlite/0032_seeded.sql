-- What seed files created: a partner by its name, everything else by its key in the partner's file.
CREATE TABLE seeded (
    partner_id TEXT NOT NULL REFERENCES partners,
    kind       TEXT NOT NULL, -- partner, schema, program or verificationProgram
    name       TEXT NOT NULL,
    id         TEXT NOT NULL,
    PRIMARY KEY (partner_id, kind, name)
);

CREATE UNIQUE INDEX seeded_partners ON seeded (name) WHERE kind = 'partner';
