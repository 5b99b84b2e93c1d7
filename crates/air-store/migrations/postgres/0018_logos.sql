-- Partners' logos, as they were uploaded: shown where a partner is named to people.
CREATE TABLE partner_logos (
    partner_id TEXT   PRIMARY KEY REFERENCES partners,
    media_type TEXT   NOT NULL, -- by the bytes
    width      BIGINT NOT NULL, -- in pixels, as the height
    height     BIGINT NOT NULL,
    sha256     TEXT   NOT NULL, -- of the bytes
    bytes      BYTEA  NOT NULL,
    set_at     BIGINT NOT NULL
);
