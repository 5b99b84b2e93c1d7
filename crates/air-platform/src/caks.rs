//! The public halves of CAKs. A user gives one to an issuer with an issuance in the user's
//! presence, or later by accepting credentials that were issued on behalf of the user.

use air_api::{
    PlatformTime,
    sandbox::{CakDetails, CakQuery, MissingCakReason, RecordedCak},
};
#[cfg(feature = "openid4vc")]
use air_ids::EmailAddress;
use air_ids::{Curve, PartnerId, UnixTime, UserUuid};

use super::{App, Refusal, cache::DomainCache, partner_auth::Authenticated};
use air_store::{
    ReadTx, WriteTx,
    caks::{self, CakId},
    credentials::Credential,
};
#[cfg(feature = "openid4vc")]
use air_store::{caks::OnBehalfRefusal, sql::PendingQuery};

/// `GET /sandbox/v1/cak`. An unknown user and a key that does not exist get the same refusal after
/// the same lookup: one row by its whole key. The call therefore shows nobody who is a user.
pub async fn find_public_key(
    app: &App,
    caller: &Authenticated,
    query: CakQuery,
) -> Result<RecordedCak, Refusal> {
    let partner = &caller.partner;
    let missing = || {
        Refusal::not_found("this issuer has no such key: the user has not accepted, or there is no such user")
    };
    if partner.issuer_did != query.issuer {
        return Err(missing());
    }
    let context = CakId {
        user_uuid: &query.user,
        partner_id: &partner.partner_id,
        schema_id: &query.schema,
        curve: query.curve,
    };
    let found = caks::find(&mut *app.store.read().await?, context).await?;
    let found = found.ok_or_else(missing)?;
    Ok(RecordedCak {
        user: query.user,
        issuer: query.issuer,
        schema: query.schema,
        curve: query.curve,
        public_key: found.public_key,
        recorded_at: PlatformTime::from_unix(found.recorded_at),
    })
}

/// Describes the CAK of a credential. Returns `None` if the credential's program has compliance
/// encryption off.
pub(crate) async fn details(
    cache: &DomainCache,
    tx: &mut ReadTx,
    credential: &Credential,
) -> Result<Option<CakDetails>, Refusal> {
    let is_encrypted = credential.cak_public_key.is_some() || is_encrypted(cache, tx, credential).await?;
    Ok(details_of(credential, is_encrypted))
}

/// Describes the CAK of a credential. `is_encrypted`: whether its program has compliance encryption on.
pub(super) fn details_of(credential: &Credential, is_encrypted: bool) -> Option<CakDetails> {
    match (credential.curve, &credential.cak_public_key) {
        (Some(curve), Some(public_key)) => Some(CakDetails::available(curve, public_key.clone())),
        _ if is_encrypted => Some(CakDetails::missing(MissingCakReason::NotAccepted)),
        _ => None,
    }
}

/// Returns why a credential has no CAK.
pub(super) async fn missing(
    cache: &DomainCache,
    tx: &mut ReadTx,
    credential: &Credential,
) -> Result<MissingCakReason, Refusal> {
    Ok(if is_encrypted(cache, tx, credential).await? {
        MissingCakReason::NotAccepted
    } else {
        MissingCakReason::EncryptionOff
    })
}

async fn is_encrypted(
    cache: &DomainCache,
    tx: &mut ReadTx,
    credential: &Credential,
) -> Result<bool, Refusal> {
    Ok(cache.program(tx, credential.program_id.as_str()).await?.cak)
}

/// Gives a new credential the key that the user gave to this issuer before for the same schema.
pub(super) async fn reuse(tx: &mut ReadTx, credential: &mut Credential) -> Result<(), Refusal> {
    let (user_uuid, partner_id) = (&credential.user_uuid, &credential.partner_id);
    if let Some(cak) = caks::find_newest(tx, user_uuid, partner_id, &credential.schema_id).await? {
        credential.curve = Some(cak.curve);
        credential.cak_public_key = Some(cak.public_key);
    }
    Ok(())
}

/// Records the key that came with an issuance to the present user. A credential that the user
/// already had gets it, too, if it has none.
pub(super) async fn given(
    tx: &mut WriteTx,
    issued: &Credential,
    curve: Curve,
    public_key: &str,
    now: UnixTime,
) -> Result<(), Refusal> {
    let context = CakId {
        user_uuid: &issued.user_uuid,
        partner_id: &issued.partner_id,
        schema_id: &issued.schema_id,
        curve,
    };
    caks::record(tx, context, public_key, None, now).await?;
    if issued.cak_public_key.is_none() {
        caks::give_to_credentials(tx, context, public_key).await?;
    }
    Ok(())
}

/// Refuses to issue on behalf of a user who refused that to this partner.
pub(super) async fn check_consent(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    partner_id: &PartnerId,
) -> Result<(), Refusal> {
    check_refused(caks::has_refused(tx, user_uuid, partner_id).await?)
}

fn check_refused(has_refused: bool) -> Result<(), Refusal> {
    if has_refused {
        return Err(Refusal::conflict(
            "the user refused consent to credentials on the user's behalf from this partner; issue while the user is present",
        ));
    }
    Ok(())
}

/// The same check, whose query is pending.
#[cfg(feature = "openid4vc")]
pub(super) struct AskedConsent(PendingQuery<OnBehalfRefusal>);

/// Queues the query of [`check_consent`].
#[cfg(feature = "openid4vc")]
pub(super) async fn query_consent_later(
    tx: &mut ReadTx,
    email: &EmailAddress,
    partner_id: &PartnerId,
) -> Result<AskedConsent, Refusal> {
    let pending = caks::ask_has_refused(tx, email, partner_id).await?;
    Ok(AskedConsent(pending))
}

#[cfg(feature = "openid4vc")]
impl AskedConsent {
    /// Refuses to issue on behalf of a user who refused that to this partner.
    pub(super) async fn check(self, tx: &mut ReadTx) -> Result<(), Refusal> {
        let found = self.0.take_row(tx).await?;
        check_refused(found.is_some_and(|found| found.has_refused))
    }
}
