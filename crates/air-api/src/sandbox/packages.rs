//! Semi-decrypted packages. Their URLs are signed, expire, and log each access.

use serde::{Deserialize, Serialize};

use crate::{IssuerDid, PackageId, PlatformTime, VerificationId, wire};

/// The query of `POST /sandbox/v1/packages`, with a Partner JWT of scope `issue` and the package as body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DepositPackage {
    /// The verification in which the user agreed.
    pub verification_id: VerificationId,
    /// The package's name; the label that its container was sealed with, by convention.
    #[cfg_attr(
        feature = "openapi",
        schemars(regex(pattern = r"^[^\u0000-\u001F\u007F-\u009F]{1,255}$"))
    )]
    pub name: String,
    /// For how many seconds the URL works: 1 to [`Self::LONGEST`].
    #[serde(default = "usual_lifetime")]
    #[cfg_attr(feature = "openapi", schemars(range(min = 1, max = 86_400)))]
    pub lifetime: u32,
}

impl DepositPackage {
    /// The default lifetime of a URL, in seconds.
    pub const USUAL: u32 = 900;
    /// The longest lifetime of a URL, in seconds: a day.
    pub const LONGEST: u32 = 24 * 3600;
}

fn usual_lifetime() -> u32 {
    DepositPackage::USUAL
}

/// A package that its verifier can fetch. The URL is a bearer secret: `Debug` hides it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct DepositedPackage {
    /// The package.
    pub package_id: PackageId,
    /// The URL from which the verifier fetches it, with a plain GET.
    pub url: String,
    /// When the URL's time is over, and the package is gone.
    pub expires_at: PlatformTime,
    /// The name it was given.
    pub name: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// `GET /sandbox/v1/packages/{packageId}/accesses`, with a Partner JWT of its issuer or its verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PackageLog {
    /// The package.
    pub package_id: PackageId,
    /// The verification in which the user agreed.
    pub verification_id: VerificationId,
    /// The issuer that deposited it.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// The verifier that may fetch it.
    pub verifier_did: String,
    /// When it was deposited.
    pub created_at: PlatformTime,
    /// When the URL's time is over.
    pub expires_at: PlatformTime,
    /// Each use of the URL, oldest first: a hundred of each outcome at most.
    pub accesses: Vec<PackageAccess>,
}

/// One use of a package's URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PackageAccess {
    /// When.
    pub at: PlatformTime,
    /// The outcome.
    pub outcome: PackageOutcome,
}

/// The outcome of a request to a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum PackageOutcome {
    /// The package was given.
    Granted,
    /// The URL's time was over.
    Expired,
    /// The signature is missing, or not of this path and time.
    BadSignature,
    /// The user had taken the consent back.
    Withdrawn,
}

impl PackageOutcome {
    /// The wire name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::Expired => "expired",
            Self::BadSignature => "badSignature",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl std::fmt::Debug for DepositedPackage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DepositedPackage")
            .field("package_id", &self.package_id)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outcome_has_one_spelling() {
        for outcome in [
            PackageOutcome::Granted,
            PackageOutcome::Expired,
            PackageOutcome::BadSignature,
            PackageOutcome::Withdrawn,
        ] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
        }
    }

    #[test]
    fn a_url_shows_in_no_log() {
        let json = r#"{"packageId":"c1","url":"http://x/?signature=5e0d","expiresAt":"2026-01-19 07:18:45",
            "name":"n","size":1,"sha256":"00"}"#;
        let package: DepositedPackage = serde_json::from_str(json).unwrap();
        assert!(!format!("{package:?}").contains("5e0d"));
    }
}
