//! The credentials of the signed-in user, as the wallet page lists them below its questions.

use air_ids::{CoreClaimHash, UnixTime};

use super::{App, PageOrigin, PageSession, Refusal, consents::visible_issuer, present};
use crate::holder::{Claim, CredentialState, credential, no_such_credential};
use air_store::holder::{self, HeldSummary};

/// The maximum number of listed credentials.
const LIMIT: u64 = 50;

/// The newest credentials of a user.
#[derive(Clone, Debug)]
pub struct HeldCredentials {
    /// The credentials, newest first.
    pub credentials: Vec<ListedCredential>,
    /// Whether the user has more.
    pub has_more: bool,
    /// Whether the list has only those of the page's own partner.
    pub is_of_partner: bool,
}

/// A credential in the list.
#[derive(Clone, Debug)]
pub struct ListedCredential {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The title.
    pub title: String,
    /// The issuer's name.
    pub issuer: String,
    /// The state now.
    pub state: CredentialState,
    /// The time of issuance.
    pub issued_at: UnixTime,
    /// The end of the lifetime.
    pub expires_at: Option<UnixTime>,
    /// The time of the revocation.
    pub revoked_at: Option<UnixTime>,
    /// Whether it is a copy for another wallet.
    pub is_copy: bool,
}

/// Lists the credentials of the signed-in user that the page may ask about.
pub async fn held(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
) -> Result<HeldCredentials, Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?;
    let user_uuid = &signed_in.user.user_uuid;
    let mut rows = holder::summaries(&mut *app.store.read().await?, user_uuid, only, LIMIT + 1).await?;
    let limit = usize::try_from(LIMIT).unwrap_or(usize::MAX);
    let has_more = rows.len() > limit;
    rows.truncate(limit);
    let now = app.platform_clock.now();
    Ok(HeldCredentials {
        credentials: rows.into_iter().map(|row| listed(row, now)).collect(),
        has_more,
        is_of_partner: only.is_some(),
    })
}

/// Returns the claims of a credential that [`held`] may list, in the order of its schema.
pub async fn held_claims(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
    core_claim_hash: &CoreClaimHash,
) -> Result<Vec<Claim>, Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?;
    let found = credential(app, &signed_in.user.user_uuid, &core_claim_hash.to_string()).await?;
    if only.is_some() && found.issuer_did != signed_in.partner.issuer_did {
        return Err(no_such_credential());
    }
    Ok(found.claims)
}

fn listed(row: HeldSummary, now: UnixTime) -> ListedCredential {
    ListedCredential {
        state: CredentialState::of(row.revoked_at, row.expires_at, now),
        core_claim_hash: row.core_claim_hash,
        title: row.title,
        issuer: row.issuer_name,
        issued_at: row.issued_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        is_copy: row.is_copy,
    }
}
