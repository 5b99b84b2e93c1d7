//! Codes that prove addresses beyond loopback: for a login, and for the first wallet.

use std::sync::Arc;

use air_sandbox::{
    Data,
    channel::{Channel, Message, Sending},
};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{AirkitEnv, EMAIL, wallet};
use crate::support;

const EVERYWHERE: &str = "0.0.0.0:0";

/// Sends the platform's messages to a test.
#[derive(Debug)]
struct Sent(mpsc::UnboundedSender<Message>);

impl Channel for Sent {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        // The test may have ended.
        let _ = self.0.send(message.clone());
        Box::pin(std::future::ready(Ok(())))
    }
}

struct Codes {
    env: AirkitEnv,
    sent: mpsc::UnboundedReceiver<Message>,
}

impl Codes {
    async fn open(address: &str) -> Self {
        let (sender, sent) = mpsc::unbounded_channel();
        let channel: Arc<dyn Channel> = Arc::new(Sent(sender));
        let data = support::data(Data::Memory).await;
        Self {
            env: AirkitEnv::open_with(address, data, Some(channel)).await,
            sent,
        }
    }

    /// The next code that this address gets.
    async fn code(&mut self, email: &str) -> String {
        loop {
            let message = self.sent.recv().await.unwrap();
            if message.subject == "Your code" {
                assert_eq!(message.to, email);
                return message.text.get(..6).unwrap().to_owned();
            }
        }
    }

    async fn answer(&self, path: &str, session: Option<&str>, body: &Value) -> Value {
        let (status, _, answer) = self.env.call(path, session, body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }
}

fn other(code: &str) -> &'static str {
    if code == "000000" { "000001" } else { "000000" }
}

#[tokio::test]
async fn a_code_logs_in_by_an_address_and_allows_the_first_wallet() {
    let mut codes = Codes::open(EVERYWHERE).await;
    let typed = json!({ "email": EMAIL });
    let (status, cookie, asked) = codes.env.call("login", None, &typed).await;
    assert_eq!((status, cookie), (StatusCode::OK, None), "{asked}");
    assert_eq!(asked["asksForCode"], true, "{asked}");
    let code = codes.code(EMAIL).await;
    let proof = |attempt: &Value, code: &str| json!({ "email": EMAIL, "proof": { "attempt": attempt, "code": code } });
    let attempt = &asked["attempt"];
    for wrong in [proof(attempt, other(&code)), proof(&json!("another page"), &code)] {
        assert_eq!(
            codes.env.refusal("login", None, &wrong).await,
            "PERMISSION_NOT_ENABLED"
        );
    }
    let (status, cookie, login) = codes.env.call("login", None, &proof(attempt, &code)).await;
    assert_eq!(status, StatusCode::OK, "{login}");
    assert_eq!(login["email"], EMAIL, "the login creates the user");
    let cookie = cookie.unwrap();
    let session = cookie.split(';').next();
    let again = codes.env.refusal("login", None, &proof(attempt, &code)).await;
    assert_eq!(again, "PERMISSION_NOT_ENABLED", "a code counts once");

    let held = codes.answer("wallet", session, &json!({})).await;
    assert_eq!(held, json!({ "wallet": null, "needsProof": false }));
    let kept = wallet(login["id"].as_str().unwrap());
    codes.answer("wallet/keep", session, &kept).await;
    let listed = codes.answer("credentials", session, &json!({})).await;
    assert_eq!(listed["isOfPartner"], false, "{listed}");
}

/// The partner's token says whose address it is, and the code proves it.
#[tokio::test]
async fn after_a_login_by_a_token_the_first_wallet_asks_for_a_code() {
    let mut codes = Codes::open(EVERYWHERE).await;
    let (session, login) = codes.env.login(EMAIL).await;
    let ada = Some(session.as_str());
    let needs_proof = codes.answer("wallet", ada, &json!({})).await;
    assert_eq!(needs_proof["needsProof"], true);
    let kept = wallet(login["id"].as_str().unwrap());
    assert_eq!(
        codes.env.refusal("wallet/keep", ada, &kept).await,
        "PERMISSION_NOT_ENABLED"
    );
    let listed = codes.answer("credentials", ada, &json!({})).await;
    assert_eq!(listed["isOfPartner"], true, "{listed}");

    let asked = codes.answer("prove/ask", ada, &json!({})).await;
    assert_eq!(asked["email"], EMAIL);
    let code = codes.code(EMAIL).await;
    let proof = |asked: &Value, code: &str| json!({ "attempt": asked["attempt"], "code": code });
    let wrong = proof(&asked, other(&code));
    assert_eq!(
        codes.env.refusal("prove", ada, &wrong).await,
        "PERMISSION_NOT_ENABLED"
    );
    let (eve, _) = codes.env.login("eve@example.com").await;
    assert_eq!(
        codes
            .env
            .refusal("prove", Some(&eve), &proof(&asked, &code))
            .await,
        "PERMISSION_NOT_ENABLED",
        "it is another user's"
    );
    assert_eq!(
        codes.env.refusal("wallet/keep", ada, &kept).await,
        "PERMISSION_NOT_ENABLED"
    );

    let asked = codes.answer("prove/ask", ada, &json!({})).await;
    let code = codes.code(EMAIL).await;
    codes.answer("prove", ada, &proof(&asked, &code)).await;
    let needs_proof = codes.answer("wallet", ada, &json!({})).await;
    assert_eq!(needs_proof["needsProof"], false);
    codes.answer("wallet/keep", ada, &kept).await;
    let listed = codes.answer("credentials", ada, &json!({})).await;
    assert_eq!(listed["isOfPartner"], false, "{listed}");
}

#[tokio::test]
async fn a_token_that_names_nobody_asks_for_an_address_and_its_code() {
    let mut codes = Codes::open(EVERYWHERE).await;
    let nameless = codes.env.token(&json!({ "partnerUserId": "user-7" }));
    let asked = codes
        .answer("login", None, &json!({ "partnerToken": nameless }))
        .await;
    assert_eq!(asked, json!({ "asksForAddress": true }));
    let typed = json!({ "partnerToken": nameless, "email": EMAIL });
    let asked = codes.answer("login", None, &typed).await;
    assert_eq!(asked["asksForCode"], true);
    let code = codes.code(EMAIL).await;
    let mut proved = typed.clone();
    proved["proof"] = json!({ "attempt": asked["attempt"], "code": code });
    let login = codes.answer("login", None, &proved).await;
    assert_eq!(
        (&login["email"], &login["partnerUserId"]),
        (&json!(EMAIL), &json!("user-7"))
    );
}

#[tokio::test]
async fn on_loopback_a_typed_address_counts_without_a_code() {
    let codes = Codes::open("127.0.0.1:0").await;
    let login = codes.answer("login", None, &json!({ "email": EMAIL })).await;
    assert_eq!(login["email"], EMAIL);
    let (_, _, opened) = codes.env.opened("http://localhost:3000", None).await;
    assert_eq!(opened["provesAddresses"], false);
}
