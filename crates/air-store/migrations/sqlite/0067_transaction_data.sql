-- The transactions that a presentation authorises: a JSON array of texts, over which the wallet makes hashes.
ALTER TABLE presentation_requests ADD COLUMN transaction_data TEXT;
