//! Presentation requests to wallets.

use air_api::sandbox::{
    CreatePresentationRequest, CreatedPresentationRequest, PresentationRequestQuery,
    PresentationRequestStatus,
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde_json::json;

use crate::http::{
    answer::Answer,
    api::{Api, Tag, get, post},
    caller::{self, Partner},
    input::{Body, Path},
};
use air_platform::{App, Refusal, openid4vc::presentations};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/presentation-requests",
            "createPresentationRequest",
            Tag::Verification,
            "Ask a wallet for a presentation that a verification program checks (OpenID4VP)",
        )
        .refuses(&[403, 404, 409, 507])
        .example(|| json!({ "programId": "c21s70g0i54sn0023172Cw" })),
        create,
    );
    api.add(
        get(
            "/sandbox/v1/presentation-requests/{request}",
            "presentationRequestStatus",
            Tag::Verification,
            "Get the state and the result of a presentation request",
        )
        .refuses(&[403, 404]),
        status,
    );
}

async fn create(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Body(request): Body<CreatePresentationRequest>,
) -> Answer<CreatedPresentationRequest> {
    presentations::create(&app, &partner.caller, request)
        .await
        .map(Json)
}

async fn status(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Path(request): Path<String>,
    query: Result<Query<PresentationRequestQuery>, QueryRejection>,
) -> Answer<PresentationRequestStatus> {
    let partner = &partner.caller.partner;
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request("the query may have `responseCode` only: the code from the user's browser")
    })?;
    let code = query.response_code.as_deref();
    presentations::status(&app, partner, &request, code)
        .await
        .map(Json)
}
