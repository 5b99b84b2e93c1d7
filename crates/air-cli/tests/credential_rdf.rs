//! W3C credentials with proofs over RDF, through the program `air-ssi`: a stand-in that breaks the protocol,
//! and the real one.

use std::{ffi::OsString, os::unix::fs::symlink};

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, example, web::Web};

const ISSUER: &str = "did:web:issuer.example";
const CONTEXT_URL: &str = "https://issuer.example/kyc.jsonld";
const CONTEXT: &str = "https://issuer.example/kyc.jsonld=kyc.jsonld";
const SECRET: &str = "0707070707070707070707070707070707070707070707070707070707070707";
const DAY: u64 = 24 * 60 * 60;

/// A folder with a schema's context, a subject, and keys.
fn test_env() -> TestEnv {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "issuer.pem", "--kid", "key-1"])
        .succeeded();
    let set = env
        .air(&["jwks", "export", "--key", "issuer.pem", "--kid", "key-1"])
        .succeeded();
    env.write("jwks.json", &set.stdout);
    env.write("secret.hex", SECRET);
    let schema = example("schema.json");
    let context = env
        .air(&[
            "schema",
            "show",
            "--format",
            "context",
            "--context-uri",
            CONTEXT_URL,
            &schema,
        ])
        .succeeded();
    env.write("kyc.jsonld", &context.stdout);
    env
}

/// Puts a stand-in for `air-ssi` in the folder.
fn stand_in(env: &TestEnv, behaviour: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/helper.sh");
    let link = env.path("air-ssi");
    if !link.exists() {
        symlink(script, &link).unwrap();
    }
    env.write("behaviour", behaviour);
}

fn with_stand_in(env: &TestEnv, arguments: &[&str], stdin: impl Into<Vec<u8>>) -> Run {
    env.air_in(("AIR_SSI", env.path("air-ssi")), arguments, stdin)
}

/// The command that the stand-in got, if it writes it to this file.
fn recorded(env: &TestEnv) -> Value {
    serde_json::from_slice(&env.read("command.json")).unwrap()
}

const RECORD: &str = r#"cat > "$folder/command.json""#;

fn issue<'a>(options: &[&'a str], subject: &'a str) -> Vec<&'a str> {
    let issue = ["credential", "issue", "--issuer", ISSUER, "--vct", "KycIdentity"];
    [&issue[..], options, &["--context", CONTEXT, subject]].concat()
}

const BBS: [&str; 6] = ["--format", "w3c-bbs", "--key", "secret.hex", "--kid", "bbs-1"];

fn verify<'a>(options: &[&'a str]) -> Vec<&'a str> {
    let verify = ["credential", "verify", "--issuer", ISSUER, "--context", CONTEXT];
    [&verify[..], options, &["-"]].concat()
}

fn signed(suite: &str) -> String {
    json!({ "issuer": ISSUER, "proof": { "cryptosuite": suite } }).to_string()
}

#[test]
fn without_the_program_the_error_says_how_to_install_it() {
    let env = test_env();
    let subject = example("subject.json");
    let install = "cargo install --path crates/air-ssi";
    let run = env.air_in(("PATH", ""), &issue(&BBS, &subject), "");
    run.failed_with(1, "the program air-ssi is not installed");
    assert!(run.stderr.contains(install), "{}", run.stderr);
    let run = env.air_in(("AIR_SSI", "nowhere"), &issue(&BBS, &subject), "");
    run.failed_with(1, "AIR_SSI names no file: nowhere");
    assert!(run.stderr.contains(install), "{}", run.stderr);
}

#[test]
fn the_program_is_found_on_the_path() {
    let env = test_env();
    stand_in(
        &env,
        r#"cat > /dev/null; echo '{"protocol":1,"credential":{"a":1},"publicKeyMultibase":"zUC7"}'"#,
    );
    let mut path = OsString::from(env.path(""));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let subject = example("subject.json");
    let run = env.air_in(("PATH", path), &issue(&BBS, &subject), "");
    assert_eq!(run.succeeded().text(), r#"{"a":1}"#);
}

#[test]
fn a_program_that_breaks_the_protocol_is_an_error() {
    let env = test_env();
    let subject = example("subject.json");
    for (behaviour, reason) in [
        ("cat > /dev/null", "gave no answer"),
        ("echo Segmentation fault", "did not answer with a JSON object"),
        ("cat /dev/zero", "wrote more than 4 MiB"),
        (r#"echo '{"credential":{}}'"#, "is another version"),
        (r#"echo '{"protocol":2,"credential":{}}'"#, "is another version"),
        (
            r#"echo '{"protocol":1,"credential":"x"}'"#,
            "gave an unexpected answer",
        ),
    ] {
        stand_in(&env, behaviour);
        let run = with_stand_in(&env, &issue(&BBS, &subject), "");
        run.failed_with(1, reason);
        assert!(run.stdout.is_empty(), "{behaviour}");
    }
    stand_in(
        &env,
        r#"echo '{"protocol":1,"error":{"message":"too large"}}'; exit 3"#,
    );
    with_stand_in(&env, &issue(&BBS, &subject), "").failed_with(3, "too large");
    // Only an answer that agrees with its exit code is one.
    stand_in(
        &env,
        r#"echo '{"protocol":1,"valid":true,"claims":{},"checks":[],"links":[]}'; exit 1"#,
    );
    let document = ["--issuer-jwks", "jwks.json"];
    with_stand_in(&env, &verify(&document), signed("bbs-2023")).failed_with(1, "gave an unexpected answer");
}

#[test]
fn the_key_is_sent_on_stdin_and_dates_of_bbs_are_whole_days() {
    let env = test_env();
    let subject = example("subject.json");
    stand_in(&env, RECORD);
    let options = [&BBS[..], &["--expires-in", "60"]].concat();
    with_stand_in(&env, &issue(&options, &subject), "").failed_with(1, "gave no answer");
    let command = recorded(&env);
    assert_eq!(command["suite"], "bbs-2023");
    assert_eq!(command["key"], SECRET);
    assert_eq!(command["verificationMethod"], "did:web:issuer.example#bbs-1");
    assert_eq!(command["context"], json!([CONTEXT_URL]));
    assert!(command["contexts"][CONTEXT_URL]["@context"].is_array());
    let (from, until) = (&command["validFrom"], &command["validUntil"]);
    assert_eq!(from.as_u64().unwrap() % DAY, 0);
    assert_eq!(until.as_u64().unwrap() % DAY, 0);
    assert!(from.as_u64() < until.as_u64());

    let options = ["--format", "w3c-rdfc", "--key", "issuer.pem", "--kid", "key-1"];
    with_stand_in(&env, &issue(&options, &subject), "").failed_with(1, "gave no answer");
    let command = recorded(&env);
    assert_eq!(command["suite"], "ecdsa-rdfc-2019");
    let key = command["key"].as_str().unwrap();
    assert!(key.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert_eq!(command["validUntil"], Value::Null);

    let options = ["--format", "w3c-bbs", "--key", "issuer.pem", "--kid", "key-1"];
    with_stand_in(&env, &issue(&options, &subject), "").failed_with(3, "must be 64 hex digits");
}

#[test]
fn keys_on_p256_come_from_the_set_of_the_issuer() {
    let env = test_env();
    stand_in(&env, RECORD);
    let options = ["--issuer-jwks", "jwks.json", "--vct", "KycIdentity", "--at", "7"];
    with_stand_in(&env, &verify(&options), signed("ecdsa-sd-2023")).failed_with(1, "gave no answer");
    let command = recorded(&env);
    let key = command["keys"]["did:web:issuer.example#key-1"].as_str();
    assert!(key.is_some_and(|key| key.starts_with("zDn")), "{command}");
    assert_eq!(command["types"], json!(["KycIdentity"]));
    assert_eq!(command["suites"], json!(["ecdsa-sd-2023"]));
    assert_eq!(command["at"], 7);
}

#[test]
fn the_report_is_printed_as_that_of_other_formats() {
    let env = test_env();
    let options = ["--issuer-jwks", "jwks.json"];
    stand_in(
        &env,
        r#"cat > /dev/null; echo '{"protocol":1,"valid":true,"claims":{"a":1},"checks":[],"links":["status"]}'"#,
    );
    let accepted = with_stand_in(&env, &verify(&options), signed("bbs-2023")).succeeded();
    assert_eq!(
        accepted.json(),
        json!({ "valid": true, "claims": { "a": 1 }, "checks": [], "linkable": true, "links": ["status"] })
    );
    stand_in(
        &env,
        r#"cat > /dev/null
echo '{"protocol":1,"valid":false,"reason":"revoked","checks":[{"check":"status","outcome":"failed"}]}'
exit 4"#,
    );
    let refused = with_stand_in(&env, &verify(&options), signed("bbs-2023"));
    refused.failed_with(4, "credential refused: revoked");
    let report = refused.json();
    assert_eq!(report["failed"], "status");
    assert_eq!(report["reason"], "revoked");
    // The list is known, so the remedy is not to skip it.
    assert!(!refused.stderr.contains("--no-status"));
}

#[test]
fn the_entry_of_a_status_list_is_sent() {
    let env = test_env();
    let subject = example("subject.json");
    stand_in(&env, RECORD);
    let options = [
        &BBS[..],
        &[
            "--status-uri",
            "https://issuer.example/status/1",
            "--status-index",
            "7",
        ],
    ]
    .concat();
    with_stand_in(&env, &issue(&options, &subject), "").failed_with(1, "gave no answer");
    assert_eq!(
        recorded(&env)["statuses"],
        json!([{ "list": "https://issuer.example/status/1", "index": 7 }])
    );
    with_stand_in(&env, &issue(&BBS, &subject), "").failed_with(1, "gave no answer");
    assert_eq!(recorded(&env).get("statuses"), None);
}

/// The program names the lists of a credential whose proof is valid, and gets them with a second command.
#[test]
fn a_named_status_list_is_fetched_and_passed() {
    let env = test_env();
    let web = Web::start();
    let url = web.url("/status/1");
    let with_status = json!({
        "issuer": ISSUER,
        "credentialStatus": { "type": "BitstringStatusListEntry" },
        "proof": { "cryptosuite": "ecdsa-sd-2023" },
    })
    .to_string();
    let unknown = json!({
        "protocol": 1,
        "valid": false,
        "reason": "unknown",
        "checks": [{ "check": "status", "outcome": "failed" }],
        "statusLists": [url],
    });
    let valid = json!({ "protocol": 1, "valid": true, "claims": {}, "checks": [], "links": ["status"] });
    stand_in(
        &env,
        &format!(
            "{RECORD}\nif grep -q the-list \"$folder/command.json\"\nthen echo '{valid}'\nelse echo '{unknown}'; exit 4\nfi"
        ),
    );
    let options = ["--issuer-jwks", "jwks.json"];
    let run = |options: &[&str]| with_stand_in(&env, &verify(options), with_status.as_str());
    let refused = run(&options);
    refused.failed_with(5, "failed to fetch the status list");
    assert_eq!(refused.json()["failed"], "status");
    assert!(refused.stderr.contains("--status-list"), "{}", refused.stderr);

    web.put("/status/1", "the-list");
    run(&options).succeeded();
    let command = recorded(&env);
    assert_eq!(command["statusLists"], json!(["the-list"]));
    assert_eq!(command["issuerJwks"]["keys"][0]["kid"], "key-1");

    env.write("other.jwt", "another list");
    let options = [&options[..], &["--status-list", "other.jwt"]].concat();
    run(&options).failed_with(4, "credential refused: unknown");
    assert_eq!(recorded(&env)["statusLists"], json!(["another list"]));
}

#[test]
fn options_of_other_formats_are_wrong_usage() {
    let env = test_env();
    let subject = example("subject.json");
    let pem = ["--key", "issuer.pem", "--kid", "key-1"];
    let without_context = ["credential", "issue", "--issuer", ISSUER, "--vct", "x"];
    for (options, reason) in [
        (&["--suite", "ecdsa-sd-2023"][..], "--suite is only for w3c-rdfc"),
        (&["--context", CONTEXT], "--context is only for w3c-rdfc"),
        (
            &["--format", "w3c-bbs", "--decoys", "1"],
            "--decoys is only for SD-JWT VC",
        ),
        (
            &["--format", "w3c-bbs", "--suite", "ecdsa-sd-2023"],
            "--suite is only for w3c-rdfc",
        ),
    ] {
        let arguments = [&without_context[..], &pem, options, &[subject.as_str()]].concat();
        env.air(&arguments).failed_with(2, reason);
    }
    let nonce = ["--nonce", "n", "--aud", "a"];
    env.air_with(&verify(&nonce), signed("bbs-2023"))
        .failed_with(2, "--nonce is only for SD-JWT VC");
    let rdfc = ["--format", "w3c-rdfc"];
    env.air_with(&verify(&rdfc), signed("bbs-2023"))
        .failed_with(3, "another format than --format");
    env.air_with(&verify(&rdfc), "e30.e30.e30")
        .failed_with(3, "it has no proof over RDF");
}

/// The issuer's DID document, with the key of a credential and the key that signs its list.
fn document_with_two_keys(issued: &Value, list_key: &Value) -> Value {
    let method = &issued["verificationMethod"];
    json!({
        "id": ISSUER,
        "verificationMethod": [
            {
                "id": method,
                "type": "Multikey",
                "controller": ISSUER,
                "publicKeyMultibase": issued["publicKeyMultibase"],
            },
            {
                "id": format!("{ISSUER}#list-1"),
                "type": "JsonWebKey",
                "controller": ISSUER,
                "publicKeyJwk": list_key,
            },
        ],
        "assertionMethod": [method, format!("{ISSUER}#list-1")],
    })
}

/// A credential of each suite is refused once its list, which an issuer's other key signs, is published.
#[test]
#[ignore = "needs air-ssi: cargo xtask ssi builds it and sets AIR_SSI"]
fn each_suite_is_revoked_by_a_list() {
    let program = std::env::var_os("AIR_SSI").unwrap();
    let env = test_env();
    let subject = example("subject.json");
    let air = |arguments: &[&str], stdin: &str| env.air_in(("AIR_SSI", &program), arguments, stdin);
    let url = "https://issuer.example/status/1";
    let list = ["--list", "list.json"];
    air(
        &[
            "status",
            "list",
            "new",
            "--uri",
            url,
            "--bits",
            "1",
            "--out",
            "list.json",
        ],
        "",
    )
    .succeeded();
    let publish = || {
        let publish = [
            "status",
            "list",
            "publish",
            "--format",
            "bitstring",
            "--issuer",
            ISSUER,
        ];
        let key = [
            "--key",
            "issuer.pem",
            "--kid",
            "list-1",
            "--force",
            "--out",
            "list.jwt",
        ];
        air(&[&publish[..], &list, &key].concat(), "").succeeded();
    };
    let jwk = env
        .air(&["jwks", "export", "--key", "issuer.pem", "--kid", "list-1"])
        .succeeded()
        .json()["keys"][0]
        .clone();
    for (format, suite, key) in [
        ("w3c-rdfc", "ecdsa-rdfc-2019", "issuer.pem"),
        ("w3c-rdfc", "eddsa-rdfc-2022", "secret.hex"),
        ("w3c-rdfc", "ecdsa-sd-2023", "issuer.pem"),
        ("w3c-bbs", "bbs-2023", "secret.hex"),
    ] {
        let index = air(&[&["status", "list", "allocate"], &list[..]].concat(), "").succeeded();
        let mut options = vec!["--json", "--format", format, "--key", key, "--kid", "key-1"];
        options.extend(["--status-uri", url, "--status-index", index.text()]);
        if format == "w3c-rdfc" {
            options.extend(["--suite", suite]);
        }
        let issued = air(&issue(&options, &subject), "").succeeded().json();
        env.write("did.json", document_with_two_keys(&issued, &jwk).to_string());
        let document = ["--issuer-document", "did.json"];
        let credential = issued["credential"].as_str().unwrap();
        let shown = if matches!(suite, "ecdsa-sd-2023" | "bbs-2023") {
            let present = ["credential", "present", "--json", "--disclose", "isOver18"];
            let present = [&present[..], &document, &["--context", CONTEXT, "-"]].concat();
            let presented = air(&present, credential).succeeded().json();
            assert_eq!(presented["linkable"], true, "{suite}: {presented}");
            presented["presentation"].as_str().unwrap().to_owned()
        } else {
            credential.to_owned()
        };
        let checked = [&document[..], &["--status-list", "list.jwt"]].concat();
        publish();
        air(&verify(&checked), &shown).succeeded();
        let revoke = [
            "status",
            "list",
            "set",
            "--list",
            "list.json",
            index.text(),
            "invalid",
        ];
        air(&revoke, "").succeeded();
        publish();
        air(&verify(&checked), &shown).failed_with(4, "revoked");
        let skipped = [&document[..], &["--no-status"]].concat();
        air(&verify(&skipped), &shown).succeeded();
    }
}

/// Issues with each suite, presents and verifies, by commands.
#[test]
#[ignore = "needs air-ssi: cargo xtask ssi builds it and sets AIR_SSI"]
fn each_suite_issues_presents_and_verifies() {
    let program = std::env::var_os("AIR_SSI").unwrap();
    let env = test_env();
    let subject = example("subject.json");
    let air = |arguments: &[&str], stdin: &str| env.air_in(("AIR_SSI", &program), arguments, stdin);
    for (format, suite, key, is_selective) in [
        ("w3c-rdfc", "ecdsa-rdfc-2019", "issuer.pem", false),
        ("w3c-rdfc", "eddsa-rdfc-2022", "secret.hex", false),
        ("w3c-rdfc", "ecdsa-sd-2023", "issuer.pem", true),
        ("w3c-bbs", "bbs-2023", "secret.hex", true),
    ] {
        let mut options = vec!["--json", "--format", format, "--key", key, "--kid", "key-1"];
        if format == "w3c-rdfc" {
            options.extend(["--suite", suite]);
        }
        let issued = air(&issue(&options, &subject), "").succeeded().json();
        let credential = issued["credential"].as_str().unwrap();
        let method = &issued["verificationMethod"];
        let document = json!({
            "id": ISSUER,
            "verificationMethod": [{
                "id": method,
                "type": "Multikey",
                "controller": ISSUER,
                "publicKeyMultibase": issued["publicKeyMultibase"],
            }],
            "assertionMethod": [method],
        });
        env.write("did.json", document.to_string());
        let document = ["--issuer-document", "did.json"];

        let present = ["credential", "present", "--json", "--disclose", "isOver18"];
        let present = [&present[..], &document, &["--context", CONTEXT, "-"]].concat();
        let presented = air(&present, credential);
        let shown = if is_selective {
            let presented = presented.succeeded().json();
            assert_eq!(presented["linkable"], suite != "bbs-2023", "{suite}: {presented}");
            presented["presentation"].as_str().unwrap().to_owned()
        } else {
            presented.failed_with(3, "shows all its claims");
            credential.to_owned()
        };

        let options = [&document[..], &["--vct", "KycIdentity", "--require", "isOver18"]].concat();
        let verified = air(&verify(&options), &shown).succeeded().json();
        assert_eq!(verified["valid"], true, "{suite}");
        let claims = &verified["claims"]["credentialSubject"];
        assert_eq!(claims["isOver18"], true, "{suite}");
        assert_eq!(claims.get("givenName").is_none(), is_selective, "{suite}");
        let changed = shown.replace("\"isOver18\":true", "\"isOver18\":false");
        let refused = air(&verify(&options), &changed);
        assert_eq!(refused.code, 4, "{suite}: {refused:?}");
        assert_eq!(refused.json()["failed"], "signature", "{suite}");
    }
    let bbs = ["--format", "w3c-bbs", "--key", "secret.hex", "--kid", "key-1"];
    let challenged = ["--issuer-document", "did.json", "--challenge", "n-1"];
    let issued = air(&issue(&bbs, &subject), "").succeeded();
    let present = ["credential", "present", "--disclose", "isOver18"];
    let present = [&present[..], &challenged, &["--context", CONTEXT, "-"]].concat();
    let presented = air(&present, issued.text()).succeeded();
    assert!(presented.stderr.contains("unlinkable:"), "{}", presented.stderr);
    air(&verify(&challenged), presented.text()).succeeded();
    let other = ["--issuer-document", "did.json", "--challenge", "n-2"];
    air(&verify(&other), presented.text()).failed_with(4, "was not made for this challenge");
}
