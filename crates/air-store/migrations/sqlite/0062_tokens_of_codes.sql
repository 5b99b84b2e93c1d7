-- Whether the code of a request was exchanged for tokens, which a second use of the same code ends.
ALTER TABLE authorization_requests ADD COLUMN has_tokens BOOLEAN NOT NULL DEFAULT FALSE;

-- Earlier builds did not record it: a second use of their codes ends the tokens of the offer.
UPDATE authorization_requests SET has_tokens = TRUE WHERE redeemed_at IS NOT NULL;
