//! The keys to which partners seal credentials for a user. Each partner of a user has a separate key, which comes from the wallet. If an
//! issuer requests a key before the wallet exists, the platform generates one and stores the private key until the wallet has taken it
//! over.

use air_api::{
    InitializeUser, InitializedUser,
    sandbox::{EncryptionKey, HeldEncryptionKey},
};
use air_crypto::holder::{HolderPrivateKey, HolderPublicKey};
use air_ids::UnixTime;

use super::{
    App, Refusal,
    events::EventKind,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    partner_auth::Authenticated,
    users,
};
use air_store::{
    WriteTx,
    holder_keys::{self, HolderKey, Owner},
    users::OpenSession,
};

/// `POST /auth/initialize-user`.
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
            let user = users::find_or_create(tx, request.email.as_str(), &partner.partner_id, now)
                .await?
                .user;
            let owner = Owner {
                user_uuid: &user.user_uuid,
                partner_id: &partner.partner_id,
            };
            let public_key = published(tx, owner, now).await?;
            Ok(InitializedUser {
                user_id: user.user_uuid,
                did: user.holder_did,
                public_key,
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

/// `PUT /sandbox/v1/users/me/encryption-key`: sets the wallet's own key, or the platform's key after the wallet took it over. The platform
/// then deletes the private key. It keeps the private key until then, because credentials sealed to that key can't be opened without it.
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
