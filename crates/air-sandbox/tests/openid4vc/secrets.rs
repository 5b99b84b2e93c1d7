//! A wallet's flow, with its failures, leaves no code, token, proof, nonce or credential in the
//! log, in spans, in the request log and in the log of events.

use std::{
    io,
    sync::{Arc, Mutex},
};

use air_jwt::PartnerToken;
use reqwest::Method;
use serde_json::json;
use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan};

use super::{
    presentations::{Holder, asked, body, fetched, post},
    wallet::{Wallet, keys},
};
use crate::support::{TestEnv, is_postgres};

const OURS: &str = "air_sandbox=trace,air_platform=trace,air_store=trace,air_fetch=trace,air_jwt=trace,air_vc=trace,air_mdoc=trace,air_oid4vc=trace,air_oid4vc_http=trace,air_x509=trace,air_dashboard=trace";

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Adds a token with its signature, and what is presented or proved with it: the parts without
/// which it is worthless are secrets, too.
fn add_token(secrets: &mut Vec<String>, token: &str) {
    let parts = token.split(['.', '~']).filter(|part| part.len() > 20);
    secrets.extend(parts.map(str::to_owned));
}

#[tokio::test]
async fn a_wallets_flow_leaves_no_secret_behind() {
    // There, one process runs all tests, and the subscribers of others turn this log's events off.
    // The log is the same.
    if is_postgres() {
        return;
    }
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        // Without times, six digits in a line are not those of a clock.
        .without_time()
        .with_env_filter(EnvFilter::new(OURS))
        .with_span_events(FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    // The platform's tasks run on the thread of the test.
    let guard = tracing::subscriber::set_default(subscriber);
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let mut secrets = Vec::new();

    let created = wallet.offered(json!({ "txCode": true })).await;
    let tx_code = created["txCode"].as_str().unwrap().to_owned();
    let offer = wallet.read_offer(&created).await;
    secrets.push(offer.pre_authorized_code.unwrap().code);
    let form = wallet.form(&created).await;
    let wrong = form.replace(&format!("tx_code={tx_code}"), "tx_code=wrong-secret");
    assert_ne!(wrong, form);
    let refused = wallet.token_with(wrong, None).await;
    assert!(refused.status.is_client_error(), "{}", refused.body);
    let (c_nonce, dpop_nonce) = wallet.nonces().await;
    let proof = wallet.proof("token", Some(&dpop_nonce), None);
    let answer = wallet.token_with(form.clone(), Some(&proof)).await;
    answer.assert_ok();
    let token = answer.text("access_token");
    // A second use of the code, and of the proof, with their messages.
    let refused = wallet.token_with(form, Some(&proof)).await;
    assert!(refused.status.is_client_error(), "{}", refused.body);
    let order = wallet.order(&keys(1), &c_nonce);
    let answer = wallet.ask("credential", &token, &proof, &order).await;
    answer.assert_refused(401, "invalid_dpop_proof");
    let forged = format!("{token}forged-secret");
    let answer = wallet.request(&forged, &order).await;
    assert!(answer.status.is_client_error(), "{}", answer.body);
    let answer = wallet.request(&token, &order).await;
    answer.assert_ok();
    secrets.extend([c_nonce, dpop_nonce, answer.text("notification_id")]);
    secrets.extend(["wrong-secret".to_owned(), "forged-secret".to_owned()]);
    let key_proof = order["proofs"]["jwt"][0].as_str().unwrap();
    let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
    for text in [token.as_str(), &proof, key_proof, credential] {
        add_token(&mut secrets, text);
    }
    secrets.push(token);

    let holder = Holder::with_credential(&env).await;
    for encrypted in [true, false] {
        let created = asked(&env, json!({ "encrypted": encrypted })).await;
        let request = fetched(&env, &created).await;
        let state = request.options().state.as_ref().unwrap();
        secrets.extend([request.nonce().as_str().to_owned(), state.as_str().to_owned()]);
        let other = holder.present("another-nonce-of-16-bytes", "x509_hash:another");
        let vp_token = air_oid4vc::vp::VpToken::new()
            .with("credential", air_oid4vc::vp::Presentation::Text(other.clone()));
        let refused = body(&request, vp_token);
        post(&env, &request, refused.clone())
            .await
            .assert_refused(400, "invalid_request");
        let accepted = body(&request, holder.answer(&request));
        post(&env, &request, accepted.clone()).await.assert_ok();
        add_token(&mut secrets, &other);
        for form in [refused, accepted] {
            add_token(&mut secrets, &form);
        }
    }

    let partner = env.token(PartnerToken::issue);
    let mut texts = Vec::new();
    for path in ["/sandbox/v1/logs", "/sandbox/v1/events/log"] {
        let (_, document) = env.call(Method::GET, path, Some(&partner), None).await;
        texts.push((path, document.to_string()));
    }
    drop(guard);
    let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    for route in ["/oid4vc/{id}/token", "/oid4vc/{id}/credential"] {
        assert!(logged.contains(route), "{route} is missing");
    }
    texts.push(("the log", logged));
    for (place, text) in &texts {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{place} has {secret}");
        }
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        assert!(
            !words.any(|word| word == tx_code),
            "{place} has the transaction code"
        );
    }
    assert!(!texts[0].1.contains("ada@example.com"), "{}", texts[0].1);
}
