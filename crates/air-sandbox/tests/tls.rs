//! https, with a certificate of one's own.

use std::time::Duration;

use air_jwt::SigningKey;
use air_sandbox::{Config, Error, Limits, Platform, Tls, UnixTime};
use rcgen::CertifiedKey;
use reqwest::{Certificate, Client, Method, StatusCode};
use serde_json::Value;
use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use crate::support::{self, Jwks, TestEnv};

struct Identity {
    certificate: String,
    key: String,
}

fn identity() -> Identity {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    Identity {
        certificate: cert.pem(),
        key: signing_key.serialize_pem(),
    }
}

async fn start(identity: &Identity, head_time: Duration) -> Platform {
    let mut config = Config::default();
    config.tls = Some(Tls::from_pem(identity.certificate.as_bytes(), identity.key.as_bytes()).unwrap());
    config.limits = Limits {
        head_time,
        ..Limits::default()
    };
    config.clock = air_sandbox::Clock::new(|| UnixTime::from_secs(support::NOW));
    config.block_time = Duration::from_millis(10);
    Platform::start(config).await.unwrap()
}

#[tokio::test]
async fn a_platform_with_a_certificate_is_there_over_https_and_says_so() {
    let identity = identity();
    let platform = start(&identity, Duration::from_mins(1)).await;
    assert!(
        platform.url().starts_with("https://127.0.0.1:"),
        "{}",
        platform.url()
    );
    let certificate = Certificate::from_pem(identity.certificate.as_bytes()).unwrap();
    let trusting = Client::builder().tls_certs_only([certificate]).build().unwrap();
    let key = SigningKey::generate(&mut rand::rng());
    let mut env = TestEnv {
        jwks: Jwks::serve(&key).await,
        platform,
        http: trusting,
        key,
        ids: Value::Null,
    };
    env.ids = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    let issuer = env.ids["issuerDid"].as_str().unwrap();
    let list = format!("/sandbox/v1/issuers/{issuer}/statuslist/1");
    let answer = env
        .http
        .get(format!("{}{list}", env.platform.url()))
        .send()
        .await
        .unwrap();
    let token = answer.text().await.unwrap();
    let payload = token.split('.').nth(1).unwrap();
    let payload = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(payload["sub"], format!("{}{list}", env.platform.url()));
    let (status, _) = env.call(Method::GET, "/healthz", None, None).await;
    assert_eq!(status, StatusCode::OK);
    env.platform.stop().await.unwrap();
}

#[tokio::test]
async fn who_does_not_trust_it_or_speaks_no_tls_gets_nothing() {
    let identity = identity();
    let platform = start(&identity, Duration::from_millis(300)).await;
    assert!(reqwest::get(format!("{}/healthz", platform.url())).await.is_err());
    let plain = format!("http://{}/healthz", platform.address());
    assert!(reqwest::get(plain).await.is_err());
    let mut silent = TcpStream::connect(platform.address()).await.unwrap();
    let mut nothing = Vec::new();
    let closed = timeout(Duration::from_mins(1), silent.read_to_end(&mut nothing));
    let _ = closed.await.expect("who does not shake hands is let go");
    assert_eq!(nothing, b"");
}

#[test]
fn a_certificate_and_another_key_are_refused() {
    let (ours, others) = (identity(), identity());
    for (certificate, key) in [
        (ours.certificate.as_str(), others.key.as_str()),
        ("", ours.key.as_str()),
        (
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            ours.key.as_str(),
        ),
        (ours.certificate.as_str(), ""),
        (ours.certificate.as_str(), ours.certificate.as_str()),
    ] {
        let refused = Tls::from_pem(certificate.as_bytes(), key.as_bytes());
        assert!(matches!(refused, Err(Error::Tls { .. })), "{refused:?}");
    }
}
