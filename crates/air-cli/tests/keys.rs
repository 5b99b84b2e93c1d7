//! A partner's keys: made in every form, listed, rotated, published.

use serde_json::Value;

use crate::support::{Desk, server::Server};

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";

fn kids(set: &Value) -> Vec<&str> {
    set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect()
}

/// Moves every time in a folder's timetable back, as if so much time had passed.
fn age(desk: &Desk, seconds: u64) {
    let mut index: Value = serde_json::from_slice(&desk.read("keys/timetable.json")).unwrap();
    for key in index["keys"].as_array_mut().unwrap() {
        for (_, time) in key
            .as_object_mut()
            .unwrap()
            .iter_mut()
            .filter(|(_, time)| time.is_u64())
        {
            *time = (time.as_u64().unwrap() - seconds).into();
        }
    }
    desk.write("keys/timetable.json", index.to_string());
}

fn phases(desk: &Desk) -> Vec<(String, String)> {
    let listed = desk.air(&["keys", "list", "--json"]).succeeded().json();
    listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let text = |name: &str| key[name].as_str().unwrap().to_owned();
            (text("kid"), text("phase"))
        })
        .collect()
}

#[test]
fn a_key_of_each_algorithm_and_form_signs() {
    let desk = Desk::new();
    for (algorithm, form, begins) in [
        ("ES256", "pkcs8", "-----BEGIN PRIVATE KEY"),
        ("ES256", "traditional", "-----BEGIN EC PRIVATE KEY"),
        ("RS256", "pkcs8", "-----BEGIN PRIVATE KEY"),
        ("RS256", "traditional", "-----BEGIN RSA PRIVATE KEY"),
        ("ES256", "jwk", "{"),
        ("RS256", "jwk", "{"),
    ] {
        let name = format!("{algorithm}.{form}");
        let made = [
            "keys",
            "generate",
            "--algorithm",
            algorithm,
            "--form",
            form,
            "--out",
            &name,
            "--json",
        ];
        let made = desk.air(&made).succeeded().json();
        assert_eq!(made["algorithm"], algorithm);
        assert!(
            String::from_utf8(desk.read(&name)).unwrap().starts_with(begins),
            "{name}"
        );
        let set = desk.air(&["jwks", "export", "--key", &name]).succeeded();
        assert_eq!(kids(&set.json()), [made["kid"].as_str().unwrap()]);
        desk.write("jwks.json", set.stdout);
        let sign = [
            "token",
            "sign",
            "--key",
            &name,
            "--partner-id",
            PARTNER,
            "--scope",
            "issue",
        ];
        let token = desk.air(&sign).succeeded();
        desk.air(&[
            "token",
            "verify",
            "--jwks",
            "jwks.json",
            "--scope",
            "issue",
            token.text(),
        ])
        .succeeded();
    }
    desk.air(&["keys", "generate", "--out", "ES256.jwk"])
        .failed_with(1, "a key is never overwritten");
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::new();
    desk.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    desk.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let mode = |name: &str| std::fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("key.pem"), 0o600);
    assert_eq!(mode("keys"), 0o700);
    let kid = phases(&desk)[0].0.clone();
    assert_eq!(mode(&format!("keys/{kid}.pem")), 0o600);
}

#[test]
fn a_folder_rotates_by_its_timetable() {
    let desk = Desk::new();
    desk.air(&["keys", "list"])
        .failed_with(1, "there is no timetable.json");
    let first = desk
        .air(&["keys", "generate", "--dir", "keys", "--json"])
        .succeeded()
        .json();
    let first = first["kid"].as_str().unwrap();
    desk.air(&["keys", "generate", "--dir", "keys"])
        .failed_with(1, "has keys already");
    let server = Server::start(
        &desk.path(""),
        &["jwks", "serve", "--key", "keys", "--listen", "127.0.0.1:0"],
    );
    let sign = || {
        let sign = [
            "token",
            "sign",
            "--key",
            "keys",
            "--partner-id",
            PARTNER,
            "--scope",
            "issue",
        ];
        desk.air(&sign).succeeded().text().to_owned()
    };
    // The server follows the folder, request by request.
    let verify = |token: &str| desk.air(&["token", "verify", "--jwks", server.url(), token]);
    let old = sign();
    verify(&old).succeeded();

    let second = desk
        .air(&["keys", "rotate", "--kid", "second/key", "--json"])
        .succeeded()
        .json();
    assert_eq!(second["kid"], "second/key");
    let is = |expected: &[(&str, &str)]| {
        let found = phases(&desk);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(kid, phase)| (kid.as_str(), phase.as_str()))
            .collect();
        assert_eq!(found, expected);
    };
    is(&[(first, "signing"), ("second/key", "published")]);
    desk.air(&["keys", "rotate"]).failed_with(1, "does not sign yet");

    age(&desk, 15 * 60);
    is(&[(first, "retired"), ("second/key", "signing")]);
    let new = sign();
    for token in [&old, &new] {
        verify(token).succeeded();
    }
    let export = desk.air(&["jwks", "export", "--key", "keys"]).succeeded().json();
    assert_eq!(kids(&export), [first, "second/key"]);

    age(&desk, 15 * 60);
    is(&[(first, "removed"), ("second/key", "signing")]);
    verify(&old).failed_with(4, "no key");
    verify(&new).succeeded();

    let third = desk.air(&["keys", "rotate", "--json"]).succeeded().json();
    assert_eq!(third["destroyed"], serde_json::json!([first]));
    assert!(!desk.path(&format!("keys/{first}.pem")).exists());
    let named = [
        "token",
        "sign",
        "--key",
        "keys",
        "--kid",
        first,
        "--partner-id",
        PARTNER,
        "--scope",
        "issue",
    ];
    desk.air(&named).failed_with(2, "a folder's timetable says");
    desk.air(&["jwks", "export", "--key", "keys", "--kid", "x"])
        .failed_with(2, "stands alone");
    server.interrupt();
}

#[test]
fn a_compromised_key_is_replaced_at_once() {
    let desk = Desk::new();
    desk.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let old = phases(&desk)[0].0.clone();
    let told = desk.air(&["keys", "rotate", "--compromised"]).succeeded();
    assert!(
        told.text().contains("Destroyed the private half"),
        "{}",
        told.text()
    );
    let now = phases(&desk);
    assert_eq!(now.len(), 1);
    assert_ne!(now[0].0, old);
    assert_eq!(now[0].1, "signing");
}

#[test]
fn a_spoiled_folder_is_told_and_leads_nowhere_else() {
    let desk = Desk::new();
    desk.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let honest = String::from_utf8(desk.read("keys/timetable.json")).unwrap();
    let kid = phases(&desk)[0].0.clone();
    desk.write("keys/timetable.json", "{");
    desk.air(&["keys", "list"]).failed_with(3, "timetable.json");
    desk.write(
        "keys/timetable.json",
        honest.replace(&format!("{kid}.pem"), "../other.pem"),
    );
    desk.air(&["keys", "list"]).failed_with(3, "is no file's name");
    desk.write("keys/timetable.json", &honest);
    std::fs::remove_file(desk.path(&format!("keys/{kid}.pem"))).unwrap();
    desk.air(&["jwks", "export", "--key", "keys"])
        .failed_with(1, "can't be read");
}
