//! W3C credentials with Data Integrity proofs over RDF: suites, held credentials and reports.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::VerificationStatus;
use crate::{CoreClaimHash, Error, IssuerDid, VerificationProgramId, wire};

/// A cryptosuite of Data Integrity whose proofs are over RDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum ProofSuite {
    /// ECDSA on P-256; the holder discloses everything.
    #[serde(rename = "ecdsa-rdfc-2019")]
    EcdsaRdfc2019,
    /// Ed25519; the holder discloses everything.
    #[serde(rename = "eddsa-rdfc-2022")]
    EddsaRdfc2022,
    /// ECDSA on P-256; the holder discloses chosen claims, and presentations are linkable.
    #[serde(rename = "ecdsa-sd-2023")]
    EcdsaSd2023,
    /// BBS on BLS12-381; the holder discloses chosen claims, and presentations can be unlinkable.
    #[serde(rename = "bbs-2023")]
    Bbs2023,
}

impl ProofSuite {
    /// All suites.
    pub const ALL: [Self; 4] = [
        Self::EcdsaRdfc2019,
        Self::EddsaRdfc2022,
        Self::EcdsaSd2023,
        Self::Bbs2023,
    ];

    /// The name in proofs (`cryptosuite`).
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EcdsaRdfc2019 => "ecdsa-rdfc-2019",
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
            Self::EcdsaSd2023 => "ecdsa-sd-2023",
            Self::Bbs2023 => "bbs-2023",
        }
    }

    /// Whether its keys are on P-256, as the keys that sign SD-JWT VCs.
    #[must_use]
    pub const fn has_p256_key(self) -> bool {
        matches!(self, Self::EcdsaRdfc2019 | Self::EcdsaSd2023)
    }
}

impl FromStr for ProofSuite {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut known = Self::ALL.into_iter();
        known
            .find(|suite| suite.as_str() == text)
            .ok_or(Error::UnknownProofSuite)
    }
}

impl fmt::Display for ProofSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// `GET /sandbox/v1/users/me/credentials/{hash}/w3c`: a credential of the user's wallet as a W3C credential with the proof of its program.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct HeldW3cCredential {
    /// The `coreClaimHash` of the credential with the same claims that is on the ledger.
    pub core_claim_hash: CoreClaimHash,
    /// The suite of the proof.
    pub suite: ProofSuite,
    /// The signed credential. With a selective suite, it is for the holder only, who derives presentations from it.
    pub credential: Map<String, Value>,
}

/// Shows no claims.
impl fmt::Debug for HeldW3cCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HeldW3cCredential")
            .field("core_claim_hash", &self.core_claim_hash)
            .field("suite", &self.suite)
            .finish_non_exhaustive()
    }
}

/// `POST /sandbox/v1/verification-programs/{program}/w3c-presentations`, with a Partner JWT of scope `verify`.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VerifyW3cPresentation {
    /// The W3C credential that the holder presents, with its proof.
    pub presentation: Map<String, Value>,
    /// The verifier's challenge that the `bbs-2023` presentation must be made for: 1 to 1,024 bytes. A presentation without a challenge
    /// can be shown again by anybody who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = 1024)))]
    pub challenge: Option<String>,
}

/// Shows no claims.
impl fmt::Debug for VerifyW3cPresentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyW3cPresentation").finish_non_exhaustive()
    }
}

/// The result of verifying a W3C credential by a verification program.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct W3cPresentationReport {
    /// The verification program.
    pub program_id: VerificationProgramId,
    /// The suite of the proof.
    pub suite: ProofSuite,
    /// Whether the credential is authentic, current and of the program's schema.
    pub valid: bool,
    /// Whether all conditions hold for the disclosed claims; only for a valid credential. A condition on a claim that is not disclosed does
    /// not hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<VerificationStatus>,
    /// Why the credential is not valid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The checks and their outcomes, in order.
    pub checks: Vec<W3cCheck>,
    /// The issuer; only for a valid credential.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "wire::optional_id"
    )]
    pub issuer_did: Option<IssuerDid>,
    /// The disclosed claims of the subject; only for a valid credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential_subject: Option<Map<String, Value>>,
    /// Whether verifiers can recognise the credential by more than the disclosed claims; only for a valid credential.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub linkable: Option<bool>,
    /// The names of the parts by which they recognise it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<String>,
}

/// Shows no claims.
impl fmt::Debug for W3cPresentationReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("W3cPresentationReport")
            .field("valid", &self.valid)
            .field("status", &self.status)
            .field("checks", &self.checks)
            .finish_non_exhaustive()
    }
}

/// A check of a W3C credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct W3cCheck {
    /// The name, such as `signature`.
    pub check: String,
    /// The outcome, such as `passed` or `failed`.
    pub outcome: String,
    /// The reason for the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_suite_has_the_same_name_everywhere() {
        for suite in ProofSuite::ALL {
            assert_eq!(serde_json::to_value(suite).unwrap(), suite.as_str());
            assert_eq!(suite.to_string().parse(), Ok(suite));
        }
        assert_eq!(
            "ecdsa-jcs-2019".parse::<ProofSuite>(),
            Err(Error::UnknownProofSuite)
        );
    }
}
