//! The reference signer of the examples, as a process.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use air_jwt::{Algorithm, RsaSize, Signer, SigningKey};
use air_signers::{Error, Pkcs11Signer, RemoteSigner, Secret};
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::softhsm::{SoftHsm, with_softhsm};

const BEARER: &str = "hunter2-hunter2";

/// Cargo builds the examples beside the tests.
fn program() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().unwrap().parent().unwrap();
    folder.join("examples/reference_signer")
}

/// A process that ends with the test.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(folder: &std::path::Path, keys: &[String]) -> Self {
        let token = folder.join("bearer");
        fs::write(&token, format!("{BEARER}\n")).unwrap();
        let mut child = Command::new(program())
            .args(["--listen", "127.0.0.1:0", "--token-file"])
            .arg(token)
            .args(keys.iter().flat_map(|key| ["--key", key]))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready: Value = serde_json::from_str(&line).unwrap();
        Self {
            child,
            url: ready["url"].as_str().unwrap().to_owned(),
        }
    }

    async fn connect(&self, kid: &str, bearer: &str) -> Result<RemoteSigner, Error> {
        let url = format!("{}#{kid}", self.url).parse()?;
        RemoteSigner::builder(url, Secret::new(bearer)?).connect().await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn serves_keys_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let keys = [
        SigningKey::generate(&mut rand::rng()),
        SigningKey::generate_rs256(RsaSize::Bits2048, &mut rand::rng()),
    ];
    let files: Vec<String> = keys
        .iter()
        .map(|key| {
            let path = folder.path().join(key.algorithm().as_str());
            fs::write(&path, key.expose_pkcs8_pem().as_bytes()).unwrap();
            path.to_str().unwrap().to_owned()
        })
        .collect();
    let service = Running::start(folder.path(), &files);
    for key in &keys {
        let signer = service.connect(key.kid().as_str(), BEARER).await.unwrap();
        assert_eq!(signer.public_jwk(), key.public_jwk());
        signer.sign(b"message").await.unwrap();
        let longest = vec![7; 1024 * 1024];
        signer.sign(&longest).await.unwrap();
    }
    let wrong = service.connect(keys[0].kid().as_str(), "hunter3").await;
    assert!(
        matches!(wrong, Err(Error::Unauthorised { status: 401 })),
        "{wrong:?}"
    );
    let unknown = service.connect("other", BEARER).await;
    assert!(matches!(unknown, Err(Error::UnknownKey { .. })), "{unknown:?}");
}

#[test]
fn serves_a_key_of_an_hsm() {
    with_softhsm("reference::serves_a_key_of_an_hsm", |hsm: &SoftHsm| {
        hsm.add_token("hsm");
        let uri = hsm.uri("hsm", "tokens");
        let jwk = Pkcs11Signer::builder(uri.clone()).generate().unwrap();
        let service = Running::start(hsm.tokens().parent().unwrap(), &[uri.to_string()]);
        Runtime::new().unwrap().block_on(async {
            let signer = service.connect(jwk.kid().as_str(), BEARER).await.unwrap();
            assert_eq!(signer.algorithm(), Algorithm::Es256);
            assert_eq!(signer.public_jwk(), jwk);
            signer.sign(b"message").await.unwrap();
        });
    });
}
