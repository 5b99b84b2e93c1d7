//! Predicate proofs: the signature of a held credential, tokens, and the proof that ends a verification. Experimental, not audited.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Condition;
use crate::{CoreClaimHash, PlatformTime, ProgramId};

/// `POST /sandbox/v1/users/me/proofs/challenges`: asks for the challenge to which the holder commits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateProofChallenge {
    /// The credential, which a program with predicate proofs issued.
    pub core_claim_hash: CoreClaimHash,
}

/// A challenge. It replaces an earlier one of the same credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProofChallenge {
    /// 32 bytes in hex digits.
    pub challenge: String,
    /// The end of its validity.
    pub expires_at: PlatformTime,
    /// The program, whose scheme the commitment needs; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
}

/// `POST /sandbox/v1/users/me/proofs/credentials`: the holder's commitment to a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignForProofs {
    /// The credential.
    pub core_claim_hash: CoreClaimHash,
    /// The challenge of the platform, in hex digits.
    #[cfg_attr(feature = "openapi", schemars(length(equal = 64)))]
    pub challenge: String,
    /// The commitment for the challenge, in hex digits.
    #[cfg_attr(feature = "openapi", schemars(length(max = 1024)))]
    pub commitment: String,
}

/// A credential with its signature for proofs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SignedForProofs {
    /// The program, whose scheme the signature belongs to; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The credential as its holder stores it: `id`, `subject` and `signature`.
    pub credential: ProvableCredential,
}

/// The credential document of predicate proofs.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProvableCredential {
    /// The credential's id.
    pub id: String,
    /// The attributes of the schema that the credential has.
    pub subject: Map<String, Value>,
    /// The signature and the revocation nonce, in hex digits.
    pub signature: String,
}

/// A confirmation that a credential is not revoked in an epoch.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProofToken {
    /// The credential.
    pub core_claim_hash: CoreClaimHash,
    /// Its program; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The token, in hex digits.
    pub token: String,
    /// The number of the epoch.
    pub epoch: u64,
    /// The end of the epoch.
    pub valid_until: PlatformTime,
}

/// The answer to `POST /sandbox/v1/users/me/proofs/tokens`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProofTokens {
    /// The tokens of the user's newest valid credentials from the session's partner that are signed for proofs; at most 16.
    pub tokens: Vec<ProofToken>,
}

/// A request for a proof, in the form that the holder answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PredicateRequest {
    /// The verifier's DID.
    pub verifier: String,
    /// The verification program.
    pub program: String,
    /// 32 random bytes in hex digits.
    pub nonce: String,
    /// Seconds since 1970.
    pub expires_at: u64,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// The attributes to disclose, beside those of conditions `equals`.
    #[serde(default)]
    pub disclose: Vec<String>,
}

/// `GET /sandbox/v1/verifications/{id}/proof-request`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ProofRequest {
    /// The issuance program whose credentials can answer; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
    /// The URL of the program's scheme.
    pub scheme: String,
    /// The request.
    pub request: PredicateRequest,
}

/// `POST /sandbox/v1/verifications/{id}/proof`, with the user's consent: a presentation, or the reason why there is none.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AnswerWithProof {
    /// The presentation, in hex digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub presentation: Option<String>,
    /// The reason why the wallet proves nothing. It is a statement of the wallet, and not proven.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unproven: Option<Unproven>,
}

/// A reason why a wallet proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Unproven {
    /// A condition does not hold: the status is `Non-Compliant`.
    NonCompliant,
    /// The wallet can't present a credential: the status says why.
    NoCredential,
}

/// A proof that a verifier can check without the platform, in a verification with the status `Compliant`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ZkProofs {
    /// The URL of the issuer's scheme.
    pub scheme: String,
    /// The request.
    pub request: PredicateRequest,
    /// The presentation, in hex digits.
    pub presentation: String,
    /// The disclosed attributes.
    pub disclosed: Map<String, Value>,
}

impl std::fmt::Debug for ProvableCredential {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProvableCredential")
            .field("attributes", &self.subject.len())
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for SignedForProofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SignedForProofs")
            .field("program", &self.program)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ProofToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProofToken")
            .field("program", &self.program)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for ProofTokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProofTokens")
            .field("tokens", &self.tokens.len())
            .finish()
    }
}

impl std::fmt::Debug for AnswerWithProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AnswerWithProof")
            .field("unproven", &self.unproven)
            .finish_non_exhaustive()
    }
}
