//! Status lists for wallets and their verifiers, with the certificate chain of the issuer's key.

use air_jwt::jws::X5c;
use air_mdoc::{StatusListClaims, StatusListCwt, X5Chain};
use air_store::partners::Partner;
use air_vc::status::StatusListToken;

use super::{Names, read, sign};
use crate::{App, Refusal};

/// The issuer of a list as its credentials for wallets name it.
pub(crate) struct WalletIssuer<'a> {
    /// `iss`.
    pub(crate) issuer: &'a str,
    /// The URL of the list in the credentials.
    pub(crate) uri: &'a str,
    /// The certificate chain of the issuer's key.
    pub(crate) x5c: &'a X5c,
}

/// Signs a partner's list with this number for wallets.
pub(crate) async fn token_for_wallets(
    app: &App,
    partner: &Partner,
    number: u64,
    issuer: &WalletIssuer<'_>,
) -> Result<StatusListToken, Refusal> {
    sign(app, partner, number, &issuer.names()).await
}

/// As [`token_for_wallets`], as CWT with these certificates.
pub(crate) async fn cwt_for_wallets(
    app: &App,
    partner: &Partner,
    number: u64,
    issuer: &WalletIssuer<'_>,
    certificates: &X5Chain,
) -> Result<StatusListCwt, Refusal> {
    let unsigned = read(app, partner, number, &issuer.names()).await?;
    let claims = StatusListClaims {
        issuer: unsigned.options.issuer,
        uri: unsigned.uri,
        issued_at: unsigned.options.issued_at,
        not_before: None,
        expires_at: unsigned.options.expires_at,
        ttl: unsigned.options.ttl,
        bits: unsigned.list.bits().number().into(),
        compressed: unsigned.list.to_zlib(),
    };
    let key = app.cache.issuer_key(partner)?;
    StatusListCwt::sign(&key, &claims, Some(certificates)).map_err(Refusal::internal)
}

impl<'a> WalletIssuer<'a> {
    fn names(&self) -> Names<'a> {
        Names {
            issuer: self.issuer,
            uri: Some(self.uri),
            x5c: Some(self.x5c),
        }
    }
}
