//! Drills for keys that have leaked: what others signed with them is refused, and what was valid is issued again.

use serde_json::{Value, json};
use sqlx::{Row, sqlite::SqliteConnectOptions};

use crate::{
    issuer_bulk::{IssuerBulkEnv, csv},
    support::{Run, TestEnv, server::Server},
};

const ROWS: usize = 5;

fn kid(cli: &TestEnv, key: &str) -> String {
    let set = cli.air(&["jwks", "export", "--key", key]).succeeded().json();
    set["keys"][0]["kid"].as_str().unwrap().to_owned()
}

/// The number of credentials by the bare id of their key, and whether they are revoked.
fn credentials(cli: &TestEnv) -> Vec<(String, bool, i64)> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = SqliteConnectOptions::new().filename(cli.path("issuer/issuer.sqlite"));
        let mut connection = sqlx::ConnectOptions::connect(&options).await.unwrap();
        let count =
            "SELECT kid, revoked_at IS NOT NULL, COUNT(*) FROM issuances GROUP BY 1, 2 ORDER BY MIN(seq)";
        let rows = sqlx::query(count).fetch_all(&mut connection).await.unwrap();
        let bare = |kid: String| kid.rsplit('#').next().unwrap_or_default().to_owned();
        rows.iter()
            .map(|row| (bare(row.get(0)), row.get(1), row.get(2)))
            .collect()
    })
}

#[test]
fn the_key_of_an_issuer_has_leaked() {
    let mut env = IssuerBulkEnv::start();
    env.cli.write("members.csv", csv(ROWS));
    env.bulk(&["members.csv"]).succeeded();
    let old = kid(&env.cli, "credentials.pem");

    // While the service runs, everything that the key signed since the time of the leak is revoked.
    let revoke = |since: &str, more: &[&str]| {
        let revoke = ["issuer", "revoke-key", "--config", "issuer.toml", "--json"];
        env.cli
            .air(&[&revoke[..], &["--since", since, &old], more].concat())
    };
    let credentials_of = |run: Run| run.succeeded().json()["credentials"].clone();
    assert_eq!(credentials_of(revoke("2090-01-01T00:00:00Z", &["--yes"])), 0);
    let leak = "2020-01-01T00:00:00Z";
    assert_eq!(credentials_of(revoke(leak, &["--dry-run"])), ROWS);
    revoke(leak, &[]).failed_with(2, "confirm with --yes");
    assert_eq!(credentials_of(revoke(leak, &["--yes"])), ROWS);
    assert_eq!(credentials_of(revoke(leak, &["--yes"])), 0, "once");

    // The key is replaced, and withdrawn from the published set.
    env.issuer.terminate();
    env.cli.air(&["keys", "generate", "--out", "new.pem"]).succeeded();
    let new = kid(&env.cli, "new.pem");
    let toml = String::from_utf8(env.cli.read("issuer.toml")).unwrap();
    let toml = toml
        .replace("credentials.pem", "new.pem")
        .replace("[keys]\n", &format!("[keys]\nwithdrawn = [\"{old}\"]\n"));
    env.cli.write("issuer.toml", toml);
    let serve = ["issuer", "serve", "--config", "issuer.toml"];
    env.issuer = Server::start(&env.cli.path(""), &serve);

    // Everybody gets another credential, with one journal.
    let again = ["--journal", "again.journal", "--json", "members.csv"];
    let report = env.bulk(&again).succeeded().json();
    assert_eq!(report["issued"], ROWS);
    let rows = i64::try_from(ROWS).unwrap();
    assert_eq!(credentials(&env.cli), [(old, true, rows), (new, false, rows)]);
}

#[test]
fn the_key_of_a_partner_has_leaked() {
    let cli = TestEnv::new();
    cli.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let jwks = ["jwks", "serve", "--key", "keys", "--listen", "127.0.0.1:0"];
    let jwks = Server::start(&cli.path(""), &jwks);
    let seed = json!({
        "partner": { "name": "Bar", "issueOnBehalf": true, "jwksUrl": jwks.url() },
        "schemas": [{ "key": "adult", "title": "Adult",
            "attributes": [{ "name": "isOver18", "type": "boolean", "required": true }] }],
        "programs": [{ "key": "adult", "schema": "adult", "cak": false, "publish": true }],
    });
    cli.write("seed.json", seed.to_string());
    cli.write("subject.json", r#"{ "isOver18": true }"#);
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--seed",
        "seed.json",
    ];
    let platform = Server::start(&cli.path(""), &up);
    let text = |pointer: &str| {
        let seeded = &platform.ready["seeded"];
        seeded
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
            .to_owned()
    };
    let (partner, issuer, program) = (text("/partnerId"), text("/issuerDid"), text("/programs/adult"));
    let issue = |platform: &Server, key: &str, email: &str| {
        let arguments = [
            "issue",
            "--url",
            platform.url(),
            "--key",
            key,
            "--partner-id",
            &partner,
            "--issuer",
            &issuer,
            "--program",
            &program,
            "--on-behalf",
            email,
            "subject.json",
        ];
        cli.air(&arguments)
    };
    issue(&platform, "keys", "ada@example.com").succeeded();
    let mut names = std::fs::read_dir(cli.path("keys")).unwrap();
    let key = names
        .find_map(|entry| {
            let path = entry.unwrap().path();
            path.extension()
                .is_some_and(|extension| extension == "pem")
                .then_some(path)
        })
        .unwrap();
    cli.write("leaked.pem", std::fs::read(key).unwrap());
    issue(&platform, "leaked.pem", "eve@example.com").succeeded();

    cli.air(&["keys", "rotate", "--compromised"]).succeeded();
    // A platform that has fetched the set recently fetches it again within 30 s, and one that starts does it at once.
    platform.terminate();
    let platform = Server::start(&cli.path(""), &up);
    issue(&platform, "keys", "bob@example.com").succeeded();
    let refused = issue(&platform, "leaked.pem", "joe@example.com");
    assert_eq!(refused.code, 4, "{refused:?}");
    platform.terminate();
}
