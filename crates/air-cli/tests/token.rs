//! Partner JWTs: signed, verified, and refused with the rule that they break.

use crate::support::TestEnv;

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";

/// An environment with a key and its published set.
fn test_env() -> TestEnv {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem", "--kid", "k1"])
        .succeeded();
    let set = env
        .air(&["jwks", "export", "--key", "key.pem", "--kid", "k1"])
        .succeeded();
    env.write("jwks.json", set.stdout);
    env
}

fn sign(env: &TestEnv, more: &[&str]) -> String {
    let sign = [
        "token",
        "sign",
        "--key",
        "key.pem",
        "--kid",
        "k1",
        "--partner-id",
        PARTNER,
    ];
    env.air(&[&sign, more].concat()).succeeded().text().to_owned()
}

/// One thumbprint in 64 begins with a hyphen.
#[test]
fn a_key_id_may_begin_with_a_hyphen() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem", "--kid", "-k1"])
        .succeeded();
    let set = env
        .air(&["jwks", "export", "--key", "key.pem", "--kid", "-k1"])
        .succeeded();
    env.write("jwks.json", set.stdout);
    let token = env
        .air(&[
            "token",
            "sign",
            "--key",
            "key.pem",
            "--kid",
            "-k1",
            "--partner-id",
            PARTNER,
            "--scope",
            "verify",
        ])
        .succeeded()
        .text()
        .to_owned();
    env.air(&["token", "verify", "--jwks", "jwks.json", &token])
        .succeeded();
}

#[test]
fn signs_what_it_verifies() {
    let env = test_env();
    let token = sign(
        &env,
        &[
            "--scope",
            "issue on-behalf",
            "--email",
            "ada@example.com",
            "--ttl",
            "60",
        ],
    );
    for arguments in [
        &["token", "verify", "--jwks", "jwks.json", &token][..],
        &[
            "token",
            "verify",
            "--jwks",
            "jwks.json",
            "--scope",
            "issue on-behalf",
            &token,
        ],
        &[
            "token",
            "verify",
            "--jwks",
            "jwks.json",
            "--scope",
            "issue",
            &token,
        ],
    ] {
        let claims = env.air(arguments).succeeded().json();
        assert_eq!(claims["partnerId"], PARTNER);
        assert_eq!(claims["email"], "ada@example.com");
        assert_eq!(claims["scope"], "issue on-behalf");
        let lifetime = claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap();
        assert_eq!(lifetime, 60);
    }
    let piped = env.air_with(
        &["token", "verify", "--jwks", "jwks.json", "-"],
        format!("{token}\n"),
    );
    assert_eq!(piped.succeeded().json()["partnerId"], PARTNER);
}

#[test]
fn says_which_rule_a_token_breaks() {
    let env = test_env();
    let token = sign(&env, &["--scope", "issue"]);
    let verify = |more: &[&str]| env.air(&[&["token", "verify"], more].concat());
    verify(&["--jwks", "jwks.json", "--scope", "verify", &token]).failed_with(4, "does not grant `verify`");
    verify(&["--jwks", "jwks.json", "--at", "4000000000", &token]).failed_with(4, "token expired");
    verify(&["--jwks", "jwks.json", "--at", "1000000000", &token]).failed_with(4, "becomes valid in");
    verify(&["--jwks", "jwks.json", "nonsense"]).failed_with(4, "malformed token");
    let (input, signature) = token.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let changed = format!("{input}.{flipped}{}", &signature[1..]);
    verify(&["--jwks", "jwks.json", &changed]).failed_with(4, "invalid signature");

    env.write("empty.json", r#"{"keys":[]}"#);
    verify(&["--jwks", "empty.json", &token]).failed_with(4, "no key `k1`");
    env.write("broken.json", "[]");
    verify(&["--jwks", "broken.json", &token]).failed_with(3, "invalid JWK set");
    verify(&["--jwks", "absent.json", &token]).failed_with(1, "failed to read absent.json");
    verify(&["--jwks", "http://127.0.0.1:1/jwks.json", &token]).failed_with(5, "failed to fetch");
    for refused in [
        verify(&["--jwks", "jwks.json", "--scope", "verify", &token]),
        verify(&["--jwks", "jwks.json", &changed]),
    ] {
        assert!(!refused.stderr.contains(&token[..40]), "{}", refused.stderr);
    }
}

#[test]
fn the_skew_is_bounded() {
    let env = test_env();
    let token = sign(&env, &["--scope", "issue", "--ttl", "1"]);
    let claims = env
        .air(&["token", "verify", "--jwks", "jwks.json", &token])
        .succeeded()
        .json();
    let expires_at = claims["exp"].as_u64().unwrap();
    let at = |seconds: u64, skew: &str| {
        let at = (expires_at + seconds).to_string();
        env.air(&[
            "token",
            "verify",
            "--jwks",
            "jwks.json",
            "--at",
            &at,
            "--skew",
            skew,
            &token,
        ])
        .code
    };
    assert_eq!(at(119, "120"), 0);
    assert_eq!(at(121, "120"), 4);
    assert_eq!(at(0, "301"), 2);
}

#[test]
fn a_token_that_the_platform_would_refuse_is_not_signed() {
    let env = test_env();
    let sign = [
        "token",
        "sign",
        "--key",
        "key.pem",
        "--kid",
        "k1",
        "--partner-id",
        PARTNER,
    ];
    let refused = |more: &[&str], code: i32, reason: &str| {
        env.air(&[&sign, more].concat()).failed_with(code, reason);
    };
    refused(&["--scope", "issue on-behalf"], 2, "names its recipient");
    refused(&["--scope", "everything"], 2, "unknown scope");
    refused(&["--scope", "issue", "--ttl", "0"], 2, "invalid lifetime 0 s");
    refused(&["--scope", "issue", "--ttl", "901"], 2, "invalid lifetime 901 s");
    refused(
        &["--scope", "issue on-behalf", "--email", "nobody"],
        2,
        "invalid e-mail",
    );
    env.write("not-a-key.pem", "hello");
    let sign = [
        "token",
        "sign",
        "--key",
        "not-a-key.pem",
        "--kid",
        "k",
        "--partner-id",
        PARTNER,
    ];
    env.air(&[&sign[..], &["--scope", "issue"]].concat())
        .failed_with(3, "invalid private key: must be a P-256 or RSA key");
}

#[test]
fn a_key_is_private_and_never_overwritten() {
    let env = test_env();
    let before = env.read("key.pem");
    env.air(&["keys", "generate", "--out", "key.pem"])
        .failed_with(1, "key.pem already exists");
    assert_eq!(env.read("key.pem"), before);
    let set = String::from_utf8(env.read("jwks.json")).unwrap();
    assert!(!set.contains("\"d\""), "{set}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(env.path("key.pem"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn inspect_needs_no_key_and_says_what_the_platform_would_refuse() {
    let env = test_env();
    let good = sign(&env, &["--scope", "issue"]);
    let told = env.air(&["token", "inspect", "--json", &good]).succeeded().json();
    assert_eq!(told["header"]["kid"], "k1");
    assert_eq!(told["claims"]["partnerId"], PARTNER);
    assert_eq!(told["refused"], false);
    assert_eq!(told["findings"], serde_json::json!([]));
    let piped = env.air_with(&["token", "inspect", "-"], good.clone()).succeeded();
    assert!(piped.text().contains("no problems found"), "{}", piped.text());

    let exp = told["claims"]["exp"].as_u64().unwrap();
    let late = env.air(&[
        "token",
        "inspect",
        "--json",
        "--at",
        &(exp + 30).to_string(),
        &good,
    ]);
    late.failed_with(4, "would refuse this token");
    assert_eq!(late.json()["findings"][0]["code"], "expired");
    env.air(&["token", "inspect", "no.token"])
        .failed_with(3, "malformed token");
}

#[test]
fn a_shared_mailbox_is_remarked_on() {
    let env = test_env();
    let sign = |email: &'static str| {
        let command = ["token", "sign", "--key", "key.pem", "--partner-id", PARTNER];
        let scope = ["--scope", "issue on-behalf", "--email", email];
        env.air(&[&command[..], &scope].concat()).succeeded()
    };
    assert!(sign("noreply@example.com").stderr.contains("shared mailbox"));
    assert_eq!(sign("ada@example.com").stderr, "");
}

/// Tokens, sets and keys as other tools write them.
#[test]
fn verifies_what_other_tools_make() {
    let env = test_env();
    env.write("set.json", include_str!("cases/jwks.json"));
    env.write("leaked.json", include_str!("cases/jwks_private.json"));
    env.write("bag.pem", include_str!("cases/realbag.pem"));
    let untyped = include_str!("cases/tok_notyp.jwt").trim();
    let milliseconds = include_str!("cases/tok_exp_ms.jwt").trim();
    let verify =
        |set: &str, token: &str| env.air(&["token", "verify", "--jwks", set, "--at", "1795875700", token]);
    assert_eq!(
        verify("set.json", untyped).succeeded().json()["partnerId"],
        PARTNER
    );
    verify("set.json", milliseconds).failed_with(4, "milliseconds?");
    verify("leaked.json", untyped).failed_with(4, "the JWK set has the key `k1`, but it is not used: ");
    let kid = env
        .air(&["jwks", "export", "--key", "bag.pem"])
        .succeeded()
        .json();
    assert_eq!(kid["keys"][0]["x"], "RoxhZpGsHJO79TYLtRKpKWKc3LBMMWUAGx0peNAm9FM");
}

#[test]
fn a_credential_is_no_token_and_its_command_is_named() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    env.write("subject.json", r#"{"name":"Ada"}"#);
    let issue = [
        "credential",
        "issue",
        "--key",
        "key.pem",
        "--kid",
        "k",
        "--issuer",
        "https://issuer.example",
        "--vct",
        "https://issuer.example/kyc",
        "subject.json",
    ];
    let issued = env.air(&issue).succeeded();
    let credential = issued.text();
    let bare = credential.split('~').next().unwrap();
    for text in [credential, bare] {
        let run = env.air(&["token", "inspect", text]);
        run.failed_with(3, "this is a credential (SD-JWT), not a Partner JWT");
        run.failed_with(3, "air credential show");
        assert!(run.stdout.is_empty());
    }
}
