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

fn start(env: &TestEnv, more: &[&str]) -> Server {
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
    Server::start(&env.path(""), &[&up[..], more].concat())
}

/// A platform in memory that was seeded with the example.
fn seeded(env: &TestEnv) -> Server {
    env.write("seed.json", seed().to_string());
    start(env, &[])
}

#[test]
fn a_profile_from_the_sandbox_is_all_that_later_commands_need() {
    let env = TestEnv::new();
    let platform = seeded(&env);
    let ids = &platform.ready["seeded"];
    let init = ["init", "--from-sandbox", "--url", platform.url(), "--json"];
    let made = env.air(&init).succeeded().json();
    assert_eq!(made["profile"], "local");
    assert_eq!(
        (&made["partnerId"], &made["issuer"]),
        (&ids["partnerId"], &ids["issuerDid"])
    );
    assert_eq!(made["programs"], ids["programs"]);
    assert_eq!(made["verificationPrograms"], ids["verificationPrograms"]);
    assert_eq!(env.names(), ["air.toml", "partner-key.pem", "seed.json"]);

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
    let issued = env.air(&issue).succeeded().json();
    let hash = issued["coreClaimHash"].as_str().unwrap();
    env.air(&["status", "--wait", hash]).succeeded();
    // The profile has one program, so it is the default.
    env.air(&["issue", "--on-behalf", "bob@example.com", &subject])
        .succeeded();
    env.write("people.ndjson", format!(
        "{}\n",
        json!({
            "email": "eve@example.com",
            "credentialSubject": serde_json::from_slice::<Value>(&std::fs::read(&subject).unwrap()).unwrap(),
        })
    ));
    env.air(&["bulk", "--program", "kyc", "people.ndjson"])
        .succeeded();
    env.write("wallet", "11".repeat(32));
    let holder = ["--email", "ada@example.com", "--wallet-key-file", "wallet"];
    let present = env
        .air(&[&["issue", &subject, "--json"][..], &holder].concat())
        .succeeded()
        .json();
    env.air(&["status", "--wait", present["coreClaimHash"].as_str().unwrap()])
        .succeeded();
    env.air(&[&["verify", "--program", "adult", "--agree"][..], &holder].concat())
        .succeeded();
    env.air(&["revoke", hash]).succeeded();
    env.air(&["doctor", "--program", "kyc"]).succeeded();
    let schema = example("schema.json");
    env.air(&["schema", "publish", &schema]).succeeded();

    env.air(&[
        "issue",
        "--program",
        "kyk",
        "--on-behalf",
        "ada@example.com",
        &subject,
    ])
    .failed_with(2, "the names are: kyc");
    env.air(&init).failed_with(1, "has a profile `local` already");
    env.air(&[&init[..], &["--force"]].concat()).succeeded();
    env.air(&["issue", "--on-behalf", "dan@example.com", &subject])
        .succeeded();
}

#[test]
fn a_seed_is_applied_at_every_start_and_the_ready_line_has_the_same_ids() {
    let env = TestEnv::new();
    env.write("seed.json", seed().to_string());
    let first = start(&env, &["--data", "data"]);
    let ids = first.ready["seeded"].clone();
    assert!(ids["programs"]["kyc"].is_string());
    let apply = ["sandbox", "seed", "seed.json", "--url", first.url()];
    assert_eq!(env.air(&apply).succeeded().json(), ids);
    let mut changed = seed();
    changed["programs"][0]["expiration"] = "30d".into();
    env.write("changed.json", changed.to_string());
    let refused = env.air(&["sandbox", "seed", "changed.json", "--url", first.url(), "--json"]);
    refused.failed_with(
        3,
        "changed.json: `kyc`: the program exists, and the seed differs from it",
    );
    let message = refused.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("`expiration` is 365d, not 30d"), "{message}");
    first.interrupt();

    let again = start(&env, &["--data", "data"]);
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
    env.air(&up)
        .failed_with(3, "changed.json: `kyc`: the program exists");
}

#[test]
fn the_environment_of_a_seeded_platform_serves_later_commands() {
    let env = TestEnv::new();
    let platform = seeded(&env);
    let ids = &platform.ready["seeded"];
    let print_env = ["sandbox", "env", "--url", platform.url()];
    let exports = env.air(&print_env).succeeded();
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
    let document = env
        .air(&[&print_env[..], &["--json"]].concat())
        .succeeded()
        .json();
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
    env.air(&init).succeeded();
    std::fs::remove_file(env.path("air.toml")).unwrap();
    env.write("env.sh", exports.stdout);
    let script = format!(
        ". ./env.sh && AIR_KEY=key.pem '{}' issue --program kyc --on-behalf ada@example.com '{}'",
        binary().display(),
        example("subject.json")
    );
    let ran = Command::new("sh")
        .args(["-c", &script])
        .current_dir(env.path(""))
        .output()
        .unwrap();
    assert!(ran.status.success(), "{ran:?}");

    let mut other = seed();
    other["partner"]["name"] = "Other".into();
    env.write("other.json", other.to_string());
    env.air(&["sandbox", "seed", "other.json", "--url", platform.url()])
        .succeeded();
    env.air(&print_env).failed_with(2, "2 partners were seeded");
    let chosen = env
        .air(&[&print_env[..], &["--partner", "Other", "--json"]].concat())
        .succeeded();
    assert_eq!(chosen.json()["partner"], "Other");
    env.air(&[&print_env[..], &["--partner", "Nobody"]].concat())
        .failed_with(1, "no partner with this name");
    let hosted = env.air(&["sandbox", "env", "--url", "production", "--json"]);
    hosted.failed_with(2, "the hosted platforms are not seeded");
    assert_eq!(hosted.json()["error"]["code"], "wrongUsage");
}

#[test]
fn an_unseeded_platform_leaves_no_profile_and_no_key() {
    let env = TestEnv::new();
    let platform = Server::start(&env.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
    for url in [platform.url(), "http://127.0.0.1:1", "sandbox"] {
        let refused = env.air(&["init", "--from-sandbox", "--url", url]);
        assert_ne!(refused.code, 0, "{refused:?}");
    }
    assert!(env.names().is_empty(), "{:?}", env.names());
}

#[test]
fn profiles_are_made_by_hand_selected_and_kept_with_their_comments() {
    let env = TestEnv::new();
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
    let made = env.air(&init).succeeded().json();
    assert_eq!(
        (&made["url"], &made["isNewKey"]),
        (&json!("production"), &json!(true))
    );
    let second = env
        .air(&["init", "test", "--url", "http://127.0.0.1:1", "--json"])
        .succeeded()
        .json();
    assert_eq!(second["isNewKey"], false, "the key is the folder's");
    let text = String::from_utf8(env.read("air.toml")).unwrap();
    assert!(text.starts_with("# Profiles of `air`"), "{text}");
    assert!(text.contains("use = \"test\""), "{text}");
    env.write(
        "air.toml",
        text.replace("[profiles.test]", "# Ours.\n[profiles.test]"),
    );

    let used = env.air(&["use", "production", "--json"]).succeeded().json();
    assert_eq!(
        used,
        json!({ "file": "air.toml", "profile": "production", "url": "production" })
    );
    let text = String::from_utf8(env.read("air.toml")).unwrap();
    assert!(
        text.contains("use = \"production\"") && text.contains("# Ours."),
        "{text}"
    );
    env.air(&["use", "nowhere"])
        .failed_with(1, "air.toml has no profile `nowhere`");
    // The profile of one command.
    env.air(&["revoke", "--profile", "test", &"00".repeat(32)])
        .failed_with(2, "missing --partner-id: the profile `test`");
    env.air(&["revoke", "--profile", "a b", &"00".repeat(32)])
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
    let env = TestEnv::new();
    env.air(&["init", "--url", "http://127.0.0.1:1", "--partner-id", "p1"])
        .succeeded();
    env.air(&["keys", "generate", "--out", "other.pem"]).succeeded();
    let hash = "00".repeat(32);
    for option in [["--key", "other.pem"], ["--kid", "k"], ["--partner-id", "p2"]] {
        let refused = env.air(&[&["revoke", &hash, "--json"][..], &option].concat());
        refused.failed_with(2, "URL and credentials must have the same source");
        assert_eq!(refused.json()["error"]["code"], "wrongUsage");
        assert!(refused.stderr.contains(option[0]), "{}", refused.stderr);
    }
    env.air(&["events", "list", "--admin-token-file", "other.pem"])
        .failed_with(
            2,
            "--admin-token-file is set, but the URL would come from the profile",
        );
    // A URL of the caller takes nothing from the profile.
    let url = ["revoke", &hash, "--url", "http://127.0.0.1:2"];
    env.air(&url).failed_with(2, "missing --key");
    env.air(&[&url[..], &["--key", "other.pem"]].concat())
        .failed_with(2, "missing --partner-id");
    env.air(&[&url[..], &["--key", "other.pem", "--partner-id", "p2"]].concat())
        .failed_with(5, "failed to connect");
    env.air(&[&url[..], &["--profile", "local"]].concat())
        .failed_with(2, "exclude each other");
    env.air(&["revoke", &hash]).failed_with(5, "failed to connect");
    // The profile's own URL is that of its key.
    env.air(&["revoke", &hash, "--url", "http://127.0.0.1:1/"])
        .failed_with(5, "failed to connect");
}

#[test]
fn the_key_of_a_profile_is_in_its_folder() {
    let (env, elsewhere) = (TestEnv::new(), TestEnv::new());
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
        std::os::unix::fs::symlink(&outside, env.path("link.pem")).unwrap();
        keys.push("link.pem".to_owned());
        // A folder of keys whose key is a link.
        std::fs::create_dir(env.path("keys")).unwrap();
        std::os::unix::fs::symlink(&outside, env.path("keys/k.pem")).unwrap();
        keys.push("keys".to_owned());
    }
    for key in keys {
        env.write("air.toml", profile(&key));
        env.air(&["revoke", &hash])
            .failed_with(3, "must be in the folder of air.toml");
        env.air(&["init", "b", "--key", &key])
            .failed_with(3, "must be in the folder of air.toml");
    }
    env.write("air.toml", "[profiles.a]\nurl = 1\n");
    env.air(&["revoke", &hash]).failed_with(3, "air.toml: ");
    // A file of a parent folder is not read.
    std::fs::create_dir(env.path("below")).unwrap();
    let ran = Command::new(binary())
        .args(["revoke", &hash])
        .current_dir(env.path("below"))
        .output()
        .unwrap();
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("missing --key"),
        "{ran:?}"
    );
}
