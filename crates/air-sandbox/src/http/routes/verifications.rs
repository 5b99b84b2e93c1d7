//! Verifications, and the user's consent to each.

use air_api::sandbox::{
    ConsentDecision, StartVerification, StartedVerification, VerificationRecord, VerificationResult,
};
use axum::extract::State;
use serde_json::json;

use crate::http::{
    answer::Changed,
    api::{Api, Tag, get, post},
    caller::{self, Partner, UserSession},
    conditional::{Conditional, IfNoneMatch},
    input::{Keyed, Path},
};
use air_platform::{App, Refusal, verification, verification_records};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/verifications",
            "startVerification",
            Tag::Verification,
            "Start a verification, and get the question to the user",
        )
        .refuses(&[403, 404])
        .example(|| json!({ "programId": "c21s70g0i54sn0023172Cw" })),
        start,
    );
    api.add(
        get(
            "/sandbox/v1/verifications/{verification}",
            "verificationRecord",
            Tag::Verification,
            "Get a verification's result and the present status of the credential",
        )
        .refuses(&[404]),
        record,
    );
    api.add(
        post(
            "/sandbox/v1/verifications/{verification}/consent",
            "decide",
            Tag::Verification,
            "Decide, once, as the user who was asked",
        )
        .refuses(&[404, 409])
        .example(|| json!({ "decision": "agree" })),
        decide,
    );
}

async fn start(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<StartVerification>,
) -> Changed<StartedVerification> {
    verification::start(&app, &partner.caller, &user.0, body, request_key).await
}

async fn record(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Path(id): Path<String>,
    known: IfNoneMatch,
) -> Result<Conditional<VerificationRecord>, Refusal> {
    let answer = verification_records::find(&app, &partner.caller, &id).await?;
    Ok(Conditional { answer, known })
}

async fn decide(
    State(app): State<App>,
    Path(id): Path<String>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<ConsentDecision>,
) -> Changed<VerificationResult> {
    verification::decide(&app, &user.0, &id, body, request_key).await
}
