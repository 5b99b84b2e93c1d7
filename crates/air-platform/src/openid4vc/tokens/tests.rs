use std::ops::Deref;

use air_oid4vc::vci::OfferLink;
use serde_json::json;
use tokio::task::JoinHandle;

use super::*;
use crate::test_platform::{NOW, TestPlatform, until};

type Answer = Result<Tokens, NotExchanged>;

struct TestEnv {
    platform: TestPlatform,
    program: String,
}

/// The codes of a new offer.
struct Codes {
    code: String,
    transaction_code: Option<String>,
}

impl Deref for TestEnv {
    type Target = TestPlatform;

    fn deref(&self) -> &TestPlatform {
        &self.platform
    }
}

impl TestEnv {
    async fn up() -> Self {
        let programs = json!([{ "key": "adult", "schema": "adult", "publish": true }]);
        let platform = TestPlatform::with_programs(programs).await;
        Self {
            program: platform.program("adult"),
            platform,
        }
    }

    /// Makes an offer, with a transaction code or without.
    async fn offer(&self, has_transaction_code: bool) -> Codes {
        let order = json!({
            "issuerDid": self.partner.issuer_did,
            "credentialId": self.program,
            "credentialSubject": { "isOver18": true },
            "txCode": has_transaction_code,
        });
        let order = serde_json::from_value(order).unwrap();
        let created = offers::create_for(&self.app, &self.partner, Some("ada@example.com"), order).await;
        let created = created.unwrap();
        let OfferLink::Offer(offer) = OfferLink::parse(&created.url_by_value).unwrap() else {
            panic!("an offer by value");
        };
        Codes {
            code: offer.pre_authorized_code.unwrap().code,
            transaction_code: created.tx_code,
        }
    }

    fn exchange(&self, codes: &Codes, guess: Option<&str>, proof: Option<OnceOnly>) -> JoinHandle<Answer> {
        let (app, partner_id) = (self.app.clone(), self.partner.partner_id.clone());
        let (code, guess) = (codes.code.clone(), guess.map(str::to_owned));
        tokio::spawn(async move {
            let request = Exchange {
                code: &code,
                transaction_code: guess.as_deref(),
                client_id: None,
                jkt: Some("thumbprint"),
                proof,
            };
            exchange(&app, partner_id.as_str(), &request).await
        })
    }

    /// Sends the requests while the writer is busy, so that none of them sees the changes of another one before it waits.
    async fn together(&self, send: impl Fn() -> Vec<JoinHandle<Answer>>) -> Vec<Answer> {
        let held = self.app.store.write().await.unwrap();
        let calls = send();
        until(|| self.app.store.waiting() == calls.len() as u64).await;
        drop(held);
        let mut answers = Vec::new();
        for call in calls {
            answers.push(call.await.unwrap());
        }
        answers
    }
}

fn count(answers: &[Answer], is_counted: impl Fn(&Answer) -> bool) -> usize {
    answers.iter().filter(|answer| is_counted(answer)).count()
}

fn is_unknown(answer: &Answer) -> bool {
    matches!(answer, Err(NotExchanged::UnknownCode))
}

#[tokio::test]
async fn concurrent_requests_exchange_a_code_once() {
    let env = TestEnv::up().await;
    let codes = env.offer(false).await;
    let answers = env
        .together(|| (0..3).map(|_| env.exchange(&codes, None, None)).collect())
        .await;
    assert_eq!(count(&answers, Result::is_ok), 1, "{answers:?}");
    assert_eq!(count(&answers, is_unknown), 2, "{answers:?}");
    assert_eq!(env.number("SELECT count(*) FROM refresh_tokens").await, 1);
    assert!(is_unknown(&env.exchange(&codes, None, None).await.unwrap()));
}

#[tokio::test]
async fn concurrent_guesses_of_a_transaction_code_are_counted_exactly() {
    let env = TestEnv::up().await;
    let codes = env.offer(true).await;
    let right = codes.transaction_code.as_deref().unwrap();
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let answers = env
        .together(|| (0..8).map(|_| env.exchange(&codes, Some(wrong), None)).collect())
        .await;
    let refused = count(&answers, |answer| {
        matches!(answer, Err(NotExchanged::WrongTransactionCode))
    });
    assert_eq!((refused, count(&answers, is_unknown)), (5, 3), "{answers:?}");
    assert!(is_unknown(
        &env.exchange(&codes, Some(right), None).await.unwrap()
    ));
    assert_eq!(env.number("SELECT attempts_left FROM credential_offers").await, 0);
}

#[tokio::test]
async fn concurrent_requests_use_a_proof_once() {
    let env = TestEnv::up().await;
    let (first, second) = (env.offer(false).await, env.offer(false).await);
    let proof = Some(OnceOnly {
        digest: [1; 32],
        expires_at: UnixTime::from_secs(NOW + 300),
    });
    let answers = env
        .together(|| {
            vec![
                env.exchange(&first, None, proof),
                env.exchange(&second, None, proof),
            ]
        })
        .await;
    let refused = count(&answers, |answer| matches!(answer, Err(NotExchanged::ProofUsed)));
    assert_eq!((count(&answers, Result::is_ok), refused), (1, 1), "{answers:?}");
    // The offer of the refused request is still open.
    let open = env.number("SELECT count(*) FROM credential_offers WHERE token_digest IS NULL");
    assert_eq!(open.await, 1);
}
