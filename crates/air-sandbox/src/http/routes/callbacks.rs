//! Callbacks: their URL, their secret, and their deliveries.

use air_api::{
    CallbackRecord, InitializeVerification, IssuerRecord, ModifyIssuer,
    sandbox::{CallbackQuery, CallbackSubscription, Callbacks},
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde_json::json;

use super::ISSUER;
use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, get, post, put},
    caller::{self, Partner},
    input::{Body, Keyed, Path},
};
use air_platform::{App, Refusal, callbacks, status_changes};

pub(super) fn routes(api: &mut Api) {
    let tag = Tag::Callbacks;
    api.add(
        post(
            "/v1/issuer/modify",
            "modifyIssuer",
            tag,
            "Set the issuer's callback URL",
        )
        .example(|| json!({ "callbackUrl": "https://issuer.example/callback" })),
        modify_issuer,
    );
    api.add(
        post(
            "/v1/verifier/verify/initialize",
            "initializeVerification",
            tag,
            "Open a callback record",
        )
        .refuses(&[404, 409])
        .example(|| json!({ "issuerDid": ISSUER })),
        initialize,
    );
    api.add(
        put(
            "/sandbox/v1/callbacks/subscription",
            "subscribeCallbacks",
            tag,
            "Choose further events for the callback URL, beside the issuer's callbacks",
        )
        .refuses(&[404])
        .example(|| json!({ "credentialStatusChanges": true })),
        subscribe,
    );
    api.add(
        get(
            "/sandbox/v1/callbacks",
            "callbacks",
            tag,
            "List the issuer's callbacks with their attempts",
        ),
        list,
    );
    api.add(
        post(
            "/sandbox/v1/callbacks/secret",
            "rotateCallbackSecret",
            tag,
            "Replace the secret that the issuer's callbacks are signed with; only the response shows it",
        )
        .refuses(&[404]),
        rotate_secret,
    );
    api.add(
        post(
            "/sandbox/v1/callbacks/{record}/replay",
            "replayCallback",
            tag,
            "Deliver a callback again",
        )
        .refuses(&[404, 409]),
        replay,
    );
}

async fn modify_issuer(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Keyed { body, request_key }: Keyed<ModifyIssuer>,
) -> Changed<IssuerRecord> {
    callbacks::modify_issuer(&app, &partner.caller, body, request_key).await
}

async fn initialize(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Keyed { body, request_key }: Keyed<InitializeVerification>,
) -> Changed<CallbackRecord> {
    callbacks::initialize(&app, &partner.caller, body, request_key).await
}

async fn subscribe(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Body(subscription): Body<CallbackSubscription>,
) -> Answer<CallbackSubscription> {
    status_changes::subscribe(&app, &partner.caller, subscription)
        .await
        .map(Json)
}

async fn list(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<CallbackQuery>, QueryRejection>,
) -> Answer<Callbacks> {
    let Query(query) = query.map_err(|_| Refusal::bad_request("page: must be a number, at least 1"))?;
    callbacks::list(&app, &partner.caller, query.page).await.map(Json)
}

async fn rotate_secret(State(app): State<App>, partner: Partner<caller::Issue>) -> Answer<IssuerRecord> {
    callbacks::rotate_secret(&app, &partner.caller).await.map(Json)
}

async fn replay(
    State(app): State<App>,
    Path(record): Path<String>,
    partner: Partner<caller::Issue>,
) -> Answer<Callbacks> {
    callbacks::replay(&app, &partner.caller, &record).await.map(Json)
}
