//! Semi-decrypted packages, from issuer to verifier.

use air_api::{
    PackageId,
    sandbox::{DepositPackage, DepositedPackage, PackageLog},
};
use url::Url;

use crate::{Auth, Error, SandboxClient, idempotency, tokens::TokenPurpose};

impl SandboxClient<'_> {
    /// Deposits a document without the issuer's layer of encryption, for the verifier of a
    /// verification, and returns the signed URL for fetching it. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] without the user's consent to a verification of this issuer's credential,
    /// [`Error::Conflict`] if the verification did not end `Compliant`, [`Error::Rejected`] for bytes that
    /// are not a sealed container.
    pub async fn deposit_package(
        &self,
        auth: impl Into<Auth<'_>>,
        request: &DepositPackage,
        package: Vec<u8>,
    ) -> Result<DepositedPackage, Error> {
        let key = idempotency::random(&mut rand::rng());
        self.transport
            .post("sandbox/v1/packages")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .query("verificationId", request.verification_id.to_string())
            .query("name", &request.name)
            .query("lifetime", request.lifetime.to_string())
            .idempotency_key(&key)
            .bytes(package)
            .receive()
            .await
            .map_err(Error::without_its_key)
    }

    /// Fetches a package by its signed URL. The request always goes to this client's platform; the host of
    /// the URL is ignored.
    ///
    /// # Errors
    /// [`Error::InvalidPackageUrl`] if it is not the signed URL of a package, [`Error::NotAuthorised`] for a
    /// wrong signature, [`Error::Rejected`] if it has expired.
    pub async fn fetch_package(&self, url: &str) -> Result<Vec<u8>, Error> {
        self.transport.get(signed_path(url)?).receive_bytes().await
    }

    /// Returns the accesses to a package's URL. The caller is its issuer or its verifier, and the token has
    /// any scope.
    ///
    /// # Errors
    /// [`Error::NotFound`] for all other callers.
    pub async fn package_log(&self, auth: impl Into<Auth<'_>>, id: &PackageId) -> Result<PackageLog, Error> {
        self.transport
            .get(format!("sandbox/v1/packages/{id}/accesses"))
            .partner(auth.into().proof(TokenPurpose::Issue))
            .receive()
            .await
    }
}

/// Returns the URL's path and query.
fn signed_path(url: &str) -> Result<String, Error> {
    let url = Url::parse(url).map_err(|_| Error::InvalidPackageUrl)?;
    let path = url.path().trim_start_matches('/');
    match url.query() {
        Some(query) if path.starts_with("sandbox/v1/packages/") => Ok(format!("{path}?{query}")),
        _ => Err(Error::InvalidPackageUrl),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_package_is_fetched() {
        let good = "http://elsewhere:1/sandbox/v1/packages/c1?expires=1&signature=00";
        assert_eq!(
            signed_path(good).unwrap(),
            "sandbox/v1/packages/c1?expires=1&signature=00"
        );
        for bad in [
            "",
            "/sandbox/v1/packages/c1?expires=1",
            "http://elsewhere/sandbox/v1/packages/c1",
            "http://elsewhere/sandbox/v1/packages/../faults?x=1",
            "http://elsewhere/v1/credentials/status?x=1",
        ] {
            assert!(matches!(signed_path(bad), Err(Error::InvalidPackageUrl)), "{bad}");
        }
    }
}
