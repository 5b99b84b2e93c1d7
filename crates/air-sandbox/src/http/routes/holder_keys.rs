//! The key that a holder's credentials are sealed to.

use air_api::{
    InitializeUser, InitializeUserByToken, InitializedUser,
    sandbox::{EncryptionKey, HeldEncryptionKey},
};
use axum::{Json, extract::State};
use serde_json::json;

use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, get, post, put},
    caller::{self, NamedPartner, Partner, UserSession},
    input::Keyed,
};
use air_platform::{App, holder_keys};

/// X25519, SPKI DER in hex (the base point, RFC 7748, 4.1).
const KEY: &str =
    "0x302a300506032b656e0321000900000000000000000000000000000000000000000000000000000000000000";

/// Adds the routes of an issuer's backend.
pub(super) fn issuer_routes(api: &mut Api) {
    api.add(
        post(
            "/v1/auth/initialize-user",
            "initializeUser",
            Tag::Users,
            "Get the key that a user's credentials are sealed to; creates an unknown user",
        )
        .example(|| json!({ "email": "ada@example.com" })),
        initialize_user,
    );
    api.add(
        post(
            "/v2/auth/initialize-user",
            "initializeUserByToken",
            Tag::Users,
            "The same for a Partner JWT in the body, whose claim `email` is the user's address",
        )
        .example(|| json!({ "partnerJwt": "eyJhbGciOiJFUzI1NiIsImtpZCI6ImsifQ.e30.c2ln" })),
        initialize_user_by_token,
    );
}

async fn initialize_user(
    State(app): State<App>,
    partner: Partner<caller::AnyScope>,
    Keyed { body, request_key }: Keyed<InitializeUser>,
) -> Changed<InitializedUser> {
    holder_keys::initialize_user(&app, &partner.caller, body, request_key).await
}

async fn initialize_user_by_token(
    State(app): State<App>,
    named: NamedPartner,
    Keyed { body, request_key }: Keyed<InitializeUserByToken>,
) -> Changed<InitializedUser> {
    let NamedPartner { partner_id, context } = named;
    holder_keys::initialize_user_by_token(&app, &partner_id, &body, request_key, &context).await
}

/// Adds the routes of the holder's wallet.
pub(super) fn wallet_routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/users/me/encryption-key",
            "encryptionKey",
            Tag::Users,
            "Show the key that the user's credentials are sealed to",
        )
        .refuses(&[404]),
        show,
    );
    api.add(
        put(
            "/sandbox/v1/users/me/encryption-key",
            "setEncryptionKey",
            Tag::Users,
            "Set the key that the user's credentials are sealed to, as the wallet",
        )
        .example(|| json!({ "publicKey": KEY })),
        set,
    );
}

async fn show(State(app): State<App>, user: UserSession) -> Answer<HeldEncryptionKey> {
    holder_keys::held(&app, &user.0).await.map(Json)
}

async fn set(
    State(app): State<App>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<EncryptionKey>,
) -> Changed<EncryptionKey> {
    holder_keys::set(&app, &user.0, body, request_key).await
}
