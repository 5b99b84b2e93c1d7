-- The format of an offer's and of an authorization's credentials, and the formats that a presentation request accepts, separated by spaces.
ALTER TABLE credential_offers ADD COLUMN format TEXT NOT NULL DEFAULT 'dc+sd-jwt';

ALTER TABLE authorization_requests ADD COLUMN format TEXT NOT NULL DEFAULT 'dc+sd-jwt';

ALTER TABLE presentation_requests ADD COLUMN formats TEXT NOT NULL DEFAULT 'dc+sd-jwt';
