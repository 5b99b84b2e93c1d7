//! Notices by e-mail, as a mail server receives them.

mod codes;
mod peers;
mod server;

use std::{sync::Arc, time::Duration};

use air_sandbox::{Clock, Config, Data, Platform, Smtp, SmtpSettings, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::json;

use self::server::{Mail, MailServer, Rules, Tls};
use crate::support::{NOW, TestEnv, data};

const ADA: &str = "ada@example.com";
const DAY: u64 = 86_400;

fn settings(url: &str) -> SmtpSettings<'_> {
    SmtpSettings {
        url,
        from: "AIR <air@example.com>",
        user: None,
        password: None,
        authority: None,
    }
}

async fn test_env(smtp: SmtpSettings<'_>) -> TestEnv {
    test_env_on(Some(smtp), Data::Memory).await
}

async fn test_env_on(smtp: Option<SmtpSettings<'_>>, kept: Data) -> TestEnv {
    let mut config = Config::default();
    config.data = data(kept).await;
    config.block_time = Duration::from_millis(10);
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.channel = smtp.map(|settings| Arc::new(Smtp::new(settings).unwrap()) as _);
    TestEnv::start_on(Platform::start(config).await.unwrap()).await
}

async fn test_env_of(server: &MailServer) -> TestEnv {
    test_env(settings(&format!("smtp://{}", server.address))).await
}

async fn advance(env: &TestEnv, seconds: u64) {
    let by = json!({ "advanceSeconds": seconds });
    let (status, answer) = env.call(Method::PUT, "/sandbox/v1/clock", None, Some(&by)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

fn subject(mail: &Mail) -> &str {
    subject_line(&mail.text)
}

fn subject_line(text: &str) -> &str {
    let line = text.lines().find_map(|line| line.strip_prefix("Subject: "));
    line.unwrap().trim()
}

/// The subjects of the next mails, sorted.
async fn subjects<const COUNT: usize>(server: &mut MailServer) -> [String; COUNT] {
    let mut found = Vec::new();
    for _ in 0..COUNT {
        found.push(subject(&server.next().await).to_owned());
    }
    found.sort();
    found.try_into().unwrap()
}

/// Waits until the platform's metrics have this line.
async fn wait_for_metric(env: &TestEnv, line: &str) {
    let poll = async {
        loop {
            let metrics = env.http.get(format!("{}/metrics", env.platform.url()));
            let metrics = metrics.send().await.unwrap().text().await.unwrap();
            if metrics.lines().any(|shown| shown == line) {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_mins(1), poll)
        .await
        .expect(line);
}

#[tokio::test]
async fn each_change_of_a_credential_is_sent_once() {
    let mut server = MailServer::start(Rules::default()).await;
    let env = test_env_of(&server).await;
    let hash = env.issue_on_behalf(ADA, &env.order()).await;
    let mail = server.next().await;
    assert_eq!(
        (mail.from.as_str(), mail.to.as_slice()),
        ("air@example.com", &[ADA.to_owned()][..])
    );
    assert_eq!(subject(&mail), "A credential was issued to you");
    let wallet = format!("{}/wallet", env.platform.url());
    for shown in [
        "Adult",
        "Zenith",
        "2027-01-15 08:00:00 UTC",
        &wallet,
        "To: ada@example.com",
    ] {
        assert!(mail.text.contains(shown), "{shown}: {}", mail.text);
    }
    // The values of the claims, and the identifier, are not needed.
    for hidden in ["UTO", "country", &hash] {
        assert!(!mail.text.contains(hidden), "{hidden}: {}", mail.text);
    }

    // The second one replaces the first one, which is revoked.
    env.issue_on_behalf(ADA, &env.order()).await;
    assert_eq!(
        subjects(&mut server).await,
        [
            "A credential of yours was revoked",
            "A credential was issued to you"
        ]
    );
    // It is valid for 90 days, so its last quarter begins after 67 days and a half.
    advance(&env, 68 * DAY).await;
    assert_eq!(
        subjects(&mut server).await,
        ["A credential of yours expires soon"]
    );
    advance(&env, 22 * DAY).await;
    assert_eq!(subjects(&mut server).await, ["A credential of yours has expired"]);
    // Another user's mail follows at once, so none was sent twice.
    env.issue_on_behalf("eve@example.com", &env.order()).await;
    assert_eq!(server.next().await.to, ["eve@example.com"]);
    assert_eq!(server.waiting(), 0);
}

#[tokio::test]
async fn a_server_that_never_replies_delays_no_request() {
    let server = MailServer::start(Rules {
        is_silent: true,
        ..Rules::default()
    })
    .await;
    let env = test_env_of(&server).await;
    env.issue_on_behalf(ADA, &env.order()).await;
    while server.connections() == 0 {
        tokio::task::yield_now().await;
    }
    // The first mail is under way now. A reply to it takes at most ten seconds, and nothing waits for that.
    let order = env.order();
    let hash = tokio::time::timeout(Duration::from_secs(9), env.issue_on_behalf(ADA, &order));
    let hash = hash.await.expect("the request does not wait for the mail server");
    env.wait_until_anchored(&hash).await;
    tokio::time::timeout(Duration::from_secs(9), env.platform.stop())
        .await
        .expect("neither does the end")
        .unwrap();
}

#[tokio::test]
async fn a_dead_server_gets_the_mail_when_it_is_back() {
    let server = MailServer::start(Rules::default()).await;
    let env = test_env_of(&server).await;
    let port = server.stop().await;
    env.issue_on_behalf(ADA, &env.order()).await;
    wait_for_metric(&env, "air_message_attempts_total{outcome=\"unreachable\"} 1").await;
    let mut server = MailServer::start_on(port, Rules::default());
    advance(&env, 60).await;
    assert_eq!(server.next().await.to, [ADA]);
}

#[tokio::test]
async fn a_temporary_refusal_is_tried_again_and_a_permanent_one_is_not() {
    for (reply, arrives) in [
        ("451 4.7.1 later", true),
        ("550 5.1.1 nobody <ada@example.com>", false),
    ] {
        let rules = Rules {
            first_replies: 1,
            reply,
            ..Rules::default()
        };
        let mut server = MailServer::start(rules).await;
        let env = test_env_of(&server).await;
        env.issue_on_behalf(ADA, &env.order()).await;
        wait_for_metric(&env, "air_message_attempts_total{outcome=\"refused\"} 1").await;
        advance(&env, 60).await;
        if arrives {
            assert_eq!(server.next().await.to, [ADA], "{reply}");
        }
        env.issue_on_behalf("eve@example.com", &env.order()).await;
        assert_eq!(server.next().await.to, ["eve@example.com"], "{reply}");
        assert_eq!(server.recipients(), if arrives { 3 } else { 2 }, "{reply}");
    }
}

#[tokio::test]
async fn passwords_go_over_tls() {
    let (pem, acceptor) = server::tls();
    for (scheme, tls) in [
        ("smtps", Tls::Implicit(acceptor.clone())),
        ("smtp", Tls::StartTls(acceptor)),
    ] {
        let mut server = MailServer::start(Rules {
            login: Some(("air", "swordfish")),
            tls: Some(tls),
            ..Rules::default()
        })
        .await;
        let url = format!("{scheme}://localhost:{}", server.address.port());
        let smtp = SmtpSettings {
            user: Some("air"),
            password: Some("swordfish"),
            authority: Some(pem.as_bytes()),
            ..settings(&url)
        };
        let env = test_env(smtp).await;
        env.issue_on_behalf(ADA, &env.order()).await;
        let mail = server.next().await;
        assert_eq!(
            (mail.user.as_deref(), mail.is_encrypted),
            (Some("air"), true),
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_authority_gets_no_mail() {
    let (_, acceptor) = server::tls();
    let server = MailServer::start(Rules {
        tls: Some(Tls::Implicit(acceptor)),
        ..Rules::default()
    })
    .await;
    let url = format!("smtps://localhost:{}", server.address.port());
    let env = test_env(settings(&url)).await;
    env.issue_on_behalf(ADA, &env.order()).await;
    wait_for_metric(&env, "air_message_attempts_total{outcome=\"unreachable\"} 1").await;
    assert_eq!((server.recipients(), server.waiting()), (0, 0));
}

#[tokio::test]
async fn notices_outlive_a_restart_but_not_a_start_without_a_channel() {
    for has_break in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let kept = Data::Folder(folder.path().to_owned());
        let server = MailServer::start(Rules::default()).await;
        let url = format!("smtp://{}", server.address);
        let port = server.stop().await;
        let env = test_env_on(Some(settings(&url)), kept.clone()).await;
        env.issue_on_behalf(ADA, &env.order()).await;
        wait_for_metric(&env, "air_message_attempts_total{outcome=\"unreachable\"} 1").await;
        env.platform.stop().await.unwrap();
        if has_break {
            let env = test_env_on(None, kept.clone()).await;
            let hash = env.issue_on_behalf("bob@example.com", &env.order()).await;
            env.wait_until_anchored(&hash).await;
            env.platform.stop().await.unwrap();
        }
        let mut server = MailServer::start_on(port, Rules::default());
        let env = test_env_on(Some(settings(&url)), kept).await;
        if has_break {
            wait_until_on(&env, &mut server).await;
        } else {
            advance(&env, 60).await;
            assert_eq!(server.next().await.to, [ADA]);
        }
        assert_eq!(server.waiting(), 0);
    }
}

/// Issues to others until the channel sends. Nothing from before it was on arrives.
async fn wait_until_on(env: &TestEnv, server: &mut MailServer) {
    for number in 0..100 {
        env.issue_on_behalf(&format!("eve-{number}@example.com"), &env.order())
            .await;
        if server.waiting() > 0 {
            break;
        }
    }
    let mail = server.next().await;
    assert!(mail.to.iter().all(|to| to.starts_with("eve-")), "{mail:?}");
    while server.waiting() > 0 {
        let mail = server.next().await;
        assert!(mail.to.iter().all(|to| to.starts_with("eve-")), "{mail:?}");
    }
}
