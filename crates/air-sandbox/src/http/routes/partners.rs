//! Partners: accounts with their issuer and verifier.

use air_api::{
    PartnerId,
    sandbox::{CreatedPartner, IssuerBackend, NewIssuerBackend, NewPartner, RegisterKeys, RegisteredKeys},
};
use axum::{Json, extract::State};
use serde_json::{Value, json};

use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, delete, get, post, put},
    input::{Keyed, Path},
};
use air_platform::{App, issuer_backends, registered_keys, setup};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/partners",
            "createPartner",
            Tag::SetUp,
            "Open an account, with its issuer and verifier",
        )
        .set_up()
        .example(example),
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
        .example(|| json!({ "keys": [example_key()] })),
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
    let path = "/sandbox/v1/partners/{partner}/issuer-backend";
    api.add(
        put(
            path,
            "registerIssuerBackend",
            Tag::SetUp,
            "Register the backend of a partner that signs credentials itself, in place of an earlier one",
        )
        .set_up()
        .refuses(&[404])
        .example(|| {
            json!({
                "did": "did:web:localhost%3A3000",
                "availableVcApiUrl": "http://localhost:3000/available-vc",
                "issueVcApiUrl": "http://localhost:3000/issue-vc",
                "revocationStatusApiUrl": "http://localhost:3000/revocation-status",
                "apiKey": "the-API_KEY-of-the-backend",
            })
        }),
        register_backend,
    );
    api.add(
        get(
            path,
            "issuerBackend",
            Tag::SetUp,
            "Show the registered backend of a partner, without its API key",
        )
        .set_up()
        .refuses(&[404]),
        show_backend,
    );
    api.add(
        delete(
            path,
            "removeIssuerBackend",
            Tag::SetUp,
            "Remove the registered backend of a partner",
        )
        .set_up()
        .refuses(&[404]),
        remove_backend,
    );
}

async fn register_backend(
    State(app): State<App>,
    Path(partner): Path<PartnerId>,
    Keyed { body, request_key }: Keyed<NewIssuerBackend>,
) -> Changed<IssuerBackend> {
    issuer_backends::register(&app, &partner, body, request_key).await
}

async fn show_backend(State(app): State<App>, Path(partner): Path<PartnerId>) -> Answer<IssuerBackend> {
    issuer_backends::show(&app, &partner).await.map(Json)
}

async fn remove_backend(State(app): State<App>, Path(partner): Path<PartnerId>) -> Answer<IssuerBackend> {
    issuer_backends::remove(&app, &partner).await.map(Json)
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
