//! A key in SoftHSM, whose token disappears and returns.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use air_signers::{Pkcs11Signer, Pkcs11Uri};
use serde_json::json;
use tokio::runtime::Runtime;

use crate::support::{TestEnv, open, verify, verify_with_status};

const PIN: &str = "1934-pin";
const FOLDER: &str = "AIR_TEST_SOFTHSM_FOLDER";
const NAME: &str = "softhsm::a_token_that_disappears_stops_issuance_until_it_returns";

/// The module: of `AIR_TEST_PKCS11_MODULE`, or of Debian, Fedora or Homebrew.
fn module() -> Option<PathBuf> {
    if let Some(module) = std::env::var_os("AIR_TEST_PKCS11_MODULE") {
        return Some(module.into());
    }
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.exists())
}

/// Generates a key in a new token, and returns its URI.
fn generate(folder: &Path, module: &Path) -> Pkcs11Uri {
    let initialised = Command::new("softhsm2-util")
        .args(["--init-token", "--free", "--label", "issuer"])
        .args(["--pin", PIN, "--so-pin", "security-officer"])
        .output()
        .unwrap();
    assert!(initialised.status.success(), "{initialised:?}");
    let uri = Pkcs11Uri::new("issuer", "credentials", module)
        .unwrap()
        .with_pin_file(folder.join("pin"));
    Pkcs11Signer::builder(uri.clone()).generate().unwrap();
    uri
}

/// Runs in a process of its own, because SoftHSM reads its configuration from the environment.
#[test]
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn a_token_that_disappears_stops_issuance_until_it_returns() {
    let Some(module) = module() else {
        eprintln!("{NAME}: skipped, SoftHSM is not installed (apt-get install softhsm2)");
        return;
    };
    if let Some(folder) = std::env::var_os(FOLDER) {
        let folder = PathBuf::from(folder);
        let uri = generate(&folder, &module);
        return Runtime::new()
            .unwrap()
            .block_on(issue_around_an_outage(&folder, &uri));
    }
    let folder = tempfile::tempdir().unwrap();
    let tokens = folder.path().join("tokens");
    fs::create_dir(&tokens).unwrap();
    let configuration = folder.path().join("softhsm2.conf");
    fs::write(
        &configuration,
        format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        ),
    )
    .unwrap();
    fs::write(folder.path().join("pin"), format!("{PIN}\n")).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([NAME, "--exact", "--nocapture"])
        .env(FOLDER, folder.path())
        .env("SOFTHSM2_CONF", &configuration)
        .output()
        .unwrap();
    let shown = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success() && shown.contains("1 passed"), "{shown}");
}

async fn issue_around_an_outage(folder: &Path, uri: &Pkcs11Uri) {
    let env = TestEnv::new().await;
    let keys = format!("credentials = {{ pkcs11 = \"{uri}\", kid = \"hsm-1\" }}");
    let issuer = env.try_start(env.config_with_keys(&[], &keys)).await.unwrap();
    assert_eq!(issuer.issue(&env.request()).await, 201);
    assert_eq!(issuer.get("/readyz").await.status, 200);

    let (tokens, away) = (folder.join("tokens"), folder.join("away"));
    fs::rename(&tokens, &away).unwrap();
    env.pass(5);
    let mut other = env.request();
    other["holderDID"] = json!("did:air:id:test:other");
    for _ in 0..3 {
        let response = issuer.post("/issue-vc", &other).await;
        assert_eq!(response.status, 503, "{response:?}");
        assert_eq!(response.json()["code"], "key_unavailable");
        assert!(response.headers.contains_key("retry-after"));
    }
    assert_eq!(issuer.get("/readyz").await.status, 503);
    assert_eq!(issuer.history().await.len(), 1, "nothing is recorded unsigned");
    assert_eq!(issuer.get("/statuslist/0").await.status, 200);

    fs::rename(&away, &tokens).unwrap();
    env.pass(5);
    assert_eq!(issuer.issue(&other).await, 201);
    assert_eq!(issuer.get("/readyz").await.status, 200);
    for upload in env.platform.stored() {
        let credential = open(&env, &upload);
        verify(&env, &issuer, &credential).await;
        verify_with_status(&env, &issuer, &credential).await.unwrap();
    }
}
