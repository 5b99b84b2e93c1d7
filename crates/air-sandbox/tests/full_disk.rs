//! A disk that is full: what does not fit is refused and undone, and the platform goes on once there is room.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use air_crypto::{CakContext, CakPublicKey, Curve};
use air_jwt::PartnerToken;
use air_sandbox::{Config, Data, Platform, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::support::{CAK, TestEnv, is_postgres};

/// A file system of a few megabytes, gone with the value.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    /// None where this user may not mount.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=8m", "tmpfs"])
            .arg(folder.path())
            .output();
        mounted
            .is_ok_and(|output| output.status.success())
            .then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes all the room that is left.
    fn fill(&self) -> PathBuf {
        let filler = self.path().join("filler");
        std::fs::write(&filler, vec![0; 16 << 20]).unwrap_err();
        filler
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

fn large() -> Vec<u8> {
    let context = CakContext::new(
        "7f01c42c-02cf-4325-96ed-ba034700f724".parse().unwrap(),
        "did:example:issuer".parse().unwrap(),
        "schema".parse().unwrap(),
        Curve::Secp256r1,
    );
    let key = CakPublicKey::from_hex(Curve::Secp256r1, CAK).unwrap();
    key.seal(&context, b"n", &vec![7; 1 << 20], &mut rand::rng())
        .unwrap()
}

async fn store(env: &TestEnv, hash: &str) -> (StatusCode, Value) {
    let path = format!("/sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=n");
    let request = env
        .http
        .post(format!("{}{path}", env.platform.url()))
        .header("x-partner-auth", env.token(PartnerToken::issue))
        .body(large());
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
async fn a_full_disk_refuses_writes_and_recovers_without_a_restart() {
    let disk = SmallDisk::mount();
    let (false, Some(disk)) = (is_postgres(), disk) else {
        eprintln!("skipped: it needs SQLite, and the right to mount a file system");
        return;
    };
    let mut config = Config::default();
    config.data = Data::Folder(disk.path().join("data"));
    config.block_time = std::time::Duration::from_millis(10);
    config.clock = air_sandbox::Clock::new(|| UnixTime::from_secs(crate::support::NOW));
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    let hash = env.issue_on_behalf("ada@example.com", &env.order()).await;
    env.wait_until_anchored(&hash).await;
    assert_eq!(store(&env, &hash).await.0, StatusCode::OK);

    let filler = disk.fill();
    for _ in 0..3 {
        let (status, answer) = store(&env, &hash).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains("disk is full"));
    }
    let (token, path) = (
        env.token(PartnerToken::issue),
        format!("/v1/credentials/status?coreClaimHash={hash}"),
    );
    let (status, _) = env.call(Method::GET, &path, Some(&token), None).await;
    assert_eq!(status, StatusCode::OK, "what is stored can be read");

    std::fs::remove_file(filler).unwrap();
    let (status, answer) = store(&env, &hash).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let after = env.issue_on_behalf("bob@example.com", &env.order()).await;
    env.wait_until_anchored(&after).await;
    env.platform.stop().await.unwrap();
}
