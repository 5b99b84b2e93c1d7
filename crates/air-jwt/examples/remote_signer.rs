//! A key that never enters the process that needs tokens: another process holds it, and signs what
//! it is sent.
//!
//! `cargo run -p air-jwt --example remote_signer` starts that process (itself, with the argument
//! `hold-key`), asks it for the public half, and signs a Partner JWT through it. A KMS or an HSM
//! takes the child's place; only `Remote` changes.

use std::process::Stdio;

use air_jwt::{
    Algorithm, Jwk, JwkSet, Kid, PartnerToken, Scope, Signer, SignerError, SigningKey, UnixTime, Verifier,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Mutex,
};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[expect(clippy::print_stdout, reason = "an example speaks on stdout")]
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    if std::env::args().nth(1).as_deref() == Some("hold-key") {
        return hold_key().await;
    }
    let remote = Remote::start().await?;
    let keys = JwkSet::from(remote.jwk.clone());
    let token = PartnerToken::issue("f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11".parse()?)
        .sign_with(&remote, NOW)
        .await?;
    let claims = Verifier::new(&keys)
        .requiring(Scope::Issue)
        .verify(token.expose_secret(), NOW)?;
    println!(
        "signed elsewhere with {} for partner {}",
        remote.kid(),
        claims.partner_id()
    );
    Ok(())
}

/// The process that holds the key: answers `jwk` with its public half, and a message in base64 with
/// its signature.
async fn hold_key() -> Result<(), Failure> {
    let key = SigningKey::generate(&mut rand::rng());
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    let mut stdout = tokio::io::stdout();
    while let Some(line) = lines.next_line().await? {
        let answer = if line == "jwk" {
            serde_json::to_string(&key.public_jwk())?
        } else {
            STANDARD.encode(key.sign(&decode(&line)?))
        };
        stdout.write_all(format!("{answer}\n").as_bytes()).await?;
        stdout.flush().await?;
    }
    Ok(())
}

/// The key as this process sees it.
struct Remote {
    jwk: Jwk,
    line: Mutex<Line>,
}

/// One question at a time.
struct Line {
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Remote {
    async fn start() -> Result<Self, Failure> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("hold-key")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let mut line = Line {
            questions: child.stdin.take().ok_or("the child has no stdin")?,
            answers: BufReader::new(child.stdout.take().ok_or("the child has no stdout")?).lines(),
            _child: child,
        };
        let jwk = Jwk::from_slice(line.ask("jwk").await?.as_bytes())?;
        Ok(Self {
            jwk,
            line: Mutex::new(line),
        })
    }
}

impl Signer for Remote {
    fn algorithm(&self) -> Algorithm {
        self.jwk.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.jwk.kid()
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let answer = self
            .line
            .lock()
            .await
            .ask(&STANDARD.encode(message))
            .await
            .map_err(SignerError::new)?;
        decode(&answer).map_err(SignerError::new)
    }
}

impl Line {
    async fn ask(&mut self, question: &str) -> Result<String, Failure> {
        self.questions
            .write_all(format!("{question}\n").as_bytes())
            .await?;
        self.questions.flush().await?;
        Ok(self.answers.next_line().await?.ok_or("the child ended")?)
    }
}

fn decode(text: &str) -> Result<Vec<u8>, Failure> {
    STANDARD.decode(text).map_err(|error| error.to_string().into())
}
