//! Credentials through the binary: issued, shown, presented, verified, revoked.

use air_ids::UnixTime;
use air_jwt::SigningKey;
use air_vc::{
    Issuer,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListEntry,
        BitstringStatusListOptions, StatusBits, StatusPurpose,
    },
    w3c::{SecuringMechanism, W3cIssueOptions},
};
use serde_json::{Map, Value};

use crate::support::{Run, TestEnv, example, web::Web};

const ISSUER: &str = "https://issuer.example";

/// An environment with an issuer's and a holder's keys and public sets.
fn test_env() -> TestEnv {
    let env = TestEnv::new();
    for (name, kid) in [("issuer", "k1"), ("holder", "h1")] {
        let key = format!("{name}.pem");
        env.air(&["keys", "generate", "--out", &key, "--kid", kid])
            .succeeded();
        let set = env
            .air(&["jwks", "export", "--key", &key, "--kid", kid])
            .succeeded();
        let jwk = set.json()["keys"][0].to_string();
        env.write(&format!("{name}-jwks.json"), &set.stdout);
        env.write(&format!("{name}.jwk"), jwk);
    }
    env.write(
        "subject.json",
        r#"{ "givenName": "Marker", "isOver18": true, "address": { "city": "Utopia", "zip": "77" }, "tags": ["a", "b"] }"#,
    );
    env
}

fn issue(env: &TestEnv, more: &[&str]) -> String {
    issue_as(env, ISSUER, "urn:example:kyc", more)
}

fn issue_as(env: &TestEnv, issuer: &str, vct: &str, more: &[&str]) -> String {
    let issue = ["credential", "issue", "--key", "issuer.pem", "--kid", "k1"];
    let names = ["--issuer", issuer, "--vct", vct];
    let run = env.air(&[&issue[..], &names, more, &["subject.json"]].concat());
    run.succeeded().text().to_owned()
}

fn verify(env: &TestEnv, credential: &str, more: &[&str]) -> Run {
    let verify = [
        "credential",
        "verify",
        "--issuer",
        ISSUER,
        "--issuer-jwks",
        "issuer-jwks.json",
    ];
    env.air_with(&[&verify, more, &["-"]].concat(), credential)
}

fn outcome<'a>(document: &'a Value, check: &str) -> &'a str {
    let checks = document["checks"].as_array().unwrap();
    let found = checks.iter().find(|entry| entry["check"] == check);
    found.unwrap()["outcome"].as_str().unwrap()
}

#[test]
fn a_credential_of_ones_own_verifies_or_says_which_check_failed() {
    let env = test_env();
    let credential = issue(&env, &["--holder", "did:example:ada", "--expires-in", "60"]);
    let verified = verify(&env, &credential, &["--vct", "urn:example:kyc"])
        .succeeded()
        .json();
    assert_eq!(verified["valid"], true);
    let named = ["credential", "show", "subject.json"];
    env.air(&named).failed_with(2, "is a file");
    assert_eq!(verified["claims"]["givenName"], "Marker");
    assert_eq!(verified["claims"]["sub"], "did:example:ada");
    assert_eq!(outcome(&verified, "signature"), "passed");
    assert_eq!(outcome(&verified, "status"), "notNeeded");

    let by_another = issue_as(&env, "https://other.example", "urn:example:kyc", &[]);
    for (credential, arguments, check) in [
        (&by_another, &[][..], "issuer"),
        (&credential, &["--vct", "urn:other"], "type"),
        (&credential, &["--at", "4000000000"], "validity"),
        (&credential, &["--require", "nickname"], "claims"),
        (&credential, &["--nonce", "n", "--aud", "a"], "keyBinding"),
        (&credential.replacen('~', ".~", 1), &[], "format"),
    ] {
        let run = verify(&env, credential, arguments);
        run.failed_with(4, "credential refused");
        let said = run.json();
        assert_eq!(said["valid"], false);
        assert_eq!(said["failed"], check);
        assert_eq!(outcome(&said, check), "failed");
        assert!(!run.stderr.contains("Marker"));
    }
}

#[test]
fn mismatch_6_a_credential_as_json_string_is_verified_as_the_bare_one() {
    let env = test_env();
    let credential = issue(&env, &["--expires-in", "60"]);
    let quoted = Value::from(credential.as_str()).to_string();
    let verified = verify(&env, &quoted, &[]).succeeded().json();
    assert_eq!(verified["claims"]["givenName"], "Marker");
    verify(&env, "\"a.b.c\"", &[]).failed_with(3, "the JSON string is not an SD-JWT VC");
}

#[test]
fn what_is_presented_is_bound_to_the_verifier_that_asked() {
    let env = test_env();
    let credential = issue(&env, &["--holder-jwk", "holder-jwks.json", "--expires-in", "60"]);
    let present = |more: &[&str]| {
        let present = ["credential", "present"];
        env.air_with(&[&present, more, &["-"]].concat(), credential.as_str())
    };
    let binding = ["--nonce", "-n-1", "--aud", "prog-7"];
    let disclosed = ["--disclose", "isOver18,address.city"];
    let holder = ["--holder-key", "holder.pem"];
    let bound = present(&[&disclosed[..], &binding, &holder].concat()).succeeded();
    let verified = verify(&env, bound.text(), &binding).succeeded().json();
    assert_eq!(verified["claims"]["isOver18"], true);
    assert_eq!(
        verified["claims"]["address"],
        serde_json::json!({ "city": "Utopia" })
    );
    assert_eq!(verified["claims"].get("givenName"), None);
    assert_eq!(outcome(&verified, "keyBinding"), "passed");

    verify(&env, bound.text(), &["--nonce", "-n-2", "--aud", "prog-7"]).failed_with(4, "nonce");
    verify(&env, bound.text(), &[]).failed_with(4, "--nonce");
    let unbound = present(&disclosed).succeeded();
    verify(&env, unbound.text(), &binding).failed_with(4, "no key-binding JWT");

    let all = present(&["--disclose", "*"]).succeeded();
    assert_eq!(all.text(), credential);
    let enveloped = present(&["--disclose", "isOver18", "--enveloped"]).succeeded();
    assert_eq!(enveloped.json()["type"], "EnvelopedVerifiableCredential");
    verify(&env, enveloped.text(), &[]).succeeded();

    present(&["--disclose", "nickname"]).failed_with(3, "no claim `nickname`");
    present(&["--disclose", "a..b"]).failed_with(2, "invalid claim path");
    present(&[&disclosed[..], &["--nonce", "n"]].concat()).failed_with(2, "--aud");
    present(&[&disclosed[..], &binding, &["--holder-key", "issuer.pem"]].concat())
        .failed_with(3, "not the one that the credential was issued to");
}

#[test]
fn claims_that_are_kept_visible_can_not_be_withheld() {
    let env = test_env();
    let credential = issue(&env, &["--visible", "isOver18,address.city", "--decoys", "4"]);
    let jwt = format!("{}~", credential.split('~').next().unwrap());
    let claims = &verify(&env, &jwt, &[]).succeeded().json()["claims"];
    assert_eq!(claims["isOver18"], true);
    assert_eq!(claims["address"], serde_json::json!({ "city": "Utopia" }));
    assert_eq!(claims.get("givenName"), None);
}

#[test]
fn show_draws_what_is_said_and_what_is_withheld() {
    let env = test_env();
    let credential = issue(
        &env,
        &[
            "--visible",
            "isOver18",
            "--holder-jwk",
            "holder.jwk",
            "--status-uri",
            "https://issuer.example/s",
            "--status-index",
            "7",
        ],
    );
    let present = ["credential", "present", "--disclose", "address.city", "-"];
    let presented = env.air_with(&present, credential.as_str()).succeeded();
    let drawn = env
        .air_with(&["credential", "show", "-"], presented.text())
        .succeeded();
    let drawn = drawn.text();
    for line in [
        "SD-JWT VC, urn:example:kyc   not verified",
        "issuer       https://issuer.example",
        "expires      never",
        "status       entry 7 of https://issuer.example/s (not looked up)",
        "  city    Utopia  can be withheld",
        "  …               1 withheld here, or decoys",
        "…                 2 withheld here, or decoys",
    ] {
        assert!(drawn.contains(line), "{line}\n\n{drawn}");
    }
    let over18 = drawn.lines().find(|line| line.starts_with("isOver18")).unwrap();
    assert!(
        over18.contains("true") && over18.ends_with("always visible"),
        "{over18}"
    );
    assert!(!drawn.contains("Marker"));
    env.air_with(&["credential", "show", "-"], "abc")
        .failed_with(3, "invalid credential");
}

#[test]
fn a_w3c_credential_verifies_too() {
    let env = test_env();
    let token = issue_as(
        &env,
        ISSUER,
        "KycIdentity",
        &["--format", "w3c-jwt", "--expires-in", "60"],
    );
    assert_eq!(token.split('.').count(), 3);
    let verified = verify(
        &env,
        &token,
        &["--vct", "KycIdentity", "--require", "address.city"],
    );
    assert_eq!(
        verified.succeeded().json()["claims"]["credentialSubject"]["givenName"],
        "Marker"
    );
    verify(&env, &token, &["--vct", "Another"]).failed_with(4, "not of the expected type");
    let visible = [
        "credential",
        "issue",
        "--key",
        "issuer.pem",
        "--kid",
        "k1",
        "--issuer",
        ISSUER,
        "--vct",
        "KycIdentity",
        "--format",
        "w3c-jwt",
        "--visible",
        "isOver18",
        "subject.json",
    ];
    env.air(&visible).failed_with(2, "--visible");
}

#[test]
fn a_w3c_credential_with_a_proof_is_json_that_verifies() {
    let env = test_env();
    let arguments = ["--format", "w3c-proof", "--expires-in", "60"];
    let document = issue_as(&env, ISSUER, "KycIdentity", &arguments);
    let json: Value = serde_json::from_str(&document).unwrap();
    assert_eq!(json["proof"]["cryptosuite"], "ecdsa-jcs-2019");
    assert_eq!(json["proof"]["verificationMethod"], format!("{ISSUER}#k1"));
    let verified = verify(&env, &document, &["--vct", "KycIdentity"])
        .succeeded()
        .json();
    assert_eq!(verified["claims"]["credentialSubject"]["givenName"], "Marker");
    let changed = document.replace("Utopia", "Dystopia");
    let refused = verify(&env, &changed, &[]);
    refused.failed_with(4, "signature");
    assert_eq!(refused.json()["failed"], "signature");
}

/// From a list's beginning to a verifier that hears of a revocation.
#[test]
fn what_was_revoked_is_refused_once_the_list_is_published() {
    let env = test_env();
    let web = Web::start();
    let uri = web.url("/statuslist/1");
    let list = |arguments: &[&str]| {
        let list = ["status", "list"];
        env.air(&[&list, arguments].concat())
    };
    let file = ["--list", "list.json"];
    list(&["new", "--uri", &uri, "--size", "1000", "--out", "list.json"]).succeeded();
    list(&["new", "--uri", &uri, "--out", "list.json"]).failed_with(1, "exists");
    let index = list(&[&["allocate"], &file[..]].concat())
        .succeeded()
        .text()
        .to_owned();
    let credential = issue(&env, &["--status-uri", &uri, "--status-index", &index]);
    let publish = || {
        let key = [
            "--key",
            "issuer.pem",
            "--kid",
            "k1",
            "--force",
            "--out",
            "list.jwt",
        ];
        list(&[&["publish"], &file[..], &key].concat()).succeeded();
        String::from_utf8(env.read("list.jwt")).unwrap()
    };

    // Nothing is known of it, so nothing is accepted: unless one says so.
    let unknown = verify(&env, &credential, &[]);
    unknown.failed_with(5, "failed to fetch");
    assert_eq!(unknown.json()["failed"], "status");
    let left_out = verify(&env, &credential, &["--no-status"]).succeeded().json();
    assert_eq!(outcome(&left_out, "status"), "leftOut");

    web.put("/statuslist/1", publish());
    let fetched = verify(&env, &credential, &[]).succeeded().json();
    assert_eq!(outcome(&fetched, "status"), "passed");
    let check = [
        "check",
        "--uri",
        &uri,
        "--issuer",
        ISSUER,
        "--issuer-jwks",
        "issuer-jwks.json",
        "--index",
        &index,
    ];
    assert_eq!(
        list(&[&check[..], &["--json"]].concat()).succeeded().json()["status"],
        "valid"
    );

    list(&[&["set"], &file[..], &[&index, "suspended"]].concat()).succeeded();
    publish();
    let suspended = verify(&env, &credential, &["--status-list", "list.jwt"]);
    suspended.failed_with(4, "suspended");
    list(&[&["set"], &file[..], &[&index, "invalid"]].concat()).succeeded();
    web.put("/statuslist/1", publish());
    verify(&env, &credential, &[]).failed_with(4, "revoked");
    list(&check).failed_with(4, "the credential is invalid");

    // A list of somebody else's says nothing.
    let foreign = [
        "status",
        "list",
        "publish",
        "--list",
        "list.json",
        "--key",
        "holder.pem",
        "--kid",
        "k1",
        "--force",
        "--out",
        "list.jwt",
    ];
    env.air(&foreign).succeeded();
    let refused = verify(&env, &credential, &["--status-list", "list.jwt"]);
    refused.failed_with(4, "its status list was refused");
}

#[test]
fn a_w3c_credentials_lists_are_asked() {
    let (env, web) = (test_env(), Web::start());
    let now = UnixTime::from_system_time(std::time::SystemTime::now());
    let pem = String::from_utf8(env.read("issuer.pem")).unwrap();
    let key = SigningKey::from_pem(&pem)
        .unwrap()
        .with_kid("k1".parse().unwrap());
    let issuer = Issuer::new(ISSUER, &key);
    let url = web.url("/revocations");
    let terms = W3cIssueOptions {
        valid_from: now,
        statuses: vec![BitstringStatusListEntry::new(StatusPurpose::Revocation, &url, 7)],
        ..W3cIssueOptions::default()
    };
    let credential = issuer.issue_w3c(&terms, &Map::new()).unwrap();
    let securing = SecuringMechanism::DataIntegrity {
        verification_method: "https://issuer.example#k1".into(),
    };
    let with_proof = W3cIssueOptions { securing, ..terms };
    let proof = issuer.issue_w3c(&with_proof, &Map::new()).unwrap();
    let forms = [credential.into_string(), proof.into_string()];
    let list = |revoked: &[u64]| {
        let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
        for index in revoked {
            list.set(*index, 1).unwrap();
        }
        let terms = BitstringStatusListOptions {
            issuer: ISSUER.into(),
            valid_from: Some(now),
            ..BitstringStatusListOptions::default()
        };
        BitstringStatusListCredential::sign(&key, &url, &list, &terms).into_string()
    };
    env.write("unrelated.jwt", "not a list");
    env.write("revoked.jwt", list(&[7]));
    for form in &forms {
        verify(&env, form, &[]).failed_with(5, "failed to fetch");
        let files = ["--status-list", "unrelated.jwt", "--status-list", "revoked.jwt"];
        verify(&env, form, &files).failed_with(4, "revoked");
        verify(&env, form, &files[..2]).failed_with(4, "its status list was refused");
    }
    web.put("/revocations", list(&[6]));
    for form in &forms {
        let verified = verify(&env, form, &[]).succeeded().json();
        assert_eq!(outcome(&verified, "status"), "passed");
    }
}

/// From the list of an issuer of W3C credentials to a verifier that learns of a revocation.
#[test]
fn a_w3c_credential_is_revoked_by_a_published_bitstring() {
    let (env, web) = (test_env(), Web::start());
    let url = web.url("/revocations");
    let list = |arguments: &[&str]| {
        let list = ["status", "list"];
        env.air(&[&list, arguments].concat())
    };
    let key = [
        "--key",
        "issuer.pem",
        "--kid",
        "k1",
        "--force",
        "--out",
        "list.jwt",
    ];
    let bitstring = ["--format", "bitstring", "--issuer", ISSUER];
    list(&["new", "--uri", &url, "--out", "suspending.json"]).succeeded();
    let suspending = ["publish", "--list", "suspending.json"];
    list(&[&suspending[..], &key, &bitstring].concat()).failed_with(3, "entries of more than one bit");
    list(&[&suspending[..], &key, &bitstring[2..]].concat()).failed_with(2, "only for --format bitstring");
    list(&[&suspending[..], &key, &bitstring[..2]].concat()).failed_with(2, "--issuer");
    let onto_itself = [&key[..6], &["suspending.json"]].concat();
    list(&[&suspending[..], &onto_itself].concat()).failed_with(2, "would replace another file");

    list(&["new", "--uri", &url, "--bits", "1", "--out", "list.json"]).succeeded();
    let publish = || {
        let publish = ["publish", "--list", "list.json"];
        list(&[&publish[..], &key, &bitstring].concat()).succeeded();
        String::from_utf8(env.read("list.jwt")).unwrap()
    };
    for format in ["w3c-jwt", "w3c-proof"] {
        let index = list(&["allocate", "--list", "list.json"])
            .succeeded()
            .text()
            .to_owned();
        let entry = ["--format", format, "--status-uri", &url, "--status-index", &index];
        let credential = issue_as(&env, ISSUER, "KycIdentity", &entry);
        web.put("/revocations", publish());
        let verified = verify(&env, &credential, &[]).succeeded().json();
        assert_eq!(outcome(&verified, "status"), "passed", "{format}");
        let status = &verified["claims"]["credentialStatus"][0];
        assert_eq!(status["statusPurpose"], "revocation", "{format}");
        list(&["set", "--list", "list.json", &index, "invalid"]).succeeded();
        web.put("/revocations", publish());
        verify(&env, &credential, &[]).failed_with(4, "revoked");
    }
}

#[test]
fn what_an_issuer_wrote_does_not_steer_the_terminal() {
    let env = test_env();
    let steering = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}moc";
    env.write(
        "subject.json",
        serde_json::json!({ "name": steering, steering: 1 }).to_string(),
    );
    let uri = format!("https://e.org/{steering}");
    let credential = issue(&env, &["--status-uri", &uri, "--status-index", "1"]);
    let shown = env.air_with(&["credential", "show", "-"], &*credential);
    let shown_json = env.air_with(&["credential", "show", "-", "--json"], &*credential);
    let refused = verify(&env, &credential, &[]);
    for run in [&shown, &shown_json, &refused] {
        let stdout = String::from_utf8(run.stdout.clone()).unwrap();
        for stream in [&stdout, &run.stderr] {
            let steers = stream.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}']);
            assert!(!steers, "{stream:?}");
        }
    }
    assert_eq!(shown_json.json()["claims"]["name"], steering);
}

#[test]
fn a_list_hands_out_each_entry_once_and_warns_of_what_it_did_not() {
    let env = test_env();
    let list = |arguments: &[&str]| {
        let list = ["status", "list"];
        env.air(&[&list, arguments].concat())
    };
    list(&[
        "new",
        "--uri",
        "https://e.org/s",
        "--size",
        "3",
        "--bits",
        "1",
        "--out",
        "l",
    ])
    .succeeded();
    let mut drawn: Vec<String> = (0..3)
        .map(|_| list(&["allocate", "--list", "l"]).succeeded().text().to_owned())
        .collect();
    drawn.sort();
    assert_eq!(drawn, ["0", "1", "2"]);
    list(&["allocate", "--list", "l"]).failed_with(1, "are in use");
    list(&["set", "--list", "l", "3", "invalid"]).failed_with(3, "invalid status index 3");
    list(&["set", "--list", "l", "2", "suspended"]).failed_with(3, "does not fit in 1 bits");
    list(&["new", "--uri", "u", "--bits", "3", "--out", "m"]).failed_with(2, "1, 2, 4 or 8");
    list(&["new", "--uri", "u", "--size", "9", "--out", "m"]).succeeded();
    assert!(
        list(&["set", "--list", "m", "4", "invalid"])
            .succeeded()
            .stderr
            .contains("not allocated before")
    );
    env.write("n", "{}");
    list(&["allocate", "--list", "n"]).failed_with(3, "is not a status list");
    let too_many = [
        "new",
        "--uri",
        "https://e.org/m",
        "--size",
        "20000000",
        "--out",
        "big",
    ];
    list(&too_many).failed_with(3, "would exceed 4 MiB");
    assert!(!env.path("big").exists());
}

/// A concurrent change of a list must not be lost.
#[test]
fn commands_at_once_draw_no_entry_twice_and_lose_no_revocation() {
    let env = test_env();
    let list = |arguments: &[&str]| {
        let list = ["status", "list"];
        env.air(&[&list, arguments].concat()).succeeded()
    };
    list(&["new", "--uri", "https://e.org/s", "--size", "1000", "--out", "l"]);
    let (list, revoked) = (&list, ["901", "902", "903", "904", "905", "906"]);
    let mut drawn: Vec<String> = std::thread::scope(|scope| {
        let setting =
            revoked.map(|index| scope.spawn(move || list(&["set", "--list", "l", index, "invalid"])));
        let drawing = [(); 12].map(|()| scope.spawn(move || list(&["allocate", "--list", "l"])));
        for run in setting {
            run.join().unwrap();
        }
        drawing
            .into_iter()
            .map(|run| run.join().unwrap().text().to_owned())
            .collect()
    });
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), 12);
    for index in revoked {
        let again = list(&["set", "--list", "l", index, "invalid", "--json"]).json();
        assert_eq!(again["before"], "invalid", "{index}");
    }
}

#[test]
fn the_quickstarts_subject_is_issued_as_it_is() {
    let env = test_env();
    env.write("subject.json", std::fs::read(example("subject.json")).unwrap());
    let credential = issue(&env, &[]);
    let claims = &verify(&env, &credential, &[]).succeeded().json()["claims"];
    assert_eq!(claims["familyName"], "Nordheim");
}

/// The credential names no key, and the set's only key has no `kid`.
#[test]
fn an_issuers_only_key_verifies_where_nothing_names_a_key() {
    let env = TestEnv::new();
    env.write("jwks.json", include_str!("cases/jwks_onekey_nokid.json"));
    let credential = include_str!("cases/sd_no_kid_both.txt").trim();
    let verify = |at: &str| {
        let verify = ["credential", "verify", "--issuer", ISSUER];
        let arguments = ["--issuer-jwks", "jwks.json", "--at", at, "-"];
        env.air_with(&[&verify[..], &arguments].concat(), credential)
    };
    let verified = verify("1795875800").succeeded().json();
    assert_eq!(verified["valid"], true);
    assert_eq!(verified["claims"]["name"], "Ada");
    assert_eq!(outcome(&verified, "signature"), "passed");
    // A day later it has expired: the key is found, and the other checks still count.
    assert_eq!(verify("1795962200").json()["failed"], "validity");
}
