//! Replacement of wallets: only a wallet's own key replaces it, and its user makes the first one.

use air_crypto::{ChainId, LocalWallet, WalletEnvelope};
use air_sandbox::Data;
use base64::{Engine, prelude::BASE64_STANDARD};
use reqwest::{Certificate, Client, StatusCode};
use serde_json::{Value, json};

use super::{AirkitEnv, EMAIL, wallet};
use crate::support;

const BEYOND: &str = "0.0.0.0:0";
const PRODUCTION: &str = "account.air3.com";

/// A wallet as a page keeps it.
#[derive(Clone)]
pub(super) struct Kept {
    key: u8,
    user: String,
    salt: [u8; 16],
    iterations: u32,
    ciphertext: Vec<u8>,
    is_automated: bool,
    replaces: Option<[u8; 16]>,
}

impl Kept {
    /// The user's wallet whose key is this byte, 32 times.
    pub(super) fn of(key: u8, user: &str) -> Self {
        Self {
            key,
            user: user.to_owned(),
            salt: [7; 16],
            iterations: 600_000,
            ciphertext: vec![7; 48],
            is_automated: false,
            replaces: None,
        }
    }

    /// A wallet of automated tests.
    pub(super) fn automated(self) -> Self {
        Self {
            is_automated: true,
            ..self
        }
    }

    /// The same key under another PIN.
    fn under_another_pin(&self, salt: u8) -> Self {
        Self {
            salt: [salt; 16],
            ciphertext: vec![salt; 48],
            replaces: Some(self.salt),
            ..self.clone()
        }
    }

    pub(super) fn json(&self) -> Value {
        self.signed_by(self.key)
    }

    /// With the signature of this key, and everything else as it is.
    fn signed_by(&self, key: u8) -> Value {
        let own = LocalWallet::from_bytes(&[self.key; 32]).unwrap();
        let signer = LocalWallet::from_bytes(&[key; 32]).unwrap();
        let envelope = WalletEnvelope {
            user: &self.user,
            address: signer.address(),
            salt: &self.salt,
            iterations: self.iterations,
            iv: &[7; 12],
            ciphertext: &self.ciphertext,
            is_automated: self.is_automated,
            replaces: self.replaces.as_ref(),
        };
        let signature = signer.sign_envelope(&envelope, ChainId::TESTNET).unwrap();
        let base64 = |bytes: &[u8]| BASE64_STANDARD.encode(bytes);
        json!({
            "address": own.address().to_string(),
            "salt": base64(&self.salt),
            "iterations": self.iterations,
            "iv": base64(&[7; 12]),
            "ciphertext": base64(&self.ciphertext),
            "isAutomated": self.is_automated,
            "replaces": self.replaces.map(|salt| base64(&salt)),
            "signature": signature.to_string(),
        })
    }
}

impl AirkitEnv {
    async fn held(&self, session: &str) -> Value {
        let (status, _, answer) = self.call("wallet", Some(session), &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["wallet"].clone()
    }

    pub(super) async fn keep(&self, session: &str, wallet: &Value) {
        let (status, _, answer) = self.call("wallet/keep", Some(session), wallet).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// The wallet is refused, and the one that is held stays.
    async fn refuses(&self, session: &str, wallet: &Value, name: &str, why: &str) {
        let before = self.held(session).await;
        let refused = self.refusal("wallet/keep", Some(session), wallet).await;
        assert_eq!(refused, name, "{why}");
        assert_eq!(self.held(session).await, before, "{why}");
    }

    /// The cookie of a session that a partner's server opened by the API.
    pub(super) async fn backend_session(&self) -> String {
        let session = self.base.login(EMAIL).await;
        format!("__Host-air-session-{}={session}", self.partner())
    }

    /// The same server under a production host.
    fn in_production(&mut self) {
        let airkit = self.base.platform.airkit().unwrap();
        let ca = Certificate::from_pem(airkit.ca_certificate().as_bytes()).unwrap();
        let client = Client::builder()
            .tls_certs_only([ca])
            .resolve(PRODUCTION, airkit.address());
        self.http = client.build().unwrap();
        self.url = format!("https://{PRODUCTION}:{}", airkit.address().port());
    }
}

fn kept_part(wallet: &Value) -> Value {
    let mut part = wallet.clone();
    part.as_object_mut()
        .unwrap()
        .retain(|name, _| name != "replaces" && name != "signature");
    part
}

fn id(login: &Value) -> &str {
    login["id"].as_str().unwrap()
}

#[tokio::test]
async fn a_wallet_is_kept_as_ciphertext_once() {
    let env = AirkitEnv::open().await;
    let (session, login) = env.login(EMAIL).await;
    let first = wallet(id(&login));
    assert_eq!(env.held(&session).await, Value::Null);
    for (member, value) in [
        ("address", json!("0x00")),
        ("salt", json!("AAAA")),
        ("iterations", json!(1000)),
        ("iterations", json!(4_294_967_296_u64 + 600_000)),
        ("ciphertext", json!("AAAA")),
        ("iv", json!("not base64!")),
        ("signature", json!("0x00")),
        ("signature", Value::Null),
        ("replaces", json!("AAAA")),
    ] {
        let mut bad = first.clone();
        bad[member] = value;
        env.refuses(&session, &bad, "INVALID_PARAMETER", member).await;
    }
    env.keep(&session, &first).await;
    assert_eq!(
        env.held(&session).await,
        kept_part(&first),
        "what came in is all there is"
    );
    env.refuses(&session, &first, "INVALID_PARAMETER", "a second")
        .await;
    let (_, _, user) = env.call("user", Some(&session), &json!({})).await;
    assert_eq!(user["abstractAccountAddress"], first["address"]);
    assert_eq!(user["activeMfaMethods"], json!(["pin"]));
    let (theirs, _) = env.login("ben@example.com").await;
    assert_eq!(env.held(&theirs).await, Value::Null);
}

#[tokio::test]
async fn only_the_wallets_own_key_replaces_it() {
    let env = AirkitEnv::open().await;
    let (session, login) = env.login(EMAIL).await;
    let first = Kept::of(7, id(&login));
    env.keep(&session, &first.json()).await;

    // Any partner's server reads salt and address: they are not enough.
    let second = first.under_another_pin(8);
    let denied = "PERMISSION_NOT_ENABLED";
    env.refuses(&session, &second.signed_by(9), denied, "a foreign signature")
        .await;
    let mut changed = second.json();
    changed["ciphertext"] = json!(BASE64_STANDARD.encode([0; 48]));
    env.refuses(&session, &changed, denied, "a signature of another ciphertext")
        .await;
    let mut changed = second.json();
    changed["iterations"] = json!(700_000);
    env.refuses(&session, &changed, denied, "a signature of other rounds")
        .await;
    let for_another = Kept {
        user: "7f01c42c-02cf-4325-96ed-ba034700f724".to_owned(),
        ..second.clone()
    };
    env.refuses(
        &session,
        &for_another.json(),
        denied,
        "a signature for another user",
    )
    .await;
    let foreign_key = Kept {
        key: 9,
        ..second.clone()
    };
    env.refuses(
        &session,
        &foreign_key.json(),
        "INVALID_PARAMETER",
        "another key, signed by it",
    )
    .await;
    let automated = Kept {
        is_automated: true,
        ..second.clone()
    };
    env.refuses(
        &session,
        &automated.json(),
        "INVALID_PARAMETER",
        "as an automated one",
    )
    .await;

    env.keep(&session, &second.json()).await;
    let held = env.held(&session).await;
    assert_eq!(held, kept_part(&second.json()), "the same key under another PIN");
    let replayed = second.json();
    env.refuses(&session, &replayed, "INVALID_PARAMETER", "a replayed signature")
        .await;
    env.refuses(&session, &first.json(), "INVALID_PARAMETER", "the first, again")
        .await;
    // Another partner's page of the same user may: it has the key, by the PIN.
    env.keep(&session, &second.under_another_pin(9).json()).await;
}

#[tokio::test]
async fn a_partners_server_makes_no_first_wallet() {
    let env = AirkitEnv::open().await;
    let backend = env.backend_session().await;
    let (session, login) = env.login(EMAIL).await;
    let planted = Kept::of(9, id(&login));
    let denied = "PERMISSION_NOT_ENABLED";
    env.refuses(&backend, &planted.json(), denied, "planted").await;
    let automated = Kept {
        is_automated: true,
        ..planted.clone()
    };
    env.refuses(&backend, &automated.json(), denied, "planted as an automated one")
        .await;
    let own = Kept::of(7, id(&login));
    env.keep(&session, &own.json()).await;
    env.refuses(
        &backend,
        &planted.json(),
        "INVALID_PARAMETER",
        "in place of the user's",
    )
    .await;
}

#[tokio::test]
async fn beyond_this_machine_no_wallet_is_made() {
    let env = AirkitEnv::open_at(BEYOND, support::data(Data::Memory).await).await;
    let (session, login) = env.login(EMAIL).await;
    let denied = "PERMISSION_NOT_ENABLED";
    env.refuses(&session, &wallet(id(&login)), denied, "a first one")
        .await;
}

#[tokio::test]
async fn production_has_no_automated_wallets() {
    let mut env = AirkitEnv::open().await;
    let (session, login) = env.login(EMAIL).await;
    let automated = Kept {
        is_automated: true,
        ..Kept::of(9, id(&login))
    };
    env.keep(&session, &automated.json()).await;
    env.in_production();
    assert_eq!(env.held(&session).await, Value::Null, "it does not exist there");
    let (_, _, user) = env.call("user", Some(&session), &json!({})).await;
    assert_eq!(user.get("abstractAccountAddress"), None);
    let again = automated.under_another_pin(8);
    let denied = "PERMISSION_NOT_ENABLED";
    env.refuses(&session, &again.json(), denied, "an automated one")
        .await;
    let own = Kept::of(7, id(&login));
    env.keep(&session, &own.json()).await;
    assert_eq!(env.held(&session).await, kept_part(&own.json()));
    env.refuses(
        &session,
        &automated.json(),
        denied,
        "an automated one in its place",
    )
    .await;
}

#[tokio::test]
async fn an_automated_wallets_key_never_becomes_a_persons() {
    let env = AirkitEnv::open().await;
    let (session, login) = env.login(EMAIL).await;
    let automated = Kept {
        is_automated: true,
        ..Kept::of(9, id(&login))
    };
    env.keep(&session, &automated.json()).await;
    let same_key = Kept {
        is_automated: false,
        ..automated.under_another_pin(8)
    };
    env.refuses(
        &session,
        &same_key.json(),
        "INVALID_PARAMETER",
        "the key that everyone knows",
    )
    .await;
    let backend = env.backend_session().await;
    let own = Kept::of(7, id(&login));
    let denied = "PERMISSION_NOT_ENABLED";
    env.refuses(&backend, &own.json(), denied, "by a partner's server")
        .await;
    env.keep(&session, &own.json()).await;
    assert_eq!(env.held(&session).await, kept_part(&own.json()));
}
