//! The keys to which partners seal credentials for a user. Each partner of a user has a separate
//! key, which comes from the wallet. If an issuer requests a key before the wallet exists, the
//! platform generates one and stores the private key until the wallet has taken it over.

use air_api::{
    HolderSigningKey, InitializeUser, InitializeUserByToken, InitializedUser,
    sandbox::{EncryptionKey, HeldEncryptionKey},
};
use air_crypto::holder::{HolderPrivateKey, HolderPublicKey};
use air_ids::{EmailAddress, PartnerId, UnixTime};
use air_jwt::{KeyForm, SigningKey};

use super::{
    App, Reason, Refusal,
    events::EventKind,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    partner_auth::Authenticated,
    users,
};
use crate::request_log::RequestContext;
use air_store::{
    ReadTx, WriteTx,
    holder_keys::{self, HolderKey, Owner},
    users::OpenSession,
};

/// The `status` of an account that this call created, and of one that existed.
const NEW: &str = "new";
const EXISTING: &str = "existing";

/// `POST /v2/auth/initialize-user`: the Partner JWT is in the body, and has the user's address.
pub async fn initialize_user_by_token(
    app: &App,
    named: &PartnerId,
    request: &InitializeUserByToken,
    request_key: Option<RequestKey>,
    context: &RequestContext,
) -> Result<IdempotentResponse<InitializedUser>, Refusal> {
    let caller = app.identify_backend(Some(&request.partner_jwt), context).await?;
    if caller.partner.partner_id != *named {
        return Err(Refusal::unauthorized(
            "x-partner-id names another partner than the Partner JWT; send the `partnerId` of the token",
        )
        .because(Reason::Token));
    }
    let email = caller.claims.email().ok_or_else(|| {
        Refusal::bad_request("partnerJwt: the token has no claim `email`; sign one with the user's address")
    })?;
    let email: EmailAddress = email
        .parse()
        .map_err(|error| Refusal::bad_request(format!("partnerJwt: the claim `email`: {error}")))?;
    initialize_user(app, &caller, InitializeUser { email }, request_key).await
}

/// `POST /v1/auth/initialize-user`.
pub async fn initialize_user(
    app: &App,
    caller: &Authenticated,
    request: InitializeUser,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<InitializedUser>, Refusal> {
    let partner = &caller.partner;
    app.idempotent(
        Caller::new(partner.partner_id.as_str(), ""),
        request_key,
        async |tx| {
            let now = tx.now;
            let users::Found { user, is_new } =
                users::find_or_create(tx, request.email.as_str(), &partner.partner_id, now).await?;
            let owner = Owner {
                user_uuid: &user.user_uuid,
                partner_id: &partner.partner_id,
            };
            let public_key = published(tx, owner, now).await?;
            let signing_key = stored_signing_key(tx, owner).await?;
            let signing_key = signing_key.as_ref().map(public_jwk).transpose()?;
            Ok(InitializedUser {
                user_id: user.user_uuid,
                did: user.holder_did,
                public_key,
                status: if is_new { NEW } else { EXISTING }.to_owned(),
                signing_key,
            })
        },
    )
    .await
}

/// Returns the key to which the issuer seals. Generates one if the user has none for this issuer.
async fn published(tx: &mut WriteTx, owner: Owner<'_>, now: UnixTime) -> Result<String, Refusal> {
    if let Some(key) = holder_keys::find(tx, owner).await? {
        return Ok(key.public_key);
    }
    let private = HolderPrivateKey::generate(&mut rand::rng());
    let key = HolderKey {
        public_key: private.public_key().to_string(),
        custodial_key: Some(private.expose_pkcs8_der().to_vec()),
    };
    holder_keys::set(tx, owner, &key, now).await?;
    Ok(key.public_key)
}

/// The keys that the platform keeps for a user's credentials of one issuer.
pub(crate) struct Custodial {
    /// Opens the issuer's envelopes.
    pub(crate) encryption: HolderPrivateKey,
    /// Proves possession of the credentials.
    pub(crate) signing: SigningKey,
}

/// Returns the keys that the platform keeps for a user, and generates those that are missing. Fails
/// if the wallet has set its own key, because only the wallet can open envelopes for it.
pub(crate) async fn custodial(app: &App, owner: Owner<'_>) -> Result<Custodial, Refusal> {
    let now = app.platform_clock.now();
    let mut tx = app.store.write().await?;
    let public_key = published(&mut tx, owner, now).await?;
    let kept = holder_keys::find(&mut tx, owner).await?;
    let kept = kept.and_then(|key| key.custodial_key);
    let encryption = kept
        .map(|der| HolderPrivateKey::from_pkcs8_der(&der).map_err(Refusal::internal))
        .transpose()?
        .filter(|key| key.public_key().to_string() == public_key)
        .ok_or_else(|| {
            Refusal::conflict(
                "the wallet has set its own encryption key, so this page can't open the issuer's envelopes; fetch the envelope with the \
                 user's session, and open it with the wallet's private key",
            )
        })?;
    let signing = if let Some(key) = stored_signing_key(&mut tx, owner).await? {
        key
    } else {
        let key = SigningKey::generate(&mut rand::rng());
        let der = key.expose_der(KeyForm::Pkcs8);
        holder_keys::insert_signing_key(&mut tx, owner, &der, now).await?;
        key
    };
    app.commit(tx).await?;
    Ok(Custodial { encryption, signing })
}

/// Returns the keys that the platform keeps for a user, if it has both.
pub(crate) async fn kept(tx: &mut ReadTx, owner: Owner<'_>) -> Result<Option<Custodial>, Refusal> {
    let stored = holder_keys::find(tx, owner).await?;
    let encryption = stored
        .and_then(|key| key.custodial_key)
        .map(|der| HolderPrivateKey::from_pkcs8_der(&der).map_err(Refusal::internal))
        .transpose()?;
    let signing = stored_signing_key(tx, owner).await?;
    let both = encryption.zip(signing);
    Ok(both.map(|(encryption, signing)| Custodial { encryption, signing }))
}

/// Returns the public half of a key for key binding.
pub(crate) fn public_jwk(key: &SigningKey) -> Result<HolderSigningKey, Refusal> {
    let jwk = serde_json::to_value(key.public_jwk()).map_err(Refusal::internal)?;
    let jwk = serde_json::from_value(jwk).map_err(Refusal::internal)?;
    Ok(HolderSigningKey { jwk })
}

async fn stored_signing_key(tx: &mut ReadTx, owner: Owner<'_>) -> Result<Option<SigningKey>, Refusal> {
    let der = holder_keys::find_signing_key(tx, owner).await?;
    der.map(|der| SigningKey::from_der(&der).map_err(Refusal::internal))
        .transpose()
}

/// `GET /sandbox/v1/users/me/encryption-key`.
pub async fn held(app: &App, session: &OpenSession) -> Result<HeldEncryptionKey, Refusal> {
    let key = holder_keys::find(&mut *app.store.read().await?, owner(session))
        .await?
        .ok_or_else(|| {
            Refusal::not_found("this user has no encryption key for this partner yet; set the wallet's key")
        })?;
    Ok(HeldEncryptionKey {
        public_key: key.public_key,
        custodial_private_key: key.custodial_key.map(|der| format!("0x{}", hex::encode(der))),
    })
}

/// `PUT /sandbox/v1/users/me/encryption-key`: sets the wallet's own key, or the platform's key
/// after the wallet took it over. The platform then deletes the private key. It keeps the private
/// key until then, because credentials sealed to that key can't be opened without it.
pub async fn set(
    app: &App,
    session: &OpenSession,
    request: EncryptionKey,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<EncryptionKey>, Refusal> {
    let owner = owner(session);
    let refused = |error: air_crypto::Error| Refusal::bad_request(format!("publicKey: {error}"));
    let key: HolderPublicKey = request.public_key.parse().map_err(refused)?;
    // Anyone could open data sealed to a key of low order. Sealing detects such a key.
    key.seal(b"", &mut rand::rng()).map_err(refused)?;
    let caller = users::caller_id(owner.user_uuid.as_str(), owner.partner_id.as_str());
    app.idempotent(Caller::new(&caller, ""), request_key, async |tx| {
        let custodial = holder_keys::find(tx, owner)
            .await?
            .and_then(|kept| kept.custodial_key);
        let is_taken = match &custodial {
            None => false,
            Some(der) => {
                let custodial = HolderPrivateKey::from_pkcs8_der(der).map_err(Refusal::internal)?;
                custodial.public_key() == key
            }
        };
        let kept = HolderKey {
            public_key: key.to_string(),
            custodial_key: custodial.filter(|_| !is_taken),
        };
        let now = tx.now;
        holder_keys::set(tx, owner, &kept, now).await?;
        let event = EventKind::HolderKeyChanged {
            by: owner.partner_id,
            user_uuid: owner.user_uuid.as_str(),
        };
        tx.record(&event).await?;
        Ok(EncryptionKey {
            public_key: kept.public_key,
        })
    })
    .await
}

fn owner(session: &OpenSession) -> Owner<'_> {
    Owner {
        user_uuid: &session.user.user_uuid,
        partner_id: &session.partner_id,
    }
}
