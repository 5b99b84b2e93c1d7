-- Every session is one partner's. Older ones without a partner end: their users log in again.
DELETE FROM sessions WHERE partner_id IS NULL;

-- Who opened the session: 'page' (a page of the AIR Kit, in the user's browser) or 'backend' (a partner's server, by the API).
ALTER TABLE sessions ADD COLUMN opened_by TEXT NOT NULL DEFAULT 'backend';

-- The partner's own id of the user, from the claim `partnerUserId` of the Partner JWT that opened the session.
ALTER TABLE sessions ADD COLUMN partner_user_id TEXT;

CREATE INDEX sessions_by_end ON sessions (expires_at);
