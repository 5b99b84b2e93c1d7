//! Signed metadata of issuers (OpenID4VCI 1.0, section 12.2.3).

use air_oid4vc::{UnixTime, vci::IssuerMetadata};
use air_x509::Anchors;
use reqwest::StatusCode;

use super::{certified, wallet::Wallet};
use crate::support::{NOW, TestEnv};

/// Requests the metadata. Returns the media type and the body.
async fn requested(wallet: &Wallet<'_>, accept: &str) -> (String, String) {
    let request = wallet.env.http.get(wallet.issuer.metadata_url());
    let response = request.header("accept", accept).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let vary = response.headers().get_all("vary").iter();
    let mut vary = vary.flat_map(|value| value.to_str().unwrap().split(','));
    assert!(vary.any(|name| name.trim().eq_ignore_ascii_case("accept")));
    let media_type = response.headers()["content-type"].to_str().unwrap().to_owned();
    (media_type, response.text().await.unwrap())
}

/// `MetadataSigned` of the conformance suite, over HTTP.
#[tokio::test]
async fn vci_issuer_metadata_signed() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let authority = format!("{}/sandbox/v1/wallet-authority.pem", env.platform.url());
    let authority = env
        .http
        .get(authority)
        .send()
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    let anchors = Anchors::from_pem(&authority).unwrap();
    let (media_type, jwt) = requested(&wallet, "application/jwt").await;
    assert_eq!(media_type, "application/jwt");
    let valid = certified(&jwt, &anchors);
    assert_eq!(valid.leaf().uris(), [wallet.issuer.as_str()]);
    let key = valid.jwk().unwrap();
    let signed = IssuerMetadata::verify(&jwt, &key, &wallet.issuer, UnixTime::from_secs(NOW), 0).unwrap();
    assert_eq!(signed, wallet.metadata().await);
    let tomorrow = UnixTime::from_secs(NOW + 24 * 3600);
    assert!(IssuerMetadata::verify(&jwt, &key, &wallet.issuer, tomorrow, 0).is_err());
    // Nobody can make the platform sign for each request.
    assert_eq!(requested(&wallet, "application/jwt").await.1, jwt);
    for accept in ["application/json", "*/*", "application/json, application/jwt"] {
        assert_eq!(requested(&wallet, accept).await.0, "application/json", "{accept}");
    }
}
