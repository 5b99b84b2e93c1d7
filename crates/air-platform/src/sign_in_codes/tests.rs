use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::mpsc;

use super::*;
use crate::{
    Clock, RefusalKind,
    channel::{Channel, Sending},
    setup,
};

const ADA: &str = "ada@example.com";

/// Sends messages to a test.
#[derive(Debug)]
struct Sent(mpsc::UnboundedSender<(String, String)>);

impl Channel for Sent {
    fn send<'a>(&'a self, message: &'a Message) -> Sending<'a> {
        self.0.send((message.to.clone(), message.text.clone())).unwrap();
        Box::pin(std::future::ready(Ok(())))
    }
}

struct TestEnv {
    app: App,
    time: Arc<AtomicU64>,
    sent: mpsc::UnboundedReceiver<(String, String)>,
    codes: SignInCodes,
}

impl TestEnv {
    /// A platform that knows Ada, and sends her messages to the test.
    async fn new() -> Self {
        let time = Arc::new(AtomicU64::new(1_800_000_000));
        let now = time.clone();
        let (sender, sent) = mpsc::unbounded_channel();
        let clock = Clock::new(move || UnixTime::from_secs(now.load(Ordering::SeqCst)));
        let app = App::for_tests_with(clock, Some(Arc::new(Sent(sender)))).await;
        let new = serde_json::json!({ "name": "Zenith", "jwksUrl": "http://localhost:1/jwks.json" });
        let new = serde_json::from_value(new).unwrap();
        let partner = setup::create_partner(&app, new, None).await.unwrap().into_body();
        let mut tx = app.store.write().await.unwrap();
        let by = &partner.partner_id;
        users::find_or_create(&mut tx, ADA, by, UnixTime::EPOCH)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Self {
            app,
            time,
            sent,
            codes: SignInCodes::default(),
        }
    }

    async fn ask(&self, session: &str, email: &str) -> Result<(), Refusal> {
        self.codes.ask(&self.app, session, None, email).await
    }

    async fn received(&mut self) -> String {
        let (to, text) = self.sent.recv().await.unwrap();
        assert_eq!(to, ADA);
        text.get(..6).unwrap().to_owned()
    }

    fn prove(&self, session: &str, code: &str) -> bool {
        match self.codes.prove(&self.app, session, code) {
            Ok(user) => {
                assert_eq!(user.email.as_str(), ADA);
                true
            }
            Err(refusal) => {
                assert_eq!(refusal.message(), wrong().message());
                false
            }
        }
    }
}

/// Another code than this one.
fn other(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % CODES)
}

#[tokio::test]
async fn a_code_signs_in_once_and_only_in_its_browser() {
    let mut env = TestEnv::new().await;
    env.ask("browser", "Ada@Example.com").await.unwrap();
    let code = env.received().await;
    assert_eq!(code.bytes().filter(u8::is_ascii_digit).count(), 6, "{code}");
    assert!(!env.prove("other browser", &code));
    assert!(!env.prove("browser", &other(&code)));
    assert!(env.prove("browser", &format!(" {code} ")));
    assert!(!env.prove("browser", &code), "it was used");
}

#[tokio::test]
async fn a_code_ends_after_ten_minutes_and_after_five_wrong_ones() {
    let mut env = TestEnv::new().await;
    for (seconds, is_valid) in [(LIFETIME.as_secs() - 1, true), (LIFETIME.as_secs(), false)] {
        env.ask("browser", ADA).await.unwrap();
        let code = env.received().await;
        env.time.fetch_add(seconds, Ordering::SeqCst);
        assert_eq!(env.prove("browser", &code), is_valid, "{seconds}");
    }
    for (wrong, is_valid) in [(ATTEMPTS - 1, true), (ATTEMPTS, false)] {
        env.ask("browser", ADA).await.unwrap();
        let code = env.received().await;
        for _ in 0..wrong {
            assert!(!env.prove("browser", &other(&code)));
        }
        assert_eq!(env.prove("browser", &code), is_valid, "{wrong}");
    }
}

#[tokio::test]
async fn a_newer_code_replaces_an_older_one() {
    let mut env = TestEnv::new().await;
    env.ask("browser", ADA).await.unwrap();
    let older = env.received().await;
    env.ask("browser", ADA).await.unwrap();
    let newer = env.received().await;
    assert!(older == newer || !env.prove("browser", &older));
    assert!(env.prove("browser", &newer));
}

#[tokio::test]
async fn an_unknown_address_is_answered_alike_and_gets_no_message() {
    let mut env = TestEnv::new().await;
    for email in ["eve@example.com", ADA] {
        for number in 1..=PER_USER + 1 {
            assert!(env.ask("browser", email).await.is_ok(), "{email} {number}");
        }
        assert!(!env.prove("browser", "none"), "{email}");
    }
    let mut newest = String::new();
    for _ in 0..PER_USER {
        newest = env.received().await;
    }
    assert!(env.sent.try_recv().is_err(), "one code more than a user may have");
    assert!(
        env.prove("browser", &newest),
        "the code that was sent stays valid"
    );
    env.time.fetch_add(PERIOD.as_secs(), Ordering::SeqCst);
    env.ask("browser", ADA).await.unwrap();
    env.received().await;
    assert_eq!(
        env.ask("browser", "no address").await.unwrap_err().kind(),
        RefusalKind::BadRequest
    );
}

#[tokio::test]
async fn another_address_ends_the_code_of_the_browser() {
    let mut env = TestEnv::new().await;
    env.ask("browser", ADA).await.unwrap();
    let code = env.received().await;
    env.ask("browser", "eve@example.com").await.unwrap();
    assert!(!env.prove("browser", &code));
}

#[tokio::test]
async fn a_peer_asks_for_some_codes_in_an_hour() {
    let env = TestEnv::new().await;
    let peer: IpAddr = "192.0.2.1".parse().unwrap();
    let ask = async |peer| env.codes.ask(&env.app, "browser", peer, "eve@example.com").await;
    for _ in 0..PER_PEER {
        ask(Some(peer)).await.unwrap();
    }
    assert_eq!(ask(Some(peer)).await.unwrap_err().kind(), RefusalKind::TooMany);
    ask(Some("192.0.2.2".parse().unwrap())).await.unwrap();
    ask(None).await.unwrap();
    env.time.fetch_add(PERIOD.as_secs(), Ordering::SeqCst);
    ask(Some(peer)).await.unwrap();
}

#[tokio::test]
async fn new_addresses_get_a_number_of_codes_together() {
    let env = TestEnv::new().await;
    let most = usize::try_from(TO_STRANGERS).unwrap();
    let ask = async |email: &str| {
        let asked = env.codes.ask_anyone(&env.app, email, None, email).await;
        asked.unwrap();
        env.codes.lock().pending.len()
    };
    for number in 1..=most {
        assert_eq!(ask(&format!("u{number}@example.com")).await, number);
    }
    assert_eq!(ask("one-more@example.com").await, most);
    assert_eq!(ask(ADA).await, most + 1, "a user still gets one");
}

#[test]
fn a_hash_depends_on_the_session() {
    assert_ne!(hash("one", "123456"), hash("two", "123456"));
    assert_ne!(hash("one", "123456"), hash("one", "123457"));
}
