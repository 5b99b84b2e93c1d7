//! The user's decision about credentials that were issued on behalf of the user: accept or refuse,
//! for each issuer.
//!
//! An acceptance gives the issuer the public half of the CAK of each schema, signed by the user's
//! wallet. Only then is the issuer told. A refusal tells the issuer nothing; the next issuance on
//! behalf of the user is refused.

use std::collections::BTreeSet;

use air_crypto::{
    CakAcceptance, CakContext, CakPublicKey, ChainId, Curve, RecoverableSignature, WalletAddress,
};
use air_ids::{IssuerDid, PartnerId, SchemaId, UnixTime, UserUuid};
use air_schema::CredentialSchema;
use serde_json::{Map, Value};

use super::{App, PageOrigin, PageSession, Refusal, SignedInUser, find_wallet, present};
use crate::{
    callbacks,
    verification::{SignedCredential, claims_signed_by},
};
use air_store::{
    ReadTx, caks,
    callbacks::Available,
    partners::{self, Partner},
    programs,
};

/// The curve of the offered keys. An issuance on behalf names none, so it is the platform's default.
pub const OFFERED_CURVE: Curve = Curve::Secp256r1;

/// The maximum number of credentials that a user is asked about at once. The others follow at the
/// next sign-in.
const LIMIT: u64 = 50;

/// The credentials that an issuer issued on behalf of the user, and the keys that it would get.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct IssuerOffer {
    /// The issuer's partner ID.
    pub partner_id: PartnerId,
    /// The issuer's name.
    pub issuer: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The schemas of the keys, each once.
    pub schemas: Vec<SchemaId>,
    /// The credentials.
    pub credentials: Vec<OfferedCredential>,
}

/// A credential as the user sees it.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct OfferedCredential {
    /// The schema.
    pub schema: CredentialSchema,
    /// The claims.
    pub claims: Map<String, Value>,
}

/// A public key that the user gives to an issuer, signed by the user's wallet.
#[derive(Clone, Debug)]
pub struct AcceptedKey {
    /// The schema of the credentials.
    pub schema: String,
    /// The curve of the key.
    pub curve: Curve,
    /// The public key in hex.
    pub public_key: String,
    /// The signature by the user's wallet.
    pub signature: String,
}

/// Returns the signed-in user, and the credentials that were issued on behalf of the user and that
/// the user has not decided about, by issuer.
pub async fn undecided(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
) -> Result<(UserUuid, Vec<IssuerOffer>), Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?;
    let mut read = app.store.read().await?;
    let offers = offers_to(app, &mut read, &signed_in.user.user_uuid, only).await?;
    drop(read);
    Ok((signed_in.user.user_uuid, offers))
}

/// Reads the offers to a user in three queries: the credentials, their schemas and their issuers.
async fn offers_to(
    app: &App,
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    only: Option<&PartnerId>,
) -> Result<Vec<IssuerOffer>, Refusal> {
    let now = app.platform_clock.now();
    let undecided = caks::undecided(tx, user_uuid, only, now, LIMIT).await?;
    let schema_ids: BTreeSet<_> = undecided.iter().map(|found| &found.schema_id).collect();
    let schema_ids: Vec<_> = schema_ids.into_iter().collect();
    let schemas = programs::find_schemas(tx, &schema_ids).await?;
    let partner_ids: BTreeSet<_> = undecided.iter().map(|found| found.partner_id.as_str()).collect();
    let partner_ids: Vec<_> = partner_ids.into_iter().collect();
    let issuers = partners::find_all(tx, &partner_ids).await?;
    let mut offers: Vec<IssuerOffer> = Vec::new();
    for found in undecided {
        let schema = schemas
            .iter()
            .find(|schema| schema.schema_id == found.schema_id)
            .ok_or_else(|| Refusal::internal("a credential without its schema"))?;
        let schema = CredentialSchema::from_slice(schema.form.as_bytes()).map_err(Refusal::internal)?;
        let issuer = issuers
            .iter()
            .find(|issuer| issuer.partner_id == found.partner_id)
            .ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
        let signed = SignedCredential {
            partner_id: found.partner_id.as_str(),
            schema_id: found.schema_id.as_str(),
            credential: &found.credential,
        };
        let claims = claims_signed_by(&app.cache, issuer, &signed, now)?;
        let credential = OfferedCredential { schema, claims };
        // The rows are in the order of their issuers.
        match offers
            .last_mut()
            .filter(|offer| offer.partner_id == found.partner_id)
        {
            Some(offer) => {
                if !offer.schemas.contains(&found.schema_id) {
                    offer.schemas.push(found.schema_id);
                }
                offer.credentials.push(credential);
            }
            None => offers.push(IssuerOffer {
                partner_id: found.partner_id,
                issuer: found.partner_name,
                issuer_did: found.issuer_did,
                schemas: vec![found.schema_id],
                credentials: vec![credential],
            }),
        }
    }
    Ok(offers)
}

/// Records the keys that the user gives to an issuer, and tells the issuer.
pub async fn accept(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
    issuer_did: &str,
    keys: &[AcceptedKey],
) -> Result<(), Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?;
    let user_uuid = &signed_in.user.user_uuid;
    let address = wallet_address(app, user_uuid.as_str(), place).await?;
    let chain = ChainId::new(app.chain_id);
    let mut tx = app.store.write().await?;
    let now = app.stored_time(&mut tx).await?;
    let (issuer, mut schemas) = undecided_of(&mut tx, user_uuid, only, issuer_did, now).await?;
    if keys.is_empty() {
        return Err(decided_already());
    }
    for key in keys {
        if key.curve != OFFERED_CURVE {
            return Err(Refusal::bad_request("curve: must be the offered one, secp256r1"));
        }
        // Each schema once.
        let offered = schemas.iter().position(|schema| schema.as_str() == key.schema);
        let schema = schemas.swap_remove(offered.ok_or_else(decided_already)?);
        let user = user_uuid.as_str().parse().map_err(Refusal::internal)?;
        let context = CakContext::new(user, issuer.issuer_did.clone(), schema.clone(), key.curve);
        let public_key = key.verified(&context, address, chain)?;
        let context = caks::CakId {
            user_uuid,
            partner_id: &issuer.partner_id,
            schema_id: &schema,
            curve: key.curve,
        };
        caks::record(&mut tx, context, &public_key, Some(&key.signature), now).await?;
        caks::give_to_credentials(&mut tx, context, &public_key).await?;
        let available = Available {
            issuer_id: &issuer.partner_id,
            user_uuid,
            schema_id: &schema,
            curve: key.curve,
        };
        callbacks::available(&mut tx, available, now).await?;
    }
    app.commit(tx).await.map_err(Refusal::from)
}

/// Records that the user refuses credentials on the user's behalf from an issuer. No event reports it.
pub async fn refuse(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
    issuer_did: &str,
) -> Result<(), Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?;
    let user_uuid = &signed_in.user.user_uuid;
    let mut tx = app.store.write().await?;
    let now = app.stored_time(&mut tx).await?;
    let (issuer, _) = undecided_of(&mut tx, user_uuid, only, issuer_did, now).await?;
    caks::refuse(&mut tx, user_uuid, &issuer.partner_id, now).await?;
    tx.commit().await.map_err(Refusal::from)
}

/// Returns the only issuer that the page may ask about, or `None` for all issuers. Beyond loopback,
/// only a code proves that the address of a login belongs to the user, so without it a page of one
/// partner neither shows nor decides about what another partner issued. A partner's server decides
/// about nothing.
pub(super) fn visible_issuer(
    signed_in: &SignedInUser,
    place: PageOrigin,
) -> Result<Option<&PartnerId>, Refusal> {
    if !signed_in.is_page() {
        return Err(Refusal::forbidden(
            "a partner's server opened this session; the user decides in a page, after a login there",
        ));
    }
    Ok(if place.is_on_loopback || signed_in.is_proved() {
        None
    } else {
        Some(&signed_in.partner.partner_id)
    })
}

/// Returns the issuer, and the schemas about which the user has not decided.
async fn undecided_of(
    tx: &mut ReadTx,
    user_uuid: &UserUuid,
    only: Option<&PartnerId>,
    issuer_did: &str,
    now: UnixTime,
) -> Result<(Partner, Vec<SchemaId>), Refusal> {
    let issuer = partners::find_by_issuer(tx, issuer_did)
        .await?
        .ok_or_else(decided_already)?;
    if only.is_some_and(|only| *only != issuer.partner_id) {
        return Err(decided_already());
    }
    let undecided = caks::undecided(tx, user_uuid, Some(&issuer.partner_id), now, LIMIT).await?;
    if undecided.is_empty() {
        return Err(decided_already());
    }
    let mut schemas: Vec<SchemaId> = undecided
        .into_iter()
        .map(|credential| credential.schema_id)
        .collect();
    schemas.sort_unstable();
    schemas.dedup();
    Ok((issuer, schemas))
}

fn decided_already() -> Refusal {
    Refusal::conflict("the user has decided about these credentials already; reload the page")
}

/// Returns the address of the user's wallet, whose signature an acceptance needs.
async fn wallet_address(app: &App, user_uuid: &str, place: PageOrigin) -> Result<WalletAddress, Refusal> {
    let wallet = find_wallet(app, user_uuid, place.is_production).await?;
    let wallet = wallet.ok_or_else(|| {
        Refusal::forbidden("the user has no wallet; create one before accepting credentials")
    })?;
    let unreadable = |error| Refusal::internal(format!("wallets.address: {error}"));
    wallet.address.parse().map_err(unreadable)
}

impl AcceptedKey {
    /// Checks the wallet's signature. Returns the public key in the form that is stored.
    fn verified(
        &self,
        context: &CakContext,
        wallet: WalletAddress,
        chain: ChainId,
    ) -> Result<String, Refusal> {
        let public_key = CakPublicKey::from_hex(self.curve, &self.public_key)
            .map_err(|error| Refusal::bad_request(format!("publicKey: {error}")))?;
        let signature: RecoverableSignature = self
            .signature
            .parse()
            .map_err(|error: air_crypto::Error| Refusal::bad_request(format!("signature: {error}")))?;
        let acceptance = CakAcceptance {
            context,
            public_key: &public_key,
        };
        acceptance
            .verify(wallet, chain, &signature)
            .map_err(|error| Refusal::forbidden(error.to_string()))?;
        Ok(public_key.to_string())
    }
}

#[cfg(test)]
mod tests {
    use air_api::OnDuplicate;
    use serde_json::json;

    use super::*;
    use crate::{
        Clock,
        dashboard::{self, IssueForm},
        seeding,
    };

    #[tokio::test]
    async fn the_offers_to_a_user_take_three_queries() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_800_000_000))).await;
        let schema = |key: &str| {
            json!({ "key": key, "title": key, "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
            ]})
        };
        let program = |key: &str| json!({ "key": key, "schema": key, "cak": true, "publish": true });
        let seed = json!({
            "partner": { "name": "Zenith", "jwksUrl": "http://127.0.0.1/jwks", "issueOnBehalf": true },
            "schemas": [schema("adult"), schema("member")],
            "programs": [program("adult"), program("member")],
        });
        let seed = serde_json::from_value(seed).unwrap();
        let seeded = seeding::seed(&app, seed, None).await.unwrap().into_body();
        for key in ["adult", "member"] {
            let form = IssueForm {
                email: "ada@example.com".to_owned(),
                subject: json!({ "isOver18": true }).as_object().unwrap().clone(),
                on_duplicate: OnDuplicate::Revoke,
            };
            dashboard::issue(&app, seeded.programs[key].as_str(), form)
                .await
                .unwrap();
        }
        let mut read = app.store.read().await.unwrap();
        let ada = "ada@example.com".parse().unwrap();
        let user = air_store::users::find_by_email(&mut read, &ada).await;
        let user = user.unwrap().unwrap();
        let before = read.round_trips();
        let offers = offers_to(&app, &mut read, &user.user_uuid, None).await.unwrap();
        assert_eq!(read.round_trips() - before, 3);
        assert_eq!(offers.len(), 1);
        assert_eq!(offers[0].credentials.len(), 2);
    }
}
