//! Proofs of anchors on a chain. A platform without a chain does not have this route.

use air_api::CoreClaimHash;
use air_ledger::evm::AnchorProof;
use axum::{
    Extension, Json,
    extract::State,
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    chain::AnchorProofs,
    http::{
        api::{Api, Description, Output, Tag, get},
        input::Path,
    },
};
use air_platform::{App, Refusal};

pub(in crate::http) fn routes(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/ledger/anchor-proofs/{coreClaimHash}",
            "anchorProof",
            Tag::Ledger,
            "Prove that a credential is in a final checkpoint on the chain",
        )
        .refuses(&[404, 409, 503]),
        anchor_proof,
    );
}

/// A proof file `air-anchor-proof/1`.
struct ProofFile(AnchorProof);

impl Output for ProofFile {
    fn describe(description: &mut Description<'_>) {
        description.answers_as(
            "application/json",
            json!({
                "type": "object",
                "description": "A proof file `air-anchor-proof/1`, which `air status --proof --offline` verifies",
                "required": ["format", "coreClaimHash", "inclusion", "anchor"],
                "properties": {
                    "format": { "const": "air-anchor-proof/1" },
                    "coreClaimHash": { "type": "string" },
                    "inclusion": { "type": "object" },
                    "anchor": { "type": "object" },
                    "evidence": { "type": "object" },
                },
            }),
        );
    }

    fn respond(self) -> Response {
        Json(self.0).into_response()
    }
}

async fn anchor_proof(
    State(app): State<App>,
    Extension(proofs): Extension<AnchorProofs>,
    Path(hash): Path<CoreClaimHash>,
) -> Result<ProofFile, Refusal> {
    proofs.prove(&app, &hash).await.map(ProofFile)
}
