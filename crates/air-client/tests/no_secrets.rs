//! No token and no personal value in a log line or an error: everything that this process logs at
//! TRACE is searched for them, the HTTP library's lines and the platform's too.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use air_api::{CoreClaimHash, IssueOnBehalf, OnDuplicate, sandbox::ConsentDecision};
use air_client::{
    AirClient, EmailAddress, Environment, Error, IssueCredential, PollSchedule, Signed, SigningKey,
    VerifyCredential,
    bulk::{BulkOrder, InputDigest, NdjsonRows},
};
use air_crypto::{Curve, RootSecret};
use air_sandbox::TestPlatform;
use serde_json::{Value, json};
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

fn signing_client(platform: &TestPlatform) -> AirClient {
    let key = SigningKey::from_text(&platform.key().expose_pkcs8_pem()).unwrap();
    AirClient::builder(Environment::at(&platform.url()).unwrap())
        .partner(platform.partner_id().clone())
        .signing_key(key)
        .build()
        .unwrap()
}

/// A partner, and a user with something to hide.
struct TestEnv {
    platform: TestPlatform,
    client: AirClient,
    token: String,
    verify_token: String,
    subject: Value,
    order: IssueOnBehalf,
}

impl TestEnv {
    async fn start() -> Self {
        let platform = TestPlatform::start().await.unwrap();
        let subject = json!({ "isOver18": true, "country": COUNTRY });
        Self {
            client: signing_client(&platform),
            token: platform
                .on_behalf_token(EMAIL)
                .unwrap()
                .expose_secret()
                .to_owned(),
            verify_token: platform.verify_token().unwrap().expose_secret().to_owned(),
            order: platform.order("adult", subject.clone()).unwrap(),
            subject,
            platform,
        }
    }

    /// Makes calls that succeed, and gives what they must keep to themselves.
    async fn succeed(&self) -> Vec<String> {
        let (client, platform, token) = (&self.client, &self.platform, &self.token);
        let issued = client.issue_on_behalf(token, &self.order).await.unwrap();
        let address: EmailAddress = EMAIL.parse().unwrap();
        client.issue_on_behalf(&address, &self.order).await.unwrap();
        client.status(Signed, issued.core_claim_hash).await.unwrap();
        self.wait(issued.core_claim_hash).await;
        let session = client.local().login(token, &address).await.unwrap();
        let session_token = session.session_token.clone();
        let holder = client
            .local()
            .holder(session, RootSecret::from_seed(&[1; 32]).unwrap());
        let parameters = IssueCredential {
            auth: token.into(),
            issuer_did: platform.issuer_did().clone(),
            credential_id: platform.program("sealed").unwrap().clone(),
            credential_subject: self.order.credential_subject.clone(),
            curve: Curve::Secp256r1,
            on_duplicate: OnDuplicate::Revoke,
        };
        let held = holder.issue_credential(parameters).await.unwrap();
        self.wait(held.core_claim_hash).await;
        let asked = VerifyCredential {
            auth: (&self.verify_token).into(),
            program_id: platform.ids().verification_programs["adult"].clone(),
        };
        let verified = holder.verify_credential(asked, |_| ConsentDecision::Agree);
        let private_key = verified.await.unwrap().cak_private_key.unwrap();
        let record = client
            .modify_issuer(token, &"http://127.0.0.1:9/".parse().unwrap())
            .await
            .unwrap();
        vec![
            session_token,
            hex::encode(private_key.expose_secret()),
            record
                .callback_secret
                .unwrap()
                .trim_start_matches("whsec_")
                .to_owned(),
            held.credential.clone(),
        ]
    }

    async fn wait(&self, hash: CoreClaimHash) {
        let anchored = self
            .client
            .wait_until_anchored(&self.token, hash, PollSchedule::local());
        anchored.await.unwrap();
    }

    async fn issue_in_bulk(&self) {
        let row = json!({ "email": EMAIL, "credentialSubject": self.subject }).to_string();
        let order = BulkOrder::new(self.order.issuer_did.clone(), self.order.program.clone());
        let bulk = self.client.bulk(order);
        let folder = tempfile::tempdir().unwrap();
        let digest = InputDigest::of(row.as_bytes()).unwrap();
        let mut journal = bulk.begin(&folder.path().join("journal"), digest).unwrap();
        let rows = NdjsonRows::new(row.as_bytes());
        let (partner, key) = (self.platform.partner_id(), self.platform.key());
        let run = bulk.run(partner, key, &mut journal, rows, std::future::pending(), |_| ());
        run.await.unwrap();
        assert_eq!(journal.summary().issued, 1);
    }

    /// Fails in each way.
    async fn fail(&self, said: &Said) {
        let issue = async |client: &AirClient, token: &str, order: &IssueOnBehalf| {
            said.add(client.issue_on_behalf(token, order).await);
        };
        let (client, platform, token) = (&self.client, &self.platform, self.token.as_str());
        let wrong = json!({ "isOver18": COUNTRY, "nickname": EMAIL });
        issue(client, token, &platform.order("adult", wrong).unwrap()).await;
        issue(
            client,
            token,
            &platform.order("draft", self.subject.clone()).unwrap(),
        )
        .await;
        issue(client, &self.verify_token, &self.order).await;
        issue(client, &format!("{token}x"), &self.order).await;
        issue(client, &format!("{token}\n"), &self.order).await;
        let address: EmailAddress = EMAIL.parse().unwrap();
        said.add(client.local().login(format!("{token}x").as_str(), &address).await);
        for fault in [
            json!({ "kind": "status", "status": 500 }),
            json!({ "kind": "drop" }),
        ] {
            self.set(fault).await;
            issue(client, token, &self.order).await;
        }
        self.set(json!({ "kind": "delay", "milliseconds": 60_000 })).await;
        let hasty = AirClient::builder(Environment::at(&platform.url()).unwrap());
        let hasty = hasty.deadline(Duration::from_millis(20)).build().unwrap();
        issue(&hasty, token, &self.order).await;
        let proxied = AirClient::builder(Environment::at("http://air.invalid").unwrap()).attempts(1);
        let proxied = proxied.proxy("http://ada:hunter2@127.0.0.1:9").unwrap();
        issue(&proxied.build().unwrap(), token, &self.order).await;
    }

    async fn set(&self, mut rule: Value) {
        rule["path"] = json!("/v1");
        let faults = serde_json::from_value(json!({ "rules": [rule] })).unwrap();
        self.platform.set_faults(faults).await.unwrap();
    }
}

#[tokio::test]
async fn no_token_address_or_claim_is_logged_or_in_an_error() {
    let said = Said::default();
    tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_ansi(false)
        .with_writer(said.clone())
        .init();
    let env = TestEnv::start().await;
    let mut secrets = env.succeed().await;
    env.issue_in_bulk().await;
    env.fail(&said).await;

    let text = said.text();
    // The platform's lines, the HTTP library's through `tracing` and through `log`.
    for captured in ["/v1/credentials/issue-on-behalf", " hyper", " reqwest", "TRACE"] {
        assert!(text.contains(captured), "nothing of `{captured}` was captured");
    }
    assert_eq!(text.matches("\nERROR ").count(), 10);
    for token in [&env.token, &env.verify_token] {
        secrets.extend(token.split('.').skip(1).map(str::to_owned));
    }
    let personal = [EMAIL, "lovelace", COUNTRY, "hunter2", "YWRhOmh1bnRlcjI"];
    secrets.extend(personal.map(str::to_owned));
    secrets.push(EMAIL.replace('@', "%40"));
    // The payload of every Partner JWT, also of those that the client signed, begins with `{"partnerId"`.
    let payload = "eyJwYXJ0bmVySWQi";
    assert!(env.token.contains(payload));
    secrets.push(payload.to_owned());
    for secret in secrets {
        if let Some(line) = text.lines().find(|line| line.contains(&secret)) {
            panic!("`{secret}` is in: {line}");
        }
    }
}
