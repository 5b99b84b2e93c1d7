use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use air_jwt::{Algorithm, Inspection, SignerError, SigningKey};

use super::*;

const START: u64 = 1_800_000_000;

/// A remote key that counts its signatures.
struct Remote {
    key: SigningKey,
    signatures: Arc<AtomicUsize>,
}

impl Signer for Remote {
    fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.key.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.signatures.fetch_add(1, Ordering::SeqCst);
        // Other callers run while the remote key signs.
        tokio::task::yield_now().await;
        Ok(self.key.sign(message))
    }
}

/// A remote key that refuses to sign.
struct Refusing(SigningKey);

impl Signer for Refusing {
    fn algorithm(&self) -> Algorithm {
        self.0.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.0.kid()
    }

    async fn sign(&self, _: &[u8]) -> Result<Vec<u8>, SignerError> {
        Err(SignerError::new("the secret reason"))
    }
}

struct TestEnv {
    tokens: Tokens,
    now: Arc<AtomicU64>,
    signatures: Arc<AtomicUsize>,
}

impl TestEnv {
    fn new(lifetime: Duration) -> Self {
        let signatures = Arc::new(AtomicUsize::new(0));
        let remote = Remote {
            key: SigningKey::generate(&mut rand::rng()),
            signatures: signatures.clone(),
        };
        let now = Arc::new(AtomicU64::new(START));
        let clock = now.clone();
        let mut tokens = Tokens::new(partner(), SharedSigner::new(remote), lifetime);
        tokens.clock = Arc::new(move || UnixTime::from_secs(clock.load(Ordering::SeqCst)));
        Self {
            tokens,
            now,
            signatures,
        }
    }

    async fn token(&self, purpose: &TokenPurpose) -> CallToken {
        self.tokens.token(purpose).await.unwrap()
    }

    fn signatures(&self) -> usize {
        self.signatures.load(Ordering::SeqCst)
    }
}

fn partner() -> PartnerId {
    "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11".parse().unwrap()
}

fn on_behalf(number: usize) -> TokenPurpose {
    TokenPurpose::IssueOnBehalf(format!("user{number}@example.com").parse().unwrap())
}

#[tokio::test]
async fn a_token_is_used_again_for_the_same_scope_and_address_only() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    let purposes = [
        TokenPurpose::Issue,
        TokenPurpose::Verify,
        on_behalf(1),
        on_behalf(2),
    ];
    let mut texts = Vec::new();
    for purpose in &purposes {
        let first = stage.token(purpose).await;
        let second = stage.token(purpose).await;
        assert!(!first.is_reused && second.is_reused);
        assert_eq!(first.expose_secret(), second.expose_secret());
        texts.push(first.expose_secret().to_owned());
    }
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), purposes.len());
    assert_eq!(stage.signatures(), purposes.len());
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_before_it_expires() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    stage.token(&TokenPurpose::Issue).await;
    stage.now.store(START + 239, Ordering::SeqCst);
    assert!(stage.token(&TokenPurpose::Issue).await.is_reused);
    stage.now.store(START + 240, Ordering::SeqCst);
    let renewed = stage.token(&TokenPurpose::Issue).await;
    assert!(!renewed.is_reused);
    let inspected = Inspection::of(renewed.expose_secret(), UnixTime::from_secs(START + 240)).unwrap();
    assert_eq!(inspected.claims["exp"], START + 240 + 300);
}

#[tokio::test]
async fn a_short_token_is_renewed_after_half_of_its_lifetime() {
    let stage = TestEnv::new(Duration::from_secs(40));
    stage.token(&TokenPurpose::Issue).await;
    stage.now.store(START + 19, Ordering::SeqCst);
    assert!(stage.token(&TokenPurpose::Issue).await.is_reused);
    stage.now.store(START + 20, Ordering::SeqCst);
    assert!(!stage.token(&TokenPurpose::Issue).await.is_reused);
}

#[tokio::test]
async fn a_token_is_renewed_after_the_clock_was_set_back() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    stage.token(&TokenPurpose::Issue).await;
    stage.now.store(START - 1, Ordering::SeqCst);
    assert!(!stage.token(&TokenPurpose::Issue).await.is_reused);
}

#[tokio::test]
async fn concurrent_calls_wait_for_one_signature() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    let purpose = TokenPurpose::Issue;
    let calls = (0..50).map(|_| stage.token(&purpose));
    let tokens = futures_util::future::join_all(calls).await;
    assert_eq!(stage.signatures(), 1);
    assert_eq!(tokens.iter().filter(|token| !token.is_reused).count(), 1);
}

#[tokio::test]
async fn the_cache_keeps_the_tokens_that_were_used_last() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    for number in 0..CACHE_LIMIT {
        stage.token(&on_behalf(number)).await;
    }
    assert!(stage.token(&on_behalf(0)).await.is_reused);
    stage.token(&on_behalf(CACHE_LIMIT)).await;
    assert_eq!(stage.tokens.cache().entries.len(), CACHE_LIMIT);
    assert!(stage.token(&on_behalf(0)).await.is_reused);
    assert!(!stage.token(&on_behalf(1)).await.is_reused);
}

#[tokio::test]
async fn a_refused_token_is_signed_again() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    stage.token(&TokenPurpose::Issue).await;
    stage.tokens.forget(&TokenPurpose::Issue);
    assert!(!stage.token(&TokenPurpose::Issue).await.is_reused);
}

#[tokio::test]
async fn a_signature_that_fails_is_no_token_and_is_tried_again() {
    let signer = SharedSigner::new(Refusing(SigningKey::generate(&mut rand::rng())));
    let tokens = Tokens::new(partner(), signer, USUAL_LIFETIME);
    for _ in 0..2 {
        let error = tokens.token(&TokenPurpose::Issue).await.err().unwrap();
        assert!(
            matches!(error, Error::NotSigned(air_jwt::Error::Signer(_))),
            "{error:?}"
        );
        assert!(!error.to_string().contains("secret reason"));
    }
}

#[tokio::test]
async fn neither_a_token_nor_an_address_is_shown() {
    let stage = TestEnv::new(USUAL_LIFETIME);
    let token = stage.token(&on_behalf(7)).await;
    let shown = format!("{:?} {:#?}", stage.tokens, stage.tokens);
    assert!(
        !shown.contains(token.expose_secret()) && !shown.contains("user7"),
        "{shown}"
    );
    assert!(shown.contains(stage.tokens.signer.kid().as_str()));
}

#[test]
fn a_lifetime_is_within_what_can_be_signed() {
    for (set, used) in [(0, 10), (10, 10), (90, 90), (900, 900), (901, 900)] {
        let stage = TestEnv::new(Duration::from_secs(set));
        assert_eq!(stage.tokens.lifetime.as_secs(), used);
    }
}
