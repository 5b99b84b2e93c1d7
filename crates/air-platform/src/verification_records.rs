//! Verifications as their verifiers can read them afterwards, with the present status of the credential.

use air_api::{
    PlatformTime,
    sandbox::{AcceptedStatus, Consent, VerificationRecord, VerificationStatus},
};
use air_ids::UnixTime;

use super::{App, Refusal, partner_auth::Authenticated, verification::status_name};
use air_store::verifications::{self, Outcome};

/// `GET /sandbox/v1/verifications/{verification}`.
pub async fn find(
    app: &App,
    caller: &Authenticated,
    verification_id: &str,
) -> Result<VerificationRecord, Refusal> {
    let partner_id = caller.partner.partner_id.as_str();
    let mut read = app.store.read().await?;
    let outcome = verifications::outcome(&mut read, partner_id, verification_id)
        .await?
        .ok_or_else(|| Refusal::not_found("this verifier has no such verification"))?;
    Ok(VerificationRecord {
        verification_id: outcome.verification_id.clone(),
        program_id: outcome.program_id.clone(),
        consent: consent(&outcome.consent)?,
        status: outcome.status.as_deref().map(result).transpose()?,
        decided_at: outcome.decided_at.map(PlatformTime::from_unix),
        credential_status: present_status(&outcome, app.platform_clock.now()),
    })
}

fn consent(stored: &str) -> Result<Consent, Refusal> {
    match stored {
        "asked" => Ok(Consent::Asked),
        "agreed" => Ok(Consent::Agreed),
        "denied" => Ok(Consent::Denied),
        "withdrawn" => Ok(Consent::Withdrawn),
        _ => Err(Refusal::internal("a verification of an unknown consent")),
    }
}

fn result(stored: &str) -> Result<VerificationStatus, Refusal> {
    use VerificationStatus::{Compliant, Expired, NonCompliant, NotFound, Pending, Revoked, Revoking};
    [
        Compliant,
        NonCompliant,
        Pending,
        Revoking,
        Revoked,
        Expired,
        NotFound,
    ]
    .into_iter()
    .find(|status| status_name(*status) == stored)
    .ok_or_else(|| Refusal::internal("a verification of an unknown result"))
}

/// Returns the status of an accepted credential. After a withdrawal, the verifier gets no further
/// status. The platform does not know the status of a credential from an issuer's backend.
fn present_status(outcome: &Outcome, now: UnixTime) -> Option<AcceptedStatus> {
    let is_accepted = outcome.status.as_deref() == Some(status_name(VerificationStatus::Compliant));
    if !is_accepted || outcome.consent != "agreed" || !outcome.is_known {
        return None;
    }
    Some(if outcome.revoked_at.is_some() {
        AcceptedStatus::Revoked
    } else if outcome.expires_at.is_some_and(|at| at <= now) {
        AcceptedStatus::Expired
    } else {
        AcceptedStatus::Valid
    })
}
