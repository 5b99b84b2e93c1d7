//! Profiles: `air init`, `air use`, `air sandbox env`, seeds that are repeated, and the rule that
//! URL and credentials have one source.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::{TestEnv, binary, example, server::Server};

/// The example's seed, with a JWKS URL at which nothing listens.
fn seed() -> Value {
    let mut seed: Value = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    seed["partner"]["jwksUrl"] = "http://127.0.0.1:1/jwks.json".into();
    seed
}

fn start(desk: &TestEnv, more: &[&str]) -> Server {
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
    Server::start(&desk.path(""), &[&up[..], more].concat())
}

/// A platform in memory that was seeded with the example.
fn seeded(desk: &TestEnv) -> Server {
    desk.write("seed.json", seed().to_string());
    start(desk, &[])
}

#[test]
fn a_profile_from_the_sandbox_is_all_that_later_commands_need() {
    let desk = TestEnv::new();
    let platform = seeded(&desk);
    let ids = &platform.ready["seeded"];
    let init = ["init", "--from-sandbox", "--url", platform.url(), "--json"];
    let made = desk.air(&init).succeeded().json();
    assert_eq!(made["profile"], "local");
    assert_eq!(
        (&made["partnerId"], &made["issuer"]),
        (&ids["partnerId"], &ids["issuerDid"])
    );
    assert_eq!(made["programs"], ids["programs"]);
    assert_eq!(made["verificationPrograms"], ids["verificationPrograms"]);
    assert_eq!(desk.names(), ["air.toml", "partner-key.pem", "seed.json"]);

    let subject = example("subject.json");
    let issue = [
        "issue",
        "--program",
        "kyc",
        "--on-behalf",
        "ada@example.com",
        &subject,
        "--json",
    ];
    let issued = desk.air(&issue).succeeded().json();
    let hash = issued["coreClaimHash"].as_str().unwrap();
    desk.air(&["status", "--wait", hash]).succeeded();
    // The profile has one program, so it is the default.
    desk.air(&["issue", "--on-behalf", "bob@example.com", &subject])
        .succeeded();
    desk.write("people.ndjson", format!(
        "{}\n",
        json!({
            "email": "eve@example.com",
            "credentialSubject": serde_json::from_slice::<Value>(&std::fs::read(&subject).unwrap()).unwrap(),
        })
    ));
    desk.air(&["bulk", "--program", "kyc", "people.ndjson"])
        .succeeded();
    desk.write("wallet", "11".repeat(32));
    let holder = ["--email", "ada@example.com", "--wallet-key-file", "wallet"];
    let present = desk
        .air(&[&["issue", &subject, "--json"][..], &holder].concat())
        .succeeded()
        .json();
    desk.air(&["status", "--wait", present["coreClaimHash"].as_str().unwrap()])
        .succeeded();
    desk.air(&[&["verify", "--program", "adult", "--agree"][..], &holder].concat())
        .succeeded();
    desk.air(&["revoke", hash]).succeeded();
    desk.air(&["doctor", "--program", "kyc"]).succeeded();
    let schema = example("schema.json");
    desk.air(&["schema", "publish", &schema]).succeeded();

    desk.air(&[
        "issue",
        "--program",
        "kyk",
        "--on-behalf",
        "ada@example.com",
        &subject,
    ])
    .failed_with(2, "the names are: kyc");
    desk.air(&init).failed_with(1, "has a profile `local` already");
    desk.air(&[&init[..], &["--force"]].concat()).succeeded();
    desk.air(&["issue", "--on-behalf", "dan@example.com", &subject])
        .succeeded();
}

#[test]
fn a_seed_is_applied_at_every_start_and_the_ready_line_has_the_same_ids() {
    let desk = TestEnv::new();
    desk.write("seed.json", seed().to_string());
    let first = start(&desk, &["--data", "data"]);
    let ids = first.ready["seeded"].clone();
    assert!(ids["programs"]["kyc"].is_string());
    let apply = ["sandbox", "seed", "seed.json", "--url", first.url()];
    assert_eq!(desk.air(&apply).succeeded().json(), ids);
    let mut changed = seed();
    changed["programs"][0]["expiration"] = "30d".into();
    desk.write("changed.json", changed.to_string());
    let refused = desk.air(&["sandbox", "seed", "changed.json", "--url", first.url(), "--json"]);
    refused.failed_with(
        3,
        "changed.json: `kyc`: the program exists, and the seed differs from it",
    );
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`expiration` is 365d, not 30d"), "{message}");
    first.interrupt();

    let again = start(&desk, &["--data", "data"]);
    assert_eq!(again.ready["seeded"], ids);
    again.interrupt();
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--seed",
        "changed.json",
    ];
    desk.air(&up)
        .failed_with(3, "changed.json: `kyc`: the program exists");
}

#[test]
fn the_environment_of_a_seeded_platform_serves_later_commands() {
    let desk = TestEnv::new();
    let platform = seeded(&desk);
    let ids = &platform.ready["seeded"];
    let env = ["sandbox", "env", "--url", platform.url()];
    let exports = desk.air(&env).succeeded();
    let id = |pointer: &str| ids.pointer(pointer).and_then(Value::as_str).unwrap();
    let (kyc, adult) = (id("/programs/kyc"), id("/verificationPrograms/adult"));
    let expected = [
        format!("export AIR_URL={}", platform.url()),
        format!("export AIR_PARTNER_ID={}", id("/partnerId")),
        format!("export AIR_ISSUER={}", id("/issuerDid")),
        format!("export AIR_PROGRAM={kyc}"),
        format!("export AIR_PROGRAMS=kyc={kyc}"),
        format!("export AIR_VERIFICATION_PROGRAM={adult}"),
        format!("export AIR_VERIFICATION_PROGRAMS=adult={adult}"),
    ];
    assert_eq!(exports.text().lines().collect::<Vec<_>>(), expected);
    let document = desk.air(&[&env[..], &["--json"]].concat()).succeeded().json();
    assert_eq!(document["verifierDid"], ids["verifierDid"]);
    assert_eq!(document["partner"], "Zenith Identity");

    // A shell reads them, and `air issue` needs nothing but a key that the platform knows.
    let init = [
        "init",
        "--from-sandbox",
        "--url",
        platform.url(),
        "--key",
        "key.pem",
    ];
    desk.air(&init).succeeded();
    std::fs::remove_file(desk.path("air.toml")).unwrap();
    desk.write("env.sh", exports.stdout);
    let script = format!(
        ". ./env.sh && AIR_KEY=key.pem '{}' issue --program kyc --on-behalf ada@example.com '{}'",
        binary().display(),
        example("subject.json")
    );
    let ran = Command::new("sh")
        .args(["-c", &script])
        .current_dir(desk.path(""))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");

    let mut other = seed();
    other["partner"]["name"] = "Other".into();
    desk.write("other.json", other.to_string());
    desk.air(&["sandbox", "seed", "other.json", "--url", platform.url()])
        .succeeded();
    desk.air(&env).failed_with(2, "2 partners were seeded");
    let chosen = desk
        .air(&[&env[..], &["--partner", "Other", "--json"]].concat())
        .succeeded();
    assert_eq!(chosen.json()["partner"], "Other");
    desk.air(&[&env[..], &["--partner", "Nobody"]].concat())
        .failed_with(1, "no partner with this name");
    let hosted = desk.air(&["sandbox", "env", "--url", "production", "--json"]);
    hosted.failed_with(2, "the hosted platforms are not seeded");
    assert_eq!(hosted.json()["error"]["code"], "wrongUsage");
}

#[test]
fn an_unseeded_platform_leaves_no_profile_and_no_key() {
    let desk = TestEnv::new();
    let platform = Server::start(&desk.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
    for url in [platform.url(), "http://127.0.0.1:1", "sandbox"] {
        let refused = desk.air(&["init", "--from-sandbox", "--url", url]);
        assert_ne!(refused.code, 0, "{refused:?}");
    }
    assert!(desk.names().is_empty(), "{:?}", desk.names());
}

#[test]
fn profiles_are_made_by_hand_selected_and_kept_with_their_comments() {
    let desk = TestEnv::new();
    let init = [
        "init",
        "production",
        "--url",
        "production",
        "--partner-id",
        "p1",
        "--issuer",
        "did:example:i",
        "--program",
        "kyc=c21s70g0i54sn0023172Cv",
        "--json",
    ];
    let made = desk.air(&init).succeeded().json();
    assert_eq!(
        (&made["url"], &made["isNewKey"]),
        (&json!("production"), &json!(true))
    );
    let second = desk
        .air(&["init", "test", "--url", "http://127.0.0.1:1", "--json"])
        .succeeded()
        .json();
    assert_eq!(second["isNewKey"], false, "the key is the folder's");
    let text = String::from_utf8(desk.read("air.toml")).unwrap();
    assert!(text.starts_with("# Profiles of `air`"), "{text}");
    assert!(text.contains("use = \"test\""), "{text}");
    desk.write(
        "air.toml",
        text.replace("[profiles.test]", "# Ours.\n[profiles.test]"),
    );

    let used = desk.air(&["use", "production", "--json"]).succeeded().json();
    assert_eq!(
        used,
        json!({ "file": "air.toml", "profile": "production", "url": "production" })
    );
    let text = String::from_utf8(desk.read("air.toml")).unwrap();
    assert!(
        text.contains("use = \"production\"") && text.contains("# Ours."),
        "{text}"
    );
    desk.air(&["use", "nowhere"])
        .failed_with(1, "air.toml has no profile `nowhere`");
    // The profile of one command.
    desk.air(&["revoke", "--profile", "test", &"00".repeat(32)])
        .failed_with(2, "missing --partner-id: the profile `test`");
    desk.air(&["revoke", "--profile", "a b", &"00".repeat(32)])
        .failed_with(2, "letters, digits");
    let empty = TestEnv::new();
    empty
        .air(&["use", "test"])
        .failed_with(1, "the current folder has no air.toml");
    empty
        .air(&["schema", "search", "--profile", "test"])
        .failed_with(1, "the current folder has no air.toml");
}

/// The URL and the credentials come from the caller, or both come from the profile.
#[test]
fn a_url_and_credentials_from_different_sources_are_refused() {
    let desk = TestEnv::new();
    desk.air(&["init", "--url", "http://127.0.0.1:1", "--partner-id", "p1"])
        .succeeded();
    desk.air(&["keys", "generate", "--out", "other.pem"]).succeeded();
    let hash = "00".repeat(32);
    for option in [["--key", "other.pem"], ["--kid", "k"], ["--partner-id", "p2"]] {
        let refused = desk.air(&[&["revoke", &hash, "--json"][..], &option].concat());
        refused.failed_with(2, "URL and credentials must have the same source");
        assert_eq!(refused.json()["error"]["code"], "wrongUsage");
        assert!(refused.stderr.contains(option[0]), "{}", refused.stderr);
    }
    desk.air(&["events", "list", "--admin-token-file", "other.pem"])
        .failed_with(
            2,
            "--admin-token-file is set, but the URL would come from the profile",
        );
    // A URL of the caller takes nothing from the profile.
    let url = ["revoke", &hash, "--url", "http://127.0.0.1:2"];
    desk.air(&url).failed_with(2, "missing --key");
    desk.air(&[&url[..], &["--key", "other.pem"]].concat())
        .failed_with(2, "missing --partner-id");
    desk.air(&[&url[..], &["--key", "other.pem", "--partner-id", "p2"]].concat())
        .failed_with(5, "failed to connect");
    desk.air(&[&url[..], &["--profile", "local"]].concat())
        .failed_with(2, "exclude each other");
    desk.air(&["revoke", &hash]).failed_with(5, "failed to connect");
    // The profile's own URL is that of its key.
    desk.air(&["revoke", &hash, "--url", "http://127.0.0.1:1/"])
        .failed_with(5, "failed to connect");
}

#[test]
fn the_key_of_a_profile_is_in_its_folder() {
    let (desk, elsewhere) = (TestEnv::new(), TestEnv::new());
    elsewhere
        .air(&["keys", "generate", "--out", "key.pem"])
        .succeeded();
    let outside = elsewhere.path("key.pem").display().to_string();
    let profile = |key: &str| {
        format!("[profiles.a]\nurl = \"http://127.0.0.1:1\"\npartner-id = \"p\"\nkey = \"{key}\"\n")
    };
    let hash = "00".repeat(32);
    let mut keys = vec![outside.clone(), "../key.pem".to_owned()];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(&outside, desk.path("link.pem")).unwrap();
        keys.push("link.pem".to_owned());
        // A folder of keys whose key is a link.
        std::fs::create_dir(desk.path("keys")).unwrap();
        std::os::unix::fs::symlink(&outside, desk.path("keys/k.pem")).unwrap();
        keys.push("keys".to_owned());
    }
    for key in keys {
        desk.write("air.toml", profile(&key));
        desk.air(&["revoke", &hash])
            .failed_with(3, "must be in the folder of air.toml");
        desk.air(&["init", "b", "--key", &key])
            .failed_with(3, "must be in the folder of air.toml");
    }
    desk.write("air.toml", "[profiles.a]\nurl = 1\n");
    desk.air(&["revoke", &hash]).failed_with(3, "air.toml: ");
    // A file of a parent folder is not read.
    std::fs::create_dir(desk.path("below")).unwrap();
    let ran = Command::new(binary())
        .args(["revoke", &hash])
        .current_dir(desk.path("below"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("missing --key"),
        "{ran:?}"
    );
}
