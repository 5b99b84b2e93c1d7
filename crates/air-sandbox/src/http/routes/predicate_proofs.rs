//! Predicate proofs: schemes, signatures and tokens for holders, and the proof that ends a verification. Experimental, not audited. A platform
//! without the option answers 404.

use air_api::sandbox::{
    AnswerWithProof, CreateProofChallenge, ProofChallenge, ProofRequest, ProofTokens, SignForProofs,
    SignedForProofs, VerificationResult,
};
use axum::{Json, extract::State};
use serde_json::json;

use crate::http::{
    answer::{Answer, Changed, ProofScheme},
    api::{Api, Tag, get, post},
    caller::UserSession,
    input::{Body, Keyed, Path},
};
use air_platform::{App, Refusal, predicate_proofs};

const HASH: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

/// Adds the route of a program's scheme.
pub(super) fn catalogue_routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/proof-schemes/{program}",
            "proofScheme",
            Tag::Catalogue,
            "Show the scheme of a program with predicate proofs; the ledger has its SHA-256",
        )
        .refuses(&[404]),
        scheme,
    );
}

async fn scheme(State(app): State<App>, Path(program): Path<String>) -> Result<ProofScheme, Refusal> {
    predicate_proofs::scheme(&app, &program).await.map(ProofScheme)
}

/// Adds the routes of holders.
pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/users/me/proofs/challenges",
            "createProofChallenge",
            Tag::Users,
            "Get the challenge to which the holder of a credential commits for predicate proofs",
        )
        .refuses(&[404, 409])
        .example(|| json!({ "coreClaimHash": HASH })),
        challenge,
    );
    api.add(
        post(
            "/sandbox/v1/users/me/proofs/credentials",
            "signForProofs",
            Tag::Users,
            "Get the signature of a credential for predicate proofs, for a commitment; a repeated call returns the same",
        )
        .refuses(&[404, 409])
        .example(|| json!({ "coreClaimHash": HASH, "challenge": HASH, "commitment": "8f1a" })),
        sign,
    );
    api.add(
        post(
            "/sandbox/v1/users/me/proofs/tokens",
            "createProofTokens",
            Tag::Users,
            "Get tokens of the current epoch for the user's valid credentials with a signature for predicate proofs",
        )
        .refuses(&[404]),
        tokens,
    );
    api.add(
        get(
            "/sandbox/v1/verifications/{verification}/proof-request",
            "proofRequest",
            Tag::Verification,
            "Get the request for a predicate proof, as the user who was asked",
        )
        .refuses(&[404, 409]),
        request,
    );
    api.add(
        post(
            "/sandbox/v1/verifications/{verification}/proof",
            "answerWithProof",
            Tag::Verification,
            "Agree with a predicate proof, or with the wallet's unproven statement, as the user who was asked",
        )
        .refuses(&[404, 409])
        .example(|| json!({ "unproven": "nonCompliant" })),
        answer,
    );
}

async fn challenge(
    State(app): State<App>,
    user: UserSession,
    Body(order): Body<CreateProofChallenge>,
) -> Answer<ProofChallenge> {
    predicate_proofs::challenge(&app, &user.0, &order).await.map(Json)
}

async fn sign(
    State(app): State<App>,
    user: UserSession,
    Body(order): Body<SignForProofs>,
) -> Answer<SignedForProofs> {
    predicate_proofs::sign(&app, &user.0, order).await.map(Json)
}

async fn tokens(State(app): State<App>, user: UserSession) -> Answer<ProofTokens> {
    predicate_proofs::tokens(&app, &user.0).await.map(Json)
}

async fn request(
    State(app): State<App>,
    Path(verification): Path<String>,
    user: UserSession,
) -> Answer<ProofRequest> {
    predicate_proofs::request(&app, &user.0, &verification)
        .await
        .map(Json)
}

async fn answer(
    State(app): State<App>,
    Path(verification): Path<String>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<AnswerWithProof>,
) -> Changed<VerificationResult> {
    predicate_proofs::answer(&app, &user.0, &verification, body, request_key).await
}
