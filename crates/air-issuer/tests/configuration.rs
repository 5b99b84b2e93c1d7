//! The configuration: each refusal names the setting and says what to do, and none shows a secret.

use air_issuer::{Config, ConfigError};
use air_jwt::{JwkSet, SigningKey};
use snapbox::{assert_data_eq, str};

use crate::support::{API_KEY, TestEnv};

fn read(env: &TestEnv, more: &[(&str, &str)], toml: &str) -> Result<Config, ConfigError> {
    let mut variables = vec![("DATABASE_URL", "postgres://air@localhost/issuer")];
    variables.extend_from_slice(more);
    Config::read(&env.environment(&variables), Some(toml), env.path())
}

fn refusal(env: &TestEnv, more: &[(&str, &str)], toml: &str) -> String {
    read(env, more, toml)
        .err()
        .unwrap_or_else(|| panic!("{more:?} {toml}"))
        .to_string()
}

#[tokio::test]
async fn a_plain_environment_is_enough() {
    let env = TestEnv::new().await;
    let config = read(&env, &[], "").unwrap();
    assert_eq!(config.address().to_string(), "0.0.0.0:3000");
    let config_on_loopback = read(&env, &[], "listen = \"::1\"\nport = 8080\n").unwrap();
    assert_eq!(config_on_loopback.address().to_string(), "[::1]:8080");
    assert_eq!(
        config.warnings(),
        ["one key signs tokens and credentials; give each its own in [keys] of issuer.toml"]
    );
    let shown = format!("{config:?}");
    assert!(
        !shown.contains(API_KEY) && !shown.contains("air@localhost"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_missing_setting_is_named_with_its_remedy() {
    let env = TestEnv::new().await;
    for name in [
        "ISSUER_ORIGIN",
        "PARTNER_ID",
        "API_KEY",
        "DATABASE_URL",
        "PARTNER_PRIVATE_KEY_DER",
    ] {
        // An empty variable counts as a missing one, apart from that of an API key.
        let message = refusal(&env, &[(name, "")], "");
        assert!(message.contains(&format!("`{name}`")), "{message}");
        assert!(message.contains("set it to") || name == "API_KEY", "{message}");
    }
}

#[tokio::test]
async fn api_keys_are_long_several_or_hashed_and_never_empty() {
    let env = TestEnv::new().await;
    assert_data_eq!(
        refusal(&env, &[("API_KEY", " ")], ""),
        str![
            "invalid `API_KEY`: it is empty, which would admit everybody; set it to at least 32 random characters, or remove it"
        ]
    );
    let shared = read(&env, &[("ADMIN_API_KEY", API_KEY)], "").unwrap();
    assert!(
        shared
            .warnings()
            .iter()
            .any(|warning| warning.contains("share a key") && !warning.contains(API_KEY))
    );
    let short = read(&env, &[("ADMIN_API_KEY", "short")], "").unwrap();
    assert!(
        short
            .warnings()
            .iter()
            .any(|warning| warning.contains("`ADMIN_API_KEY`"))
    );

    let path = env.path().join("keys");
    std::fs::write(&path, format!("{}\n{}\n", "a".repeat(32), "b".repeat(32))).unwrap();
    let path = path.to_str().unwrap();
    let message = refusal(&env, &[("API_KEY_FILE", path)], "");
    assert!(message.contains("remove one of the two"), "{message}");
    let message = refusal(&env, &[], "api-keys = [\"secret\"]");
    assert!(
        message.contains("`api-keys`") && !message.contains("secret"),
        "{message}"
    );
}

#[tokio::test]
async fn invalid_settings_are_refused() {
    let env = TestEnv::new().await;
    for (name, value) in [
        ("ISSUER_ORIGIN", "http://issuer.example"),
        ("ISSUER_ORIGIN", "https://192.0.2.1"),
        ("DATABASE_URL", "mysql://user:S3cr3t@host/db"),
        ("MOCA_CHAIN_API_ORIGIN", "https://api.example/v1"),
        ("AIR_API_ORIGIN", "api.example"),
        ("PARTNER_PRIVATE_KEY_DER", "S3cr3t"),
        ("PARTNER_PRIVATE_KEY_ALG", "RS256"),
        ("PARTNER_JWKS", "S3cr3t"),
        ("SD_JWT_TSL_PARTITION_SIZE", "0"),
        ("SD_JWT_TSL_PARTITION_SIZE", "12"),
        ("SD_JWT_TSL_PARTITION_SIZE", "many"),
        ("SD_JWT_HASH_ALG", "sha-512"),
        ("PORT", "70000"),
        ("API_KEY_FILE", "/does/not/exist"),
    ] {
        let message = refusal(&env, &[(name, value)], "");
        let setting = name.trim_end_matches("_FILE");
        assert!(message.contains(&format!("`{setting}")), "{name}: {message}");
        assert!(!message.contains("S3cr3t"), "{message}");
    }
}

#[tokio::test]
async fn a_published_key_that_does_not_sign_is_refused() {
    let env = TestEnv::new().await;
    let other = SigningKey::generate(&mut rand::rng()).with_kid("key-1".parse().unwrap());
    let set = JwkSet::from(other.public_jwk()).to_json();
    let more = [
        ("PARTNER_PRIVATE_KEY_KID", "key-1"),
        ("PARTNER_JWKS", set.as_str()),
    ];
    assert_data_eq!(
        refusal(&env, &more, ""),
        str!["invalid `PARTNER_JWKS`: its key `key-1` is not the one that signs; correct the set or the key"]
    );
}

#[tokio::test]
async fn variables_of_iden3_are_warned_about() {
    let env = TestEnv::new().await;
    let config = read(&env, &[("SEED", "x"), ("IDEN3_METHOD", "air")], "").unwrap();
    let warned = |name: &str| {
        config
            .warnings()
            .iter()
            .any(|warning| warning.starts_with(&format!("`{name}`")))
    };
    assert!(warned("SEED") && warned("IDEN3_METHOD"));
    assert!(!format!("{:?}", config.warnings()).contains("\"x\""));
}

#[tokio::test]
async fn each_purpose_may_have_its_own_key() {
    let env = TestEnv::new().await;
    for name in ["tokens", "credentials", "lists"] {
        let key = SigningKey::generate(&mut rand::rng());
        std::fs::write(env.path().join(name), key.expose_pkcs8_pem().as_bytes()).unwrap();
        #[cfg(unix)]
        set_mode(&env.path().join(name), 0o640);
    }
    let keys = "[keys]\ntokens = { file = \"tokens\" }\ncredentials = { file = \"credentials\", kid = \"c1\" }\n\
                status-lists = { file = \"lists\", kid = \"l1\" }\n";
    let config = read(&env, &[("PARTNER_PRIVATE_KEY_DER", "")], keys).unwrap();
    assert_eq!(config.warnings(), [""; 0]);
    let message = refusal(&env, &[], "[keys]\ntokens = { file = \"absent\" }\n");
    assert!(
        message.contains("absent") && message.contains("`keys.tokens`"),
        "{message}"
    );
}

#[tokio::test]
async fn keys_of_a_timetable_are_checked() {
    let env = TestEnv::new().await;
    for name in ["a", "b"] {
        let key = SigningKey::generate(&mut rand::rng());
        std::fs::write(env.path().join(name), key.expose_pkcs8_pem().as_bytes()).unwrap();
    }
    let rotated = "[[keys.credentials]]\nfile = \"a\"\n[[keys.credentials]]\nfile = \"b\"\n\
                   signs-from = \"2027-01-15T09:00:00Z\"\n";
    assert!(read(&env, &[], rotated).is_ok());
    let unquoted = rotated.replace("\"2027-01-15T09:00:00Z\"", "2027-01-15T09:00:00Z");
    assert!(read(&env, &[], &unquoted).is_ok());
    for (change, expected) in [
        (("2027-01-15T09:00:00Z", "1969-01-01T00:00:00Z"), "line 5"),
        (("2027-01-15T09:00:00Z", "2027-01-15"), "line 5"),
        (("\"2027-01-15T09:00:00Z\"", "2027-01-15T09:00:00"), "line 5"),
        (("\"2027-01-15T09:00:00Z\"", "1"), "line 5"),
        (
            ("signs-from = \"2027-01-15T09:00:00Z\"", ""),
            "`keys.credentials[1]`",
        ),
        (("file = \"b\"", "file = \"absent\""), "`keys.credentials[1]`"),
        (("file = \"b\"", "kid = \"b\""), "exactly one of"),
        (
            ("file = \"b\"", "file = \"b\"\nurl = \"https://a\""),
            "exactly one of",
        ),
        (
            ("file = \"b\"", "file = \"b\"\ntimeout = \"1s\""),
            "keys elsewhere",
        ),
        (("file = \"b\"", "path = \"b\""), "line 4"),
    ] {
        let message = refusal(&env, &[], &rotated.replace(change.0, change.1));
        assert!(message.contains(expected), "{change:?}: {message}");
    }
    let message = refusal(&env, &[], "[keys]\ntokens = []\n");
    assert!(message.contains("1 to 16 keys"), "{message}");
    let message = refusal(&env, &[], "[keys]\npublished = \"a\"\n");
    assert!(message.contains("`keys.published`"), "{message}");
}

#[cfg(feature = "signers")]
#[tokio::test]
async fn keys_elsewhere_are_checked_and_show_no_secret() {
    let env = TestEnv::new().await;
    std::fs::write(env.path().join("pin"), "S3cr3t\n").unwrap();
    let token = "pkcs11:token=t;object=o?module-path=/m.so";
    let line = |key: &str| format!("[keys]\ncredentials = {{ {key} }}\n");
    let with_pin = line(&format!("pkcs11 = \"{token}&pin-source=file:pin\", kid = \"c1\""));
    let with_file = line("url = \"https://signer.example/#k\", token-file = \"pin\", timeout = \"3s\"");
    for toml in [&with_pin, &with_file] {
        let config = read(&env, &[], toml).unwrap();
        assert!(!format!("{config:?}").contains("S3cr3t"));
    }
    for (key, expected) in [
        (format!("pkcs11 = \"{token}\""), "`AIR_PKCS11_PIN`"),
        ("pkcs11 = \"pkcs11:token=t\"".to_owned(), "`keys.credentials`"),
        (
            "url = \"https://signer.example/#k\"".to_owned(),
            "`AIR_SIGNER_TOKEN`",
        ),
        ("url = \"http://signer.example/#k\"".to_owned(), "must be https"),
        (
            "url = \"https://signer.example/#k\", kid = \"k\"".to_owned(),
            "remove `kid`",
        ),
        (
            "url = \"https://signer.example/#k\", token-file = \"pin\", timeout = \"2m\"".to_owned(),
            "at most 60s",
        ),
        (
            format!("pkcs11 = \"{token}\", token-file = \"pin\""),
            "belongs to `url`",
        ),
    ] {
        let message = refusal(&env, &[], &line(&key));
        assert!(message.contains(expected), "{key}: {message}");
    }
    let pin = [("AIR_PKCS11_PIN", "S3cr3t")];
    assert!(read(&env, &pin, &line(&format!("pkcs11 = \"{token}\""))).is_ok());
    let shared =
        format!("[keys]\ncredentials = {{ pkcs11 = \"{token}\" }}\ntokens = {{ pkcs11 = \"{token}\" }}\n");
    let config = read(&env, &pin, &shared).unwrap();
    assert!(config.warnings()[0].contains("one key signs tokens and credentials"));
}

#[tokio::test]
async fn the_file_is_refused_with_the_place() {
    let env = TestEnv::new().await;
    for (toml, expected) in [
        ("port = 1\nprot = 2\n", "line 2"),
        ("port = \n", "line 1"),
        ("rate-limit = 0\n", "line 1"),
        ("port = 1\nlisten = \"localhost\"\n", "line 2"),
        ("[status-list]\nttl = \"5 minutes\"\n", "line 2"),
        ("[status-list]\nttl = \"2d\"\n", "`status-list.lifetime`"),
        ("sqlite = \"data\"\n", "`DATABASE_URL`"),
    ] {
        let message = refusal(&env, &[], toml);
        assert!(message.contains(expected), "{toml}: {message}");
    }
}

#[tokio::test]
async fn schemas_are_checked() {
    let env = TestEnv::new().await;
    let schema = |change: (&str, &str)| {
        let plain = "[[schemas]]\nid = \"member\"\nvalid-for = \"1d\"\ndocument = \"member.json\"\n\
                     claims = { table = \"members.csv\" }\n";
        plain.replace(change.0, change.1)
    };
    assert!(read(&env, &[], &schema(("", ""))).is_ok());
    for (change, setting) in [
        (("\"member\"", "\"\""), "`schemas.id`"),
        (("member.json", "absent.json"), "`schemas.member.document`"),
        (("member.json", "members.csv"), "`schemas.member.document`"),
        (("members.csv", "absent.csv"), "`schemas.member.claims`"),
        (
            ("claims = ", "always-visible = [\"other\"]\nclaims = "),
            "`schemas.member.always-visible`",
        ),
        (("{ table = \"members.csv\" }", "{}"), "`schemas.member.claims`"),
        (
            ("claims = ", "vct-document = \"absent\"\nclaims = "),
            "`schemas.member.vct-document`",
        ),
    ] {
        let message = refusal(&env, &[], &schema(change));
        assert!(message.contains(setting), "{change:?}: {message}");
    }
    for (table, expected) in [
        (
            "userId,credentialSubject.givenName\nu1,\"\"\"Ada\"\"\"\n",
            "line 2 of the table: /level is missing",
        ),
        ("userId,credentialSubject.grade\n", "`credentialSubject.grade`"),
    ] {
        std::fs::write(env.path().join("broken.csv"), table).unwrap();
        let message = refusal(&env, &[], &schema(("members.csv", "broken.csv")));
        let place = "`schemas.member.claims`";
        assert!(message.contains(place) && message.contains(expected), "{message}");
    }
    for absent in ["member.json", "members.csv"] {
        let toml = schema((absent, "absent.file"));
        let refused = read(&env, &[], &toml).unwrap_err();
        assert!(matches!(refused, ConfigError::File { .. }), "{absent}: {refused}");
    }
    let twice = format!("{0}{0}", schema(("", "")));
    assert!(refusal(&env, &[], &twice).contains("two schemas have this id"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_secret_without_an_end_is_refused() {
    let env = TestEnv::new().await;
    let environment = env.environment_without("API_KEY", &[("API_KEY_FILE", "/dev/zero")]);
    let error = Config::read(&environment, Some(""), env.path()).unwrap_err();
    let message = error.to_string();
    assert!(
        message.contains("`API_KEY_FILE`: the file is longer than 64 KiB"),
        "{message}"
    );
}

#[tokio::test]
async fn lists_that_are_off_are_a_warning_and_half_a_section_is_refused() {
    let env = TestEnv::new().await;
    let off = ("SD_JWT_TSL_PARTITION_SIZE", "");
    let config = read(&env, &[off], "").unwrap();
    let is_about = |warning: &String| warning.starts_with("status lists are off");
    assert!(config.warnings().iter().any(is_about), "{:?}", config.warnings());
    let message = refusal(&env, &[off], "[status-list]\nttl = \"5m\"\n");
    assert!(
        message.contains("`status-list.partition-size` is missing"),
        "{message}"
    );
}

#[cfg(feature = "openid4vc")]
#[tokio::test]
async fn the_settings_of_offers_are_checked() {
    let env = TestEnv::new().await;
    let section = |settings: &str| format!("[openid4vc]\n{settings}");
    assert!(read(&env, &[], &section("offer-lifetime = \"24h\"\n")).is_ok());
    for (settings, expected) in [
        ("offer-lifetime = \"25h\"\n", "`openid4vc.offer-lifetime`"),
        ("open-offers = 0\n", "line 2"),
        ("path = \"x\"\n", "line 2"),
    ] {
        let message = refusal(&env, &[], &section(settings));
        assert!(message.contains(expected), "{settings}: {message}");
    }
    let config = read(&env, &[("SD_JWT_TSL_PARTITION_SIZE", "")], &section("")).unwrap();
    let is_about = |warning: &String| warning.starts_with("`openid4vc`");
    assert!(config.warnings().iter().any(is_about), "{:?}", config.warnings());
}

#[cfg(not(feature = "openid4vc"))]
#[tokio::test]
async fn offers_need_their_feature() {
    let env = TestEnv::new().await;
    let message = refusal(&env, &[], "[openid4vc]\n");
    assert!(message.contains("Cargo feature `openid4vc`"), "{message}");
}

#[tokio::test]
async fn outgoing_requests_have_at_most_one_proxy() {
    let env = TestEnv::new().await;
    for (name, url) in [
        ("HTTPS_PROXY", "http://user:hunter2@proxy.example:3128"),
        ("SOCKS5_PROXY", "socks5h://user:hunter2@proxy.example:1080"),
        ("SOCKS5_PROXY", "proxy.example:1080"),
        ("HTTPS_PROXY", "proxy.example:3128"),
    ] {
        let config = read(&env, &[(name, url), ("NO_PROXY", "internal.example")], "").unwrap();
        let shown = format!("{config:?} {:?}", config.warnings());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let both = [
        ("HTTPS_PROXY", "http://proxy.example:3128"),
        ("SOCKS5_PROXY", "socks5://proxy.example:1080"),
    ];
    let message = refusal(&env, &both, "");
    assert!(message.contains("`SOCKS5_PROXY` is set too"), "{message}");
    let message = refusal(&env, &[("HTTPS_PROXY", "ftp://hunter2@proxy.example")], "");
    assert!(
        message.contains("`HTTPS_PROXY`") && !message.contains("hunter2"),
        "{message}"
    );
}

#[tokio::test]
async fn a_query_of_claims_has_one_place_of_its_url() {
    let env = TestEnv::new().await;
    let schema = |sql: &str| {
        format!(
            "[[schemas]]\nid = \"member\"\nvalid-for = \"90d\"\ndocument = \"member.json\"\n\
             claims = {{ sql = {{ {sql}, query = \"SELECT level FROM members WHERE id = $1\" }} }}\n"
        )
    };
    let url = [("CLAIMS_URL", "postgres://reader:hunter2@db.example/members")];
    let config = read(&env, &url, &schema("url-env = \"CLAIMS_URL\"")).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let message = refusal(&env, &[], &schema("url-env = \"AIR_TEST_ABSENT\""));
    assert!(message.contains("`AIR_TEST_ABSENT`"), "{message}");
    let message = refusal(&env, &[], &schema("connections = 2"));
    assert!(message.contains("`url-file` or `url-env`"), "{message}");
}

#[cfg(unix)]
fn set_mode(path: &std::path::Path, mode: u32) {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(mode);
    std::fs::set_permissions(path, mode).unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn files_of_secrets_that_every_user_can_read_are_named_once() {
    let env = TestEnv::new().await;
    let key = SigningKey::generate(&mut rand::rng()).expose_pkcs8_pem();
    for (name, text) in [
        ("key.pem", key.as_str()),
        ("secret", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"),
        ("api-key", API_KEY),
    ] {
        std::fs::write(env.path().join(name), text).unwrap();
        set_mode(&env.path().join(name), 0o644);
    }
    let api_key = env.path().join("api-key");
    let variables = [
        ("DATABASE_URL", "postgres://air@localhost/issuer"),
        ("API_KEY_FILE", api_key.to_str().unwrap()),
    ];
    let environment = env.environment_without("API_KEY", &variables);
    let toml = "[keys]\ntokens = { file = \"key.pem\" }\ncredentials = { file = \"key.pem\" }\n\
                [[schemas]]\nid = \"member\"\nvalid-for = \"1d\"\ndocument = \"member.json\"\n\
                claims = { hook = { url = \"https://hook.example/\", secret-file = \"secret\" } }\n";
    let open = || {
        let config = Config::read(&environment, Some(toml), env.path()).unwrap();
        let warnings = config.warnings().iter();
        let about_files = warnings.filter(|warning| warning.starts_with("every user of this machine"));
        about_files.cloned().collect::<Vec<String>>()
    };
    let warnings = open();
    for (warning, (name, file)) in warnings.iter().zip([
        ("API_KEY_FILE", "api-key"),
        ("keys.tokens", "key.pem"),
        ("schemas.member.claims", "secret"),
    ]) {
        let remedy = format!("run `chmod o= {}`", env.path().join(file).display());
        assert!(
            warning.contains(&format!("`{name}`")) && warning.ends_with(&remedy),
            "{warning}"
        );
    }
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    // The group of the service may read the files.
    for name in ["key.pem", "secret", "api-key"] {
        set_mode(&env.path().join(name), 0o640);
    }
    assert_eq!(open(), [""; 0]);
}
