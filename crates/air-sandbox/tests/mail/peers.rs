//! Mail to aiosmtpd, a mail server for Python. `cargo xtask peers` installs it.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use air_sandbox::SmtpSettings;
use rcgen::CertifiedKey;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{ADA, settings, subject_line, test_env, wait_for_metric};

/// The server, with STARTTLS and the password `swordfish` of the user `air`.
struct Peer {
    process: Child,
    lines: mpsc::UnboundedReceiver<String>,
    /// The certificate and its key.
    _folder: TempDir,
}

impl Peer {
    /// Starts the server. Returns it with its certificate as PEM.
    fn start() -> (Self, String) {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let [certificate, key] = ["cert.pem", "key.pem"].map(|name| folder.path().join(name));
        fs::write(&certificate, cert.pem()).unwrap();
        fs::write(&key, signing_key.serialize_pem()).unwrap();
        let mut process = Command::new("python3")
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/python/mail/server.py"
            ))
            .args([certificate, key])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (sender, lines) = mpsc::unbounded_channel();
        thread::spawn(move || {
            for line in stdout.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let peer = Self {
            process,
            lines,
            _folder: folder,
        };
        (peer, cert.pem())
    }

    /// The next line of the server: its port, and then each message as JSON.
    async fn next(&mut self) -> Value {
        let line = tokio::time::timeout(Duration::from_mins(1), self.lines.recv());
        let line = line.await.expect("the server prints a line").unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
#[ignore = "needs Python and the package of tests/python/mail; `cargo xtask peers` runs it"]
async fn aiosmtpd() {
    let (mut peer, certificate) = Peer::start();
    let port = peer.next().await;
    let url = format!("smtp://localhost:{port}");
    let by_password = |password| SmtpSettings {
        user: Some("air"),
        password: Some(password),
        authority: Some(certificate.as_bytes()),
        ..settings(&url)
    };
    let refused = test_env(by_password("wrong")).await;
    refused.issue_on_behalf(ADA, &refused.order()).await;
    wait_for_metric(&refused, "air_message_attempts_total{outcome=\"refused\"} 1").await;
    let accepted = test_env(by_password("swordfish")).await;
    accepted
        .issue_on_behalf("eve@example.com", &accepted.order())
        .await;
    let mail = peer.next().await;
    assert_eq!(
        (&mail["from"], &mail["to"]),
        (&json!("air@example.com"), &json!(["eve@example.com"]))
    );
    assert_eq!(
        (&mail["user"], &mail["isEncrypted"]),
        (&json!("air"), &json!(true))
    );
    let text = mail["text"].as_str().unwrap();
    assert_eq!(subject_line(text), "A credential was issued to you");
}
