-- The status changes that wait for their verifier, which its quota limits.
CREATE INDEX callbacks_waiting_status_changes ON callbacks (issuer_id)
    WHERE status = 0 AND event = 'credential.status_changed';
