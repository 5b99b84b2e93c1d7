//! The approval of a credential request: the user's claims, the holders, and the time of expiry.

use air_ids::UnixTime;
use air_jwt::Jwk;
use air_oid4vc_http::{
    Failure,
    issuer::{CredentialOrder, IssueError},
};
use air_vc::ClaimPath;

use super::holders;
use crate::{
    SchemaConfig,
    claims::Purpose,
    issue::WalletCredential,
    state::State,
    store::credential_offers::Offer,
    subjects::{self, NoSubject, Subject},
};

/// `Retry-After` of a request whose source of claims is unavailable.
const RETRY_AFTER: u64 = 10;

/// The validated claims of a request, and the times of its credentials.
pub(super) struct Approved<'a> {
    schema: &'a SchemaConfig,
    subject: Subject,
    visible: Vec<ClaimPath>,
    pub(super) issued_at: UnixTime,
    expires_at: UnixTime,
}

/// Requests the user's claims.
pub(super) async fn approve<'a>(
    state: &'a State,
    offer: &Offer,
    order: &CredentialOrder,
) -> Result<Approved<'a>, IssueError> {
    let schema = state
        .config
        .schema(&order.configuration_id)
        .ok_or_else(|| denied("the issuer does not issue this credential any more"))?;
    let first = order
        .keys
        .first()
        .ok_or_else(|| denied("a credential is bound to a key of the wallet; add a proof"))?;
    let named = offer.holder_did.as_deref();
    if !order.keys.iter().all(|key| holders::may_receive(named, key)) {
        return Err(denied(
            "the offer is for the holder of another key; prove the key of the holder",
        ));
    }
    let holder_did = holders::holder_did(named, first);
    let subject = subjects::find(
        &state.metrics,
        schema,
        &offer.user_id,
        &holder_did,
        Purpose::Issue,
    )
    .await
    .map_err(|reason| refused(&reason, &schema.id))?;
    let issued_at = state.clock.now();
    let expires_at = subject
        .expires_at(schema, issued_at)
        .ok_or_else(|| denied("the validity of the user's claims is over"))?;
    Ok(Approved {
        visible: subject.visible(schema),
        schema,
        subject,
        issued_at,
        expires_at,
    })
}

impl Approved<'_> {
    /// The credential for one key.
    pub(super) fn credential<'c>(&'c self, offer: &'c Offer, key: &'c Jwk) -> WalletCredential<'c> {
        WalletCredential {
            schema: self.schema,
            user_id: &offer.user_id,
            holder_did: holders::holder_did(offer.holder_did.as_deref(), key),
            subject: &self.subject.claims,
            always_visible: &self.visible,
            holder_key: key,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        }
    }
}

pub(super) fn denied(reason: &str) -> IssueError {
    IssueError::Denied {
        reason: reason.to_owned(),
    }
}

fn refused(reason: &NoSubject, schema_id: &str) -> IssueError {
    match reason {
        NoSubject::NotEligible => denied("the user is not eligible for this credential"),
        NoSubject::Unavailable(error) => {
            tracing::warn!(%error, schema_id, "no claims");
            let retry_after = Some(RETRY_AFTER);
            Failure::Unavailable { retry_after }.into()
        }
        NoSubject::Unusable(error) => {
            tracing::error!(%error, schema_id, "no claims");
            Failure::Internal.into()
        }
    }
}
