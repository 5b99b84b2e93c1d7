-- Where a wallet on the same device sends the browser after its response, and the SHA-256 of the code that it brings there.
ALTER TABLE presentation_requests ADD COLUMN redirect_uri TEXT;

ALTER TABLE presentation_requests ADD COLUMN response_code_hash BLOB;
