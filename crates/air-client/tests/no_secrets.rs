//! No token and no personal value in a log line or an error: everything that this process logs at TRACE is searched for them, the HTTP
//! library's lines and the platform's too.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use air_api::sandbox::ConsentDecision;
use air_client::{
    AirClient, Environment, Error, IssueCredential, PollSchedule, VerifyCredential,
    bulk::{BulkOrder, InputDigest, NdjsonRows},
};
use air_crypto::{Curve, RootSecret};
use air_sandbox::TestPlatform;
use serde_json::json;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

/// All that was logged, and all that was said by errors.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Said {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap()).into_owned()
    }

    fn add<T: std::fmt::Debug>(&self, outcome: Result<T, Error>) {
        let error = outcome.unwrap_err();
        let mut said = self.0.lock().unwrap();
        said.extend(format!("\nERROR {error} {error:?}").bytes());
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            said.extend(format!(" {cause} {cause:?}").bytes());
            source = cause.source();
        }
    }
}

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'w> MakeWriter<'w> for Said {
    type Writer = Self;

    fn make_writer(&'w self) -> Self {
        self.clone()
    }
}

const EMAIL: &str = "ada.lovelace@example.com";
const COUNTRY: &str = "Ruritania";

#[tokio::test]
async fn no_token_address_or_claim_is_logged_or_in_an_error() {
    let said = Said::default();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(said.clone())
        .init();
    let platform = TestPlatform::start().await.unwrap();
    let client = AirClient::at(&platform.url()).unwrap();
    let token = platform
        .on_behalf_token(EMAIL)
        .unwrap()
        .expose_secret()
        .to_owned();
    let subject = json!({ "isOver18": true, "country": COUNTRY });
    let order = platform.order("adult", subject.clone()).unwrap();

    // What succeeds.
    let issued = client.issue_on_behalf(&token, &order).await.unwrap();
    let hash = issued.core_claim_hash;
    let anchored = client.wait_until_anchored(&token, hash, PollSchedule::local());
    anchored.await.unwrap();
    let session = client.local().login(&token, EMAIL).await.unwrap();
    let session_token = session.session_token.clone();
    let holder = client.holder(session, RootSecret::from_seed(&[1; 32]).unwrap());
    let parameters = IssueCredential {
        auth_token: &token,
        issuer_did: platform.issuer_did().clone(),
        credential_id: platform.program("sealed").unwrap().clone(),
        credential_subject: order.credential_subject.clone(),
        curve: Curve::Secp256r1,
    };
    let held = holder.issue_credential(parameters).await.unwrap();
    let anchored = client.wait_until_anchored(&token, held.core_claim_hash, PollSchedule::local());
    anchored.await.unwrap();
    let verify_token = platform.verify_token().unwrap().expose_secret().to_owned();
    let asked = VerifyCredential {
        auth_token: &verify_token,
        program_id: platform.ids().verification_programs["adult"].clone(),
    };
    let verified = holder.verify_credential(asked, |_| ConsentDecision::Agree);
    let verification = verified.await.unwrap();
    let private_key = hex::encode(verification.cak_private_key.unwrap().expose_secret());
    let record = client.modify_issuer(&token, "http://127.0.0.1:9/").await.unwrap();
    let row = json!({ "email": EMAIL, "credentialSubject": subject }).to_string();
    let bulk = client.bulk(BulkOrder::new(
        platform.issuer_did().clone(),
        order.program.clone(),
    ));
    let folder = tempfile::tempdir().unwrap();
    let digest = InputDigest::of(row.as_bytes()).unwrap();
    let mut journal = bulk.begin(&folder.path().join("journal"), digest).unwrap();
    let rows = NdjsonRows::new(row.as_bytes());
    let (partner, key) = (platform.partner_id(), platform.key());
    let run = bulk.run(partner, key, &mut journal, rows, std::future::pending(), |_| ());
    run.await.unwrap();
    assert_eq!(journal.tally().issued, 1);

    // What fails, in each way.
    let wrong = platform
        .order("adult", json!({ "isOver18": COUNTRY, "nickname": EMAIL }))
        .unwrap();
    said.add(client.issue_on_behalf(&token, &wrong).await);
    let draft = platform.order("draft", subject.clone()).unwrap();
    said.add(client.issue_on_behalf(&token, &draft).await);
    said.add(client.issue_on_behalf(&verify_token, &order).await);
    said.add(client.issue_on_behalf(&format!("{token}x"), &order).await);
    said.add(client.issue_on_behalf(&format!("{token}\n"), &order).await);
    said.add(
        client
            .local()
            .login(&token, &format!("{EMAIL} "))
            .await
            .and(Err::<(), _>(Error::InvalidUrl)),
    );
    let faults = json!({ "rules": [{ "path": "/v1", "kind": "status", "status": 500 }] });
    platform
        .set_faults(serde_json::from_value(faults).unwrap())
        .unwrap();
    said.add(client.issue_on_behalf(&token, &order).await);
    let faults = json!({ "rules": [{ "path": "/v1", "kind": "drop" }] });
    platform
        .set_faults(serde_json::from_value(faults).unwrap())
        .unwrap();
    said.add(client.issue_on_behalf(&token, &order).await);
    let faults = json!({ "rules": [{ "path": "/v1", "kind": "delay", "milliseconds": 60_000 }] });
    platform
        .set_faults(serde_json::from_value(faults).unwrap())
        .unwrap();
    let hasty =
        AirClient::builder(Environment::at(&platform.url()).unwrap()).deadline(Duration::from_millis(20));
    said.add(hasty.build().unwrap().issue_on_behalf(&token, &order).await);
    let proxied = AirClient::builder(Environment::at("http://air.invalid").unwrap())
        .proxy("http://ada:hunter2@127.0.0.1:9")
        .unwrap()
        .attempts(1);
    said.add(proxied.build().unwrap().issue_on_behalf(&token, &order).await);

    let text = said.text();
    assert!(
        text.contains("TRACE") && text.contains("/v1/credentials/issue-on-behalf"),
        "nothing was captured"
    );
    assert!(text.matches("\nERROR ").count() >= 10);
    let parts = |token: &str| token.split('.').skip(1).map(str::to_owned).collect::<Vec<_>>();
    let mut secrets = [parts(&token), parts(&verify_token)].concat();
    secrets.extend([
        session_token,
        private_key,
        record.callback_secret.trim_start_matches("whsec_").to_owned(),
        held.credential.clone(),
        EMAIL.to_owned(),
        EMAIL.replace('@', "%40"),
        "lovelace".to_owned(),
        COUNTRY.to_owned(),
        "hunter2".to_owned(),
        "YWRhOmh1bnRlcjI".to_owned(),
    ]);
    for secret in secrets {
        if let Some(line) = text.lines().find(|line| line.contains(&secret)) {
            panic!("`{secret}` is in: {line}");
        }
    }
}
