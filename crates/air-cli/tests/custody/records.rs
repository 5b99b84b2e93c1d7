//! Custodians' statements about their partials, and the log of openings.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::dealt;
use crate::support::{Run, TestEnv};

/// Partials of custodians 1 and 2, the first with a purpose.
fn write_partials(env: &TestEnv) {
    for (number, more) in [("1", &["--purpose", "court order 7"][..]), ("2", &[])] {
        let share = format!("share-{number}.json");
        let partial = ["custody", "partial", "--share", &share, "--group", "group.json"];
        let made = env.air(&[&partial[..], more, &["sealed"]].concat()).succeeded();
        env.write(&format!("partial-{number}.json"), made.stdout);
    }
}

fn open(env: &TestEnv, more: &[&str]) -> Run {
    let open = ["custody", "open", "--group", "group.json"];
    let partials = ["--partial", "partial-1.json", "partial-2.json", "sealed", "-"];
    env.air(&[&open[..], more, &partials].concat())
}

fn lines(env: &TestEnv) -> Vec<String> {
    let text = String::from_utf8(env.read("log")).unwrap();
    assert!(text.ends_with('\n'));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_partial_carries_a_signed_statement_only_with_a_purpose() {
    let env = dealt();
    write_partials(&env);
    let file = |name: &str| -> Value { serde_json::from_slice(&env.read(name)).unwrap() };
    let (stated, plain) = (file("partial-1.json"), file("partial-2.json"));
    assert_eq!(plain.as_object().unwrap().len(), 3);
    let about = &stated["about"];
    assert_eq!(about["purpose"], "court order 7");
    assert!(about["madeAt"].as_u64().unwrap() > 1_700_000_000);
    assert_eq!(
        about["container"],
        hex::encode(Sha256::digest(&env.read("sealed")[..115]))
    );
    assert_eq!(open(&env, &[]).succeeded().stdout, b"the scan");

    let mut changed = stated.clone();
    changed["about"]["purpose"] = json!("curiosity");
    env.write("partial-1.json", changed.to_string());
    open(&env, &[]).failed_with(3, "statement about custodian 1's partial is not signed");
    let mut unknown = stated;
    unknown["about"]["place"] = json!("Turku");
    unknown["remark"] = json!([1]);
    env.write("partial-1.json", unknown.to_string());
    assert_eq!(open(&env, &[]).succeeded().stdout, b"the scan");
    let partial = [
        "custody",
        "partial",
        "--share",
        "share-1.json",
        "--group",
        "group.json",
    ];
    env.air(&[&partial[..], &["--purpose", "", "sealed"]].concat())
        .failed_with(3, "purpose is empty");
}

#[test]
fn each_opening_is_a_record_that_is_chained_to_the_one_before() {
    let env = dealt();
    write_partials(&env);
    env.air(&["keys", "generate", "--kid", "k1", "--out", "key.pem"])
        .succeeded();
    open(&env, &["--log", "log"]).succeeded();
    open(&env, &["--log", "log", "--sign-key", "key.pem"]).succeeded();
    // An opening that fails is no opening.
    let other = ["--log", "log", "--sign-key", "key.pem", "--label", "other"];
    open(&env, &other).failed_with(3, "does not open");
    let lines = lines(&env);
    let parsed: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(parsed.len(), 2);
    assert_eq!(parsed[0]["record"]["previous"], "00".repeat(32));
    assert_eq!(
        parsed[1]["record"]["previous"],
        hex::encode(Sha256::digest(&lines[0]))
    );
    let record = &parsed[1]["record"];
    assert_eq!(record["sequence"], 2);
    assert_eq!(record["sha256"], hex::encode(Sha256::digest(env.read("sealed"))));
    assert_eq!(record["custodians"][0]["purpose"], "court order 7");
    assert_eq!(record["custodians"][1], json!({"index": 2}));
    assert!(parsed[0]["signature"].is_null());

    // The signature is a JWS over the record, by the key.
    let set = env.air(&["jwks", "export", "--key", "key.pem"]).succeeded();
    let keys = air_jwt::JwkSet::from_slice(&set.stdout).unwrap();
    let signature = parsed[1]["signature"].as_str().unwrap();
    let jws = air_jwt::jws::Unverified::parse(signature, 100_000).unwrap();
    assert_eq!(jws.typ(), Some("air-custody-log+jwt"));
    let key = keys.iter().next().unwrap();
    assert_eq!(Value::Object(jws.verify_with(key).unwrap()), *record);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(env.path("log")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    open(&env, &["--sign-key", "key.pem"]).failed_with(2, "--log");
}

#[test]
fn a_log_whose_chain_is_broken_is_kept_and_nothing_is_opened() {
    let env = dealt();
    write_partials(&env);
    for _ in 0..3 {
        open(&env, &["--log", "log"]).succeeded();
    }
    let whole = lines(&env);
    let edited = whole[0].replace("\"openedAt\":1", "\"openedAt\":2");
    assert_ne!(edited, whole[0]);
    for (broken, reason) in [
        (
            format!("{edited}\n{}\n{}\n", whole[1], whole[2]),
            "line 2 does not follow",
        ),
        (format!("{}\n{}\n", whole[0], whole[2]), "line 2 does not follow"),
        (
            format!("{}\n{}\n{}\n", whole[1], whole[0], whole[2]),
            "line 1 does not follow",
        ),
        (
            format!("{}\n{}", whole[0], &whole[1][..40]),
            "line 2 is not a record",
        ),
        ("not a log\n".to_owned(), "line 1 is not a record"),
    ] {
        env.write("log", &broken);
        let run = open(&env, &["--log", "log"]);
        run.failed_with(3, reason);
        assert!(run.stdout.is_empty());
        assert_eq!(env.read("log"), broken.as_bytes());
    }
    let missing = open(&env, &["--log", "absent/log"]);
    missing.failed_with(1, "absent/log: the folder absent does not exist");
    assert!(!missing.stderr.contains("locked"), "{}", missing.stderr);
}

/// The chain alone does not protect the last line.
#[test]
fn a_signed_last_line_can_not_be_changed() {
    let env = dealt();
    write_partials(&env);
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    open(&env, &["--log", "log", "--sign-key", "key.pem"]).succeeded();
    let signed = String::from_utf8(env.read("log")).unwrap();
    let record = signed.replacen("\"openedAt\":1", "\"openedAt\":2", 1);
    assert_ne!(record, signed);
    for more in [&["--log", "log"][..], &["--log", "log", "--sign-key", "key.pem"]] {
        env.write("log", &record);
        open(&env, more).failed_with(3, "the record in line 1 is not the one that was signed");
    }
    // Record and payload agree, but another key signed them under this key's id.
    let mut line: Value = serde_json::from_str(signed.trim_end()).unwrap();
    let kid = jws_of(&signed)["kid"].as_str().unwrap().parse().unwrap();
    line["record"]["openedAt"] = json!(2);
    let forger = air_jwt::SigningKey::generate(&mut rand::rng()).with_kid(kid);
    line["signature"] = json!(air_jwt::jws::sign(
        &forger,
        "air-custody-log+jwt",
        &line["record"]
    ));
    env.write("log", format!("{line}\n"));
    open(&env, &["--log", "log", "--sign-key", "key.pem"])
        .failed_with(3, "the record in line 1 is not the one that was signed");
}

/// The header of the first line's signature.
fn jws_of(log: &str) -> serde_json::Map<String, Value> {
    let line: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    let jws = line["signature"].as_str().unwrap().to_owned();
    air_jwt::jws::Unverified::parse(&jws, 100_000)
        .unwrap()
        .header()
        .clone()
}

#[test]
fn an_opening_reports_its_record_and_replaces_no_container() {
    let env = dealt();
    write_partials(&env);
    let group = ["custody", "open", "--group", "group.json"];
    let partials = ["--partial", "partial-1.json", "partial-2.json", "sealed"];
    let run = env
        .air(&[&group[..], &["--json", "--log", "log"], &partials, &["scan"]].concat())
        .succeeded();
    let report = run.json();
    assert_eq!(
        (&report["out"], &report["log"]["sequence"]),
        (&json!("scan"), &json!(1))
    );
    let line = lines(&env).remove(0);
    assert_eq!(report["log"]["sha256"], hex::encode(Sha256::digest(line)));
    assert!(run.stderr.contains(report["log"]["sha256"].as_str().unwrap()));

    let sealed = env.read("sealed");
    env.air(&[&group[..], &["--force"], &partials, &["./sealed"]].concat())
        .failed_with(2, "the document would replace its container");
    assert_eq!(env.read("sealed"), sealed);
}

fn verify_log(env: &TestEnv, more: &[&str]) -> Run {
    env.air(&[&["custody", "log", "verify", "log"], more].concat())
}

#[test]
fn a_whole_log_is_valid_and_its_last_record_is_named() {
    let env = dealt();
    write_partials(&env);
    open(&env, &["--log", "log"]).succeeded();
    open(&env, &["--log", "log"]).succeeded();
    let report = verify_log(&env, &["--json"]).succeeded().json();
    let last = hex::encode(Sha256::digest(&lines(&env)[1]));
    assert_eq!(
        report,
        json!({ "valid": true, "records": 2, "signed": 0, "signaturesVerified": false, "sha256": last })
    );
    let told = verify_log(&env, &[]).succeeded();
    assert!(
        told.text().contains("none is signed") && told.text().contains(&last),
        "{told:?}"
    );
    env.write("log", "");
    assert_eq!(verify_log(&env, &["--json"]).succeeded().json()["records"], 0);
}

#[test]
fn the_line_that_breaks_a_log_is_named() {
    let env = dealt();
    write_partials(&env);
    for _ in 0..3 {
        open(&env, &["--log", "log"]).succeeded();
    }
    let whole = lines(&env);
    let edited = whole[1].replace("\"openedAt\":1", "\"openedAt\":2");
    for (broken, line, reason) in [
        (
            format!("{}\n{edited}\n{}\n", whole[0], whole[2]),
            3,
            "does not follow",
        ),
        (format!("{}\n{}\n", whole[0], whole[2]), 2, "does not follow"),
        (format!("{}\n{}", whole[0], whole[1]), 2, "is not a record"),
    ] {
        env.write("log", &broken);
        verify_log(&env, &[]).failed_with(3, &format!("line {line} {reason}"));
        let run = verify_log(&env, &["--json"]);
        assert_eq!(
            (run.code, &run.json()["valid"], &run.json()["line"]),
            (3, &json!(false), &json!(line))
        );
    }
}

#[test]
fn with_a_key_each_record_of_a_log_must_be_signed_by_it() {
    let env = dealt();
    write_partials(&env);
    for name in ["key.pem", "other.pem"] {
        env.air(&["keys", "generate", "--out", name]).succeeded();
    }
    for (key, set) in [("key.pem", "jwks.json"), ("other.pem", "others.json")] {
        let exported = env.air(&["jwks", "export", "--key", key]).succeeded();
        env.write(set, exported.stdout);
    }
    let signed = ["--log", "log", "--sign-key", "key.pem"];
    open(&env, &signed).succeeded();
    open(&env, &signed).succeeded();
    for key in ["jwks.json", "key.pem"] {
        let report = verify_log(&env, &["--key", key, "--json"]).succeeded().json();
        assert_eq!(
            (&report["signed"], &report["signaturesVerified"]),
            (&json!(2), &json!(true))
        );
    }
    verify_log(&env, &["--key", "others.json"]).failed_with(3, "line 1 is signed by none of the keys");
    verify_log(&env, &["--key", "others.json", "--key", "jwks.json"]).succeeded();

    // The chain does not protect the last line, the signature does.
    let whole = lines(&env);
    let mut last: Value = serde_json::from_str(&whole[1]).unwrap();
    last["record"]["openedAt"] = json!(2);
    env.write("log", format!("{}\n{last}\n", whole[0]));
    verify_log(&env, &["--key", "jwks.json"])
        .failed_with(3, "the record in line 2 is not the one that was signed");
    last.as_object_mut().unwrap().remove("signature");
    env.write("log", format!("{}\n{last}\n", whole[0]));
    verify_log(&env, &[]).failed_with(3, "line 2 is not signed, but a line before it is");
    verify_log(&env, &["--key", "jwks.json"]).failed_with(3, "line 2 is not signed");
    let stdin = ["custody", "log", "verify", "--key", "-", "-"];
    env.air(&stdin).failed_with(2, "only one of the keys and the log");
}

#[test]
fn no_record_without_a_signature_follows_a_signed_one() {
    let env = dealt();
    write_partials(&env);
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    // Signatures may begin in a log that has none.
    open(&env, &["--log", "log"]).succeeded();
    open(&env, &["--log", "log", "--sign-key", "key.pem"]).succeeded();
    let report = verify_log(&env, &["--json"]).succeeded().json();
    assert_eq!((&report["records"], &report["signed"]), (&json!(2), &json!(1)));

    let before = env.read("log");
    open(&env, &["--log", "log"]).failed_with(2, "log has signed records");
    assert_eq!(env.read("log"), before);

    // A record that somebody without the key appends, with the right chain.
    let signed = lines(&env);
    let mut added: Value = serde_json::from_str(&signed[0]).unwrap();
    added["record"]["sequence"] = json!(3);
    added["record"]["previous"] = json!(hex::encode(Sha256::digest(&signed[1])));
    env.write("log", format!("{}\n{}\n{added}\n", signed[0], signed[1]));
    let run = verify_log(&env, &["--json"]);
    run.failed_with(3, "line 3 is not signed, but a line before it is");
    assert_eq!(
        (&run.json()["valid"], &run.json()["line"]),
        (&json!(false), &json!(3))
    );
    open(&env, &["--log", "log", "--sign-key", "key.pem"]).failed_with(3, "line 3 is not signed");
}

#[test]
fn a_record_with_an_unknown_member_is_rejected() {
    let env = dealt();
    write_partials(&env);
    open(&env, &["--log", "log"]).succeeded();
    let whole: Value = serde_json::from_str(&lines(&env)[0]).unwrap();
    for object in ["", "/record", "/record/custodians/0"] {
        let mut more = whole.clone();
        let members = more.pointer_mut(object).and_then(Value::as_object_mut).unwrap();
        members.insert("more".to_owned(), json!(1));
        env.write("log", format!("{more}\n"));
        verify_log(&env, &[]).failed_with(3, "line 1 is not a record");
    }
    env.write("log", format!("{whole}\n"));
    verify_log(&env, &[]).succeeded();
}
