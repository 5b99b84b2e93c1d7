-- How many bytes each partner stores: objects, sealed credentials, and packages that are still kept.
CREATE TABLE stored_bytes (
    partner_id TEXT   PRIMARY KEY REFERENCES partners,
    total      BIGINT NOT NULL
);

INSERT INTO stored_bytes (partner_id, total)
SELECT partner_id, CAST(SUM(size) AS BIGINT) FROM (
    SELECT partner_id, size FROM objects
    UNION ALL SELECT issuer_id, size FROM packages WHERE bytes IS NOT NULL
    UNION ALL SELECT partner_id, length(data) FROM sealed_credentials
) AS stored GROUP BY partner_id;

CREATE INDEX callbacks_open_by_verifier ON callbacks (verifier_id) WHERE status = -1;

-- Records with something to report come first in the list.
CREATE INDEX callbacks_listed ON callbacks (issuer_id, (status < 0), created_at DESC, record_id);
