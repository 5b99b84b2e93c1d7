//! Issuing, status and revocation of credentials.

use air_api::{
    CoreClaimHash, CredentialStatus, IssueOnBehalf, IssuedOnBehalf,
    sandbox::{Issue, Issued, Revoke, Revoked},
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use serde::Deserialize;
use serde_json::json;

use super::{ISSUER, PARTNER, SCHEMA, USER};
use crate::http::{
    answer::{Answer, Changed},
    api::{Api, Tag, get, post},
    caller::{self, Partner, UserSession},
    input::Keyed,
};
use air_platform::{App, Refusal, issuance};

const PROGRAM: &str = "c21s70g0i54sn0023172Cv";
const HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/v1/credentials/issue-on-behalf",
            "issueOnBehalf",
            Tag::Credentials,
            "Issue a credential to the user with the token's e-mail address; 409 if the user refused consent to that",
        )
        .refuses(&[403, 404, 409])
        .example(|| json!({
            "issuerDid": ISSUER,
            "credentialId": PROGRAM,
            "credentialSubject": { "isOver18": true, "country": "UTO" },
            "onDuplicate": "ignore",
        }))
        .answer(|| json!({
            "coreClaimHash": HASH,
            "credentialId": PROGRAM,
            "userUuid": USER,
            "sandbox": { "cak": { "state": "missing", "missing": {
                "reason": "notAccepted",
                "message": "no CAK yet: the user has not accepted",
            } } },
        })),
        issue_on_behalf,
    );
    api.add(
        get(
            "/v1/credentials/status",
            "credentialStatus",
            Tag::Credentials,
            "Get the anchoring status of a credential",
        )
        .refuses(&[404])
        .answer(|| {
            json!({
                "coreClaimHash": HASH,
                "issuanceDate": "2026-01-19 07:18:45",
                "issuerDid": ISSUER,
                "issuerId": PARTNER,
                "schemeId": SCHEMA,
                "vcId": "c28t30c048pe502a3713w0",
                "vcStatus": "WAIT_ONCHAIN",
            })
        }),
        status,
    );
    api.add(
        post(
            "/sandbox/v1/credentials/issue",
            "issue",
            Tag::Credentials,
            "Issue a credential to the user who is present",
        )
        .refuses(&[403, 404])
        .example(|| {
            json!({
                "issuerDid": ISSUER,
                "credentialId": PROGRAM,
                "credentialSubject": { "isOver18": true, "country": "UTO" },
                "curve": "secp256r1",
            })
        }),
        issue,
    );
    api.add(
        post(
            "/sandbox/v1/credentials/revoke",
            "revoke",
            Tag::Credentials,
            "Revoke a credential of this partner",
        )
        .refuses(&[404])
        .example(|| json!({ "coreClaimHash": HASH })),
        revoke,
    );
}

async fn issue_on_behalf(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Keyed { body, request_key }: Keyed<IssueOnBehalf>,
) -> Changed<IssuedOnBehalf> {
    issuance::issue_on_behalf(&app, &partner.caller, body, request_key).await
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
struct StatusQuery {
    /// The hash in the answer to the issuance.
    core_claim_hash: CoreClaimHash,
}

async fn status(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    query: Result<Query<StatusQuery>, QueryRejection>,
) -> Answer<CredentialStatus> {
    let Query(query) = query.map_err(|_| {
        Refusal::bad_request(
            "coreClaimHash is missing or invalid; use the 64 hex digits from the response of issuing",
        )
    })?;
    issuance::status(&app, &partner.caller, query.core_claim_hash)
        .await
        .map(Json)
}

async fn issue(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    user: UserSession,
    Keyed { body, request_key }: Keyed<Issue>,
) -> Changed<Issued> {
    issuance::issue(&app, &partner.caller, &user.0, body, request_key).await
}

async fn revoke(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Keyed { body, request_key }: Keyed<Revoke>,
) -> Changed<Revoked> {
    issuance::revoke(&app, &partner.caller, body, request_key).await
}
