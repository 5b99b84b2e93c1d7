-- For a platform's database that pg_restore has filled, before the platform starts on it: opens a status list for each
-- issuer whose number no list had, because entries of the others may have been taken after the backup.
INSERT INTO status_lists (partner_id, number, uri, size, taken)
SELECT partner_id, next, left(uri, length(uri) - length(number::TEXT)) || next, size, 0
FROM (
    SELECT partner_id, number, uri, size,
        -- The time: a list would have to fill in each second to reach it.
        greatest(extract(epoch FROM now())::BIGINT, number + 1) AS next,
        row_number() OVER (PARTITION BY partner_id ORDER BY number DESC) AS place
    FROM status_lists
) AS newest
WHERE place = 1;
-- Closes the others.
UPDATE status_lists AS list SET taken = size
WHERE EXISTS (
    SELECT FROM status_lists AS newer
    WHERE newer.partner_id = list.partner_id AND newer.number > list.number
);
