//! A credential with a signature for predicate proofs, and a verification that is to end by a proof.

use serde_json::json;

use super::{
    fixture::{Fixture, text},
    row::{
        Kind::{Issue, Verify},
        send,
    },
};

/// The IDs of the owner's program and of what belongs to it.
#[derive(Debug, Default)]
pub(crate) struct Predicate {
    pub(crate) program: String,
    /// The credential.
    pub(crate) hash: String,
    /// The challenge of the credential.
    pub(crate) challenge: String,
    /// The path of a verification that the first user has not decided yet.
    pub(crate) run: String,
}

impl Fixture {
    /// With a schema of its own, since a user holds one credential of a schema.
    pub(super) async fn set_predicate_credential(&mut self) {
        let partner = &self.owner.ids().partner_id;
        let form =
            json!({ "title": "Adult as well", "attributes": [{ "name": "isOver18", "type": "boolean" }] });
        let schema = send(
            "/sandbox/v1/schemas",
            json!({ "partnerId": partner, "schema": form }),
        );
        let schema = self.set_up(&schema).await["schemaId"].clone();
        let program = send(
            "/sandbox/v1/programs",
            json!({ "partnerId": partner, "schemaId": schema, "predicateProofs": true, "publish": true }),
        );
        let program = self.set_up(&program).await["credentialId"].clone();
        let condition = json!({ "attribute": "isOver18", "operator": "equals", "value": true });
        let verification = send(
            "/sandbox/v1/verification-programs",
            json!({ "partnerId": partner, "schemaId": schema, "predicateProofsOf": program, "conditions": [condition] }),
        );
        let verification = self.set_up(&verification).await["programId"].clone();
        let ada = Some(self.sessions[0].clone());
        let mut order = self.order("adult", self.owner.issuer_did().as_str());
        order["credentialId"] = program.clone();
        let issue = send("/sandbox/v1/credentials/issue", order);
        let hash = self.succeed(Issue, ada.clone(), &issue).await["coreClaimHash"].clone();
        let challenge = send(
            "/sandbox/v1/users/me/proofs/challenges",
            json!({ "coreClaimHash": hash }),
        );
        let challenge = self.succeed(Issue, ada.clone(), &challenge).await["challenge"].clone();
        let start = send("/sandbox/v1/verifications", json!({ "programId": verification }));
        let run = self.succeed(Verify, ada, &start).await["verificationId"].clone();
        self.predicate = Predicate {
            program: text(&program),
            hash: text(&hash),
            challenge: text(&challenge),
            run: format!("/sandbox/v1/verifications/{}", text(&run)),
        };
    }
}
