//! The restore drill: each confirmed credential is there after a restore, and no index is taken twice.

use std::collections::{HashMap, HashSet};

use air_issuer::{BackupError, Config, RestoreOptions, RestoreReport, backup, restore};
use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::{Issuer, TestEnv, database, open, verify, verify_with_status};

/// A request for a holder of its own.
fn request(env: &TestEnv, holder: usize) -> Value {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    request
}

async fn issue(env: &TestEnv, issuer: &Issuer, holders: std::ops::Range<usize>) {
    let requests: Vec<Value> = holders.map(|holder| request(env, holder)).collect();
    let calls = requests.iter().map(|request| issuer.issue(request));
    assert!(join_all(calls).await.iter().all(|status| *status == 201));
}

/// A backup in memory.
async fn backed_up(env: &TestEnv) -> Vec<u8> {
    let mut bytes = Vec::new();
    backup(&env.plain_config(), &env.clock(), &mut bytes)
        .await
        .unwrap();
    bytes
}

async fn restored(env: &TestEnv, config: &Config, bytes: &[u8]) -> Result<RestoreReport, BackupError> {
    let options = RestoreOptions {
        clock: env.clock(),
        ..RestoreOptions::default()
    };
    restore(config, &options, bytes).await
}

/// The history by holder.
async fn records(issuer: &Issuer) -> HashMap<String, Value> {
    let history = issuer.history().await.into_iter();
    history
        .map(|row| (row["holderDid"].as_str().unwrap().to_owned(), row))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_confirmed_credential_is_restored_and_no_index_is_taken_twice() {
    let (env, issuer) = TestEnv::with_issuer().await;
    issue(&env, &issuer, 0..20).await;
    let revoked = issuer.history().await[3].clone();
    issuer.revoke(&revoked["revocationNonce"]).await;
    let confirmed = records(&issuer).await;
    assert_eq!(confirmed.len(), 20);

    // Issuance goes on while the backup is made, and after it, beyond the end of a list.
    let (backup, ()) = tokio::join!(backed_up(&env), issue(&env, &issuer, 20..30));
    issue(&env, &issuer, 30..40).await;
    issuer.service.close().await;
    env.pass(3_600);

    let target = Target::new(&env).await;
    let report = restored(&env, &target.config(&env), &backup).await.unwrap();
    assert_eq!(report.created_at, "2027-01-15T08:00:00Z");
    assert!(report.credentials >= 20, "{report:?}");
    assert_eq!(report.next_list, Some(env.now().as_secs()));

    let issuer = env.try_start(target.config(&env)).await.unwrap();
    let found = records(&issuer).await;
    for (holder, record) in &confirmed {
        assert_eq!(found.get(holder), Some(record), "{holder}");
    }
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());
    let mut entries = HashSet::new();
    let uploads = env.platform.stored();
    assert_eq!(uploads.len(), 40);
    for upload in &uploads {
        let credential = open(&env, upload);
        let verified = verify(&env, &issuer, &credential).await;
        let entry = verified.status_reference().unwrap().clone();
        assert!(entries.insert((entry.uri, entry.index)));
        let holder = upload["holderDid"].as_str().unwrap();
        if let Some(record) = confirmed.get(holder) {
            let is_valid = verify_with_status(&env, &issuer, &credential).await.is_ok();
            assert_eq!(is_valid, record["revokedAt"].is_null(), "{holder}");
        }
    }

    // New credentials have entries that none had before, also none that the restored database lacks.
    issue(&env, &issuer, 100..140).await;
    for upload in env.platform.stored().iter().skip(40) {
        let credential = open(&env, upload);
        let verified = verify_with_status(&env, &issuer, &credential).await.unwrap();
        let entry = verified.status_reference().unwrap().clone();
        assert!(entries.insert((entry.uri, entry.index)), "taken twice");
    }
    assert_eq!(entries.len(), 80);

    // A restored database is the subject of the next backup.
    let mut again = Vec::new();
    backup_of(&target.config(&env), &env, &mut again).await.unwrap();
    assert!(again.len() > backup.len());
}

async fn backup_of(config: &Config, env: &TestEnv, bytes: &mut Vec<u8>) -> Result<(), BackupError> {
    backup(config, &env.clock(), bytes).await.map(drop)
}

#[tokio::test]
async fn a_restore_replaces_nothing_and_a_damaged_backup_leaves_nothing() {
    let (env, issuer) = TestEnv::with_issuer().await;
    issue(&env, &issuer, 0..3).await;
    let bytes = backed_up(&env).await;
    let used = restored(&env, &env.plain_config(), &bytes).await;
    assert!(matches!(used, Err(BackupError::NotEmpty)), "{used:?}");
    assert_eq!(issuer.history().await.len(), 3);

    let target = Target::new(&env).await;
    let config = target.config(&env);
    let mut damaged = bytes.clone();
    let last = damaged.len() - 20;
    damaged[last] ^= 1;
    let refused = restored(&env, &config, &damaged).await;
    assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{refused:?}");
    let cut = restored(&env, &config, &bytes[..bytes.len() / 2]).await;
    assert!(matches!(cut, Err(BackupError::Damaged { .. })), "{cut:?}");
    let nothing = backup_of(&config, &env, &mut Vec::new()).await;
    assert!(matches!(nothing, Err(BackupError::NoDatabase)), "{nothing:?}");

    let dry_run = RestoreOptions {
        is_dry_run: true,
        ..RestoreOptions::default()
    };
    let report = restore(&config, &dry_run, bytes.as_slice()).await.unwrap();
    assert_eq!((report.credentials, report.next_list), (3, None));
    let nothing = backup_of(&config, &env, &mut Vec::new()).await;
    assert!(matches!(nothing, Err(BackupError::NoDatabase)), "{nothing:?}");

    restored(&env, &config, &bytes).await.unwrap();
    let twice = restored(&env, &config, &bytes).await;
    assert!(matches!(twice, Err(BackupError::NotEmpty)), "{twice:?}");
}

#[tokio::test]
async fn a_backup_of_another_issuer_or_a_newer_program_is_refused() {
    let (env, _issuer) = TestEnv::with_issuer().await;
    let text = String::from_utf8(backed_up(&env).await).unwrap();
    let target = Target::new(&env).await;
    let config = target.config(&env);
    let other = text.replacen("https://issuer.example", "https://other.example", 1);
    let refused = restored(&env, &config, other.as_bytes()).await;
    assert!(
        matches!(&refused, Err(BackupError::OtherIssuer { backup, .. }) if backup == "https://other.example"),
        "{refused:?}"
    );
    let newer = text.replacen("\"version\":1", "\"version\":2", 1);
    let refused = restored(&env, &config, newer.as_bytes()).await;
    assert!(
        matches!(refused, Err(BackupError::Version { version: 2, .. })),
        "{refused:?}"
    );
    let newer = text.replacen("\"migration\":", "\"migration\":99", 1);
    let refused = restored(&env, &config, newer.as_bytes()).await;
    assert!(
        matches!(refused, Err(BackupError::NewerBackup { .. })),
        "{refused:?}"
    );
    let page = restored(&env, &config, b"<html>\n").await;
    assert!(matches!(page, Err(BackupError::NotABackup)), "{page:?}");
}

#[tokio::test]
async fn sqlite_moves_to_postgresql_and_back() {
    let Some(url) = database().await else {
        return;
    };
    let (env, issuer) = TestEnv::with_issuer().await;
    issue(&env, &issuer, 0..20).await;
    let confirmed = records(&issuer).await;
    let folder = tempfile::tempdir().unwrap();
    let bytes = backed_up(&env).await;
    let sqlite = env.plain_config_on_sqlite(folder.path());
    restored(&env, &sqlite, &bytes).await.unwrap();
    let mut bytes = Vec::new();
    backup_of(&sqlite, &env, &mut bytes).await.unwrap();
    env.pass(10);
    let postgres = env.plain_config_with(&[("DATABASE_URL", url.as_str())]);
    restored(&env, &postgres, &bytes).await.unwrap();
    let issuer = env.try_start(postgres).await.unwrap();
    assert_eq!(records(&issuer).await, confirmed);
    issue(&env, &issuer, 100..103).await;
    assert_eq!(issuer.history().await.len(), 23);
}

/// An empty database of the same kind as the environment's.
struct Target {
    folder: tempfile::TempDir,
    url: Option<String>,
}

impl Target {
    async fn new(env: &TestEnv) -> Self {
        let url = if env.is_on_postgresql() {
            database().await
        } else {
            None
        };
        Self {
            folder: tempfile::tempdir().unwrap(),
            url,
        }
    }

    fn config(&self, env: &TestEnv) -> Config {
        match &self.url {
            Some(url) => env.plain_config_with(&[("DATABASE_URL", url.as_str())]),
            None => env.plain_config_on_sqlite(self.folder.path()),
        }
    }
}
