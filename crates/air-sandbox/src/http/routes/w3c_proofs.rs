//! W3C credentials with proofs over RDF: for their holders, for verifiers, and the documents that they refer to.

use air_api::sandbox::{HeldW3cCredential, VerifyW3cPresentation, W3cPresentationReport};
use axum::{Json, extract::State};
use serde_json::json;

use crate::http::{
    answer::{Answer, BitstringJwt, IssuerDocument, JsonLdContext},
    api::{Api, Tag, get, post},
    caller::{self, Partner, UserSession},
    input::{Body, Path},
};
use air_platform::{App, Refusal, holder, status_lists, w3c_proofs};

/// Adds the route of a schema's context.
pub(super) fn catalogue_routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/schemas/{schema}/context.jsonld",
            "schemaContext",
            Tag::Catalogue,
            "Show the JSON-LD context of a schema, which W3C credentials refer to",
        )
        .refuses(&[404]),
        context,
    );
}

async fn context(State(app): State<App>, Path(schema): Path<String>) -> Result<JsonLdContext, Refusal> {
    w3c_proofs::context(&app, &schema).await.map(JsonLdContext)
}

/// Adds the documents of an issuer.
pub(super) fn issuer_routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/issuers/{issuer}/did.json",
            "issuerDocument",
            Tag::Credentials,
            "Show an issuer's DID document, with the keys of its W3C credentials",
        )
        .refuses(&[404]),
        document,
    );
    api.add(
        get(
            "/sandbox/v1/issuers/{issuer}/bitstring/{number}",
            "bitstringStatusList",
            Tag::Credentials,
            "Show a Bitstring Status List of W3C credentials, signed by its issuer",
        )
        .refuses(&[404]),
        bitstring,
    );
}

async fn document(State(app): State<App>, Path(issuer): Path<String>) -> Result<IssuerDocument, Refusal> {
    w3c_proofs::did_document(&app, &issuer).await.map(IssuerDocument)
}

async fn bitstring(
    State(app): State<App>,
    Path((issuer, number)): Path<(String, u64)>,
) -> Result<BitstringJwt, Refusal> {
    status_lists::bitstring(&app, &issuer, number)
        .await
        .map(BitstringJwt)
}

/// Adds the routes of holders and verifiers.
pub(super) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/users/me/credentials/{hash}/w3c",
            "heldW3cCredential",
            Tag::Users,
            "Get a credential of the session's partner as a W3C credential with the proof of its program, as its holder",
        )
        .refuses(&[404, 409]),
        held,
    );
    api.add(
        post(
            "/sandbox/v1/verification-programs/{program}/w3c-presentations",
            "verifyW3cPresentation",
            Tag::Verification,
            "Verify a W3C credential by a verification program; nothing is stored",
        )
        .refuses(&[403, 404, 409])
        .example(|| {
            json!({
                "presentation": {
                    "issuer": super::ISSUER,
                    "proof": { "type": "DataIntegrityProof", "cryptosuite": "bbs-2023" },
                },
                "challenge": "n-4711",
            })
        }),
        verify,
    );
}

async fn held(
    State(app): State<App>,
    Path(hash): Path<String>,
    user: UserSession,
) -> Answer<HeldW3cCredential> {
    holder::w3c_credential(&app, &user.0, &hash).await.map(Json)
}

async fn verify(
    State(app): State<App>,
    partner: Partner<caller::Verify>,
    Path(program): Path<String>,
    Body(request): Body<VerifyW3cPresentation>,
) -> Answer<W3cPresentationReport> {
    w3c_proofs::verify(&app, &partner.caller, &program, request)
        .await
        .map(Json)
}
