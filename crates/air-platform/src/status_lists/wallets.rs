//! Status lists for wallets and their verifiers, with the certificate chain of the issuer's key.

use air_jwt::jws::X5c;
use air_store::partners::Partner;
use air_vc::status::StatusListToken;

use super::{Names, sign};
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
    let names = Names {
        issuer: issuer.issuer,
        uri: Some(issuer.uri),
        x5c: Some(issuer.x5c),
    };
    sign(app, partner, number, &names).await
}
