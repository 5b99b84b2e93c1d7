//! The user's decision about credentials that were issued on behalf of the user: accept or refuse, for each issuer.
//!
//! An acceptance gives the issuer the public half of the CAK of each schema, signed by the user's wallet. Only then is the issuer told.
//! A refusal tells the issuer nothing; the next issuance on behalf of the user is refused.

use air_crypto::{
    CakAcceptance, CakContext, CakPublicKey, ChainId, Curve, RecoverableSignature, WalletAddress,
};
use air_ids::{IssuerDid, PartnerId, SchemaId, UnixTime, UserUuid};
use air_schema::CredentialSchema;
use serde_json::{Map, Value};

use super::{App, PageOrigin, PageSession, Refusal, SignedInUser, find_wallet, present};
use crate::{
    callbacks,
    stored::find_schema,
    verification::{SignedCredential, verified_claims},
};
use air_store::{
    ReadTx, caks,
    callbacks::Available,
    partners::{self, Partner},
};

/// The curve of the offered keys. An issuance on behalf names none, so it is the platform's default.
pub const OFFERED_CURVE: Curve = Curve::Secp256r1;

/// The maximum number of credentials that a user is asked about at once. The others follow at the next sign-in.
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

/// Returns the signed-in user, and the credentials that were issued on behalf of the user and that the user has not decided about, by
/// issuer.
pub async fn undecided(
    app: &App,
    page_session: &PageSession,
    place: PageOrigin,
) -> Result<(UserUuid, Vec<IssuerOffer>), Refusal> {
    let signed_in = present(app, page_session).await?;
    let only = visible_issuer(&signed_in, place)?;
    let mut read = app.store.read().await?;
    let now = app.platform_clock.now();
    let user_uuid = signed_in.user.user_uuid.as_str();
    let mut offers: Vec<IssuerOffer> = Vec::new();
    for found in caks::undecided(&mut read, user_uuid, only, now, LIMIT).await? {
        let schema = find_schema(&mut read, found.schema_id.as_str()).await?;
        let signed = SignedCredential {
            partner_id: found.partner_id.as_str(),
            schema_id: found.schema_id.as_str(),
            credential: &found.credential,
        };
        let (_, claims) = verified_claims(&app.cache, &mut read, signed, now).await?;
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
    drop(read);
    Ok((signed_in.user.user_uuid, offers))
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
    let user_uuid = signed_in.user.user_uuid.as_str();
    let address = wallet_address(app, user_uuid, place).await?;
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
        let user = user_uuid.parse().map_err(Refusal::internal)?;
        let context = CakContext::new(user, issuer.issuer_did.clone(), schema, key.curve);
        let public_key = key.verified(&context, address, chain)?;
        let context = caks::CakContext {
            user_uuid,
            partner_id: issuer.partner_id.as_str(),
            schema_id: &key.schema,
            curve: key.curve,
        };
        caks::record(&mut tx, context, &public_key, Some(&key.signature), now).await?;
        caks::give_to_credentials(&mut tx, context, &public_key).await?;
        let available = Available {
            issuer_id: issuer.partner_id.as_str(),
            user_uuid,
            schema_id: &key.schema,
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
    let user_uuid = signed_in.user.user_uuid.as_str();
    let mut tx = app.store.write().await?;
    let now = app.stored_time(&mut tx).await?;
    let (issuer, _) = undecided_of(&mut tx, user_uuid, only, issuer_did, now).await?;
    caks::refuse(&mut tx, user_uuid, issuer.partner_id.as_str(), now).await?;
    tx.commit().await.map_err(Refusal::from)
}

/// Returns the only issuer that the page may ask about, or `None` for all issuers. Beyond loopback, nothing proves that the address of a
/// login belongs to the user, so a page of one partner neither shows nor decides about what another partner issued. A partner's server
/// decides about nothing.
fn visible_issuer(signed_in: &SignedInUser, place: PageOrigin) -> Result<Option<&str>, Refusal> {
    if !signed_in.is_page() {
        return Err(Refusal::forbidden(
            "a partner's server opened this session; the user decides in a page, after a login there",
        ));
    }
    Ok(if place.is_on_loopback {
        None
    } else {
        Some(signed_in.partner.partner_id.as_str())
    })
}

/// Returns the issuer, and the schemas about which the user has not decided.
async fn undecided_of(
    tx: &mut ReadTx,
    user_uuid: &str,
    only: Option<&str>,
    issuer_did: &str,
    now: UnixTime,
) -> Result<(Partner, Vec<SchemaId>), Refusal> {
    let issuer = partners::find_by_issuer(tx, issuer_did)
        .await?
        .ok_or_else(decided_already)?;
    if only.is_some_and(|only| only != issuer.partner_id.as_str()) {
        return Err(decided_already());
    }
    let undecided = caks::undecided(tx, user_uuid, Some(issuer.partner_id.as_str()), now, LIMIT).await?;
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
