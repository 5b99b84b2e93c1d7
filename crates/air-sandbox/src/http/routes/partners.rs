//! Partners: accounts with their issuer and verifier.

use air_api::{
    PartnerId,
    sandbox::{CreatedPartner, NewPartner, RegisterKeys, RegisteredKeys},
};
use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, delete, post},
    input::{Keyed, Path},
};
use air_platform::{App, registered_keys, setup};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/partners",
            "createPartner",
            Tag::SetUp,
            "Open an account, with its issuer and verifier",
        )
        .set_up()
        .example(example()),
        create,
    );
    api.add(
        post(
            "/sandbox/v1/partners/{partner}/keys",
            "registerKeys",
            Tag::SetUp,
            "Register public keys of a partner, beside those at its JWKS URL",
        )
        .set_up()
        .refuses(&[404])
        .example(json!({ "keys": [example_key()] })),
        register_keys,
    );
    api.add(
        delete(
            "/sandbox/v1/partners/{partner}/keys/{kid}",
            "removeKey",
            Tag::SetUp,
            "Remove a registered key of a partner",
        )
        .set_up()
        .refuses(&[404]),
        remove_key,
    );
}

async fn remove_key(
    State(app): State<App>,
    Path((partner, kid)): Path<(PartnerId, String)>,
) -> Answer<RegisteredKeys> {
    registered_keys::remove(&app, &partner, &kid).await.map(Json)
}

async fn register_keys(
    State(app): State<App>,
    Path(partner): Path<PartnerId>,
    Keyed { body, request_key }: Keyed<RegisterKeys>,
) -> Changed<RegisteredKeys> {
    registered_keys::register(&app, &partner, body, request_key).await
}

/// The public key of RFC 7517, appendix A.1.
fn example_key() -> Value {
    json!({
        "kty": "EC",
        "crv": "P-256",
        "x": "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
        "y": "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM",
        "kid": "1",
    })
}

async fn create(
    State(app): State<App>,
    Keyed { body, request_key }: Keyed<NewPartner>,
) -> Changed<CreatedPartner> {
    setup::create_partner(&app, body, request_key).await
}

/// A partner in the examples of request bodies.
pub(super) fn example() -> Value {
    json!({ "name": "Zenith", "jwksUrl": "http://127.0.0.1:8400/jwks.json", "issueOnBehalf": true })
}
