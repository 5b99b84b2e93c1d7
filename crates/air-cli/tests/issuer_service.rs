//! `air issuer`: the service as a process, and the check of its configuration.

use std::{fs, net::TcpListener, path::Path};

use air_fetch::{Fetcher, NetworkPolicy, Request};
use serde_json::Value;

use crate::support::{TestEnv, server::Server};

/// Nothing listens there.
const CLOSED: &str = "http://127.0.0.1:1";
const LIMIT: usize = 64 * 1024;

/// Writes `issuer.toml` and its keys: an issuer on a free port of this machine, whose database is in `data`.
pub(crate) fn configure(env: &TestEnv, chain_origin: &str, port: u16) {
    for file in ["tokens.pem", "credentials.pem"] {
        env.air(&["keys", "generate", "--out", file]).succeeded();
    }
    let [hash, admin_hash] = ["0", "1"].map(|digit| format!("sha256-{}", digit.repeat(64)));
    env.write(
        "issuer.toml",
        format!(
            "origin = \"http://localhost:1\"\nlisten = \"127.0.0.1\"\nport = {port}\nmetrics-listen = \"127.0.0.1:0\"\n\
             admin-listen = \"127.0.0.1:0\"\nsqlite = \"data\"\n\
             api-keys = [\"{hash}\"]\nadmin-api-keys = [\"{admin_hash}\"]\n\
             [air]\npartner-id = \"f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11\"\nchain-origin = \"{chain_origin}\"\n\
             [keys]\ntokens = {{ file = \"tokens.pem\" }}\ncredentials = {{ file = \"credentials.pem\" }}\n\
             status-lists = {{ file = \"credentials.pem\" }}\n\
             [status-list]\npartition-size = 1024\n"
        ),
    );
}

fn get(url: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let response = runtime.block_on(async {
        let fetcher = Fetcher::new(NetworkPolicy::Any).unwrap();
        fetcher.exchange(&Request::get(url), LIMIT).await.unwrap()
    });
    assert_eq!(response.status, 200, "{url}");
    String::from_utf8(response.bytes).unwrap()
}

fn get_json(url: &str) -> Value {
    serde_json::from_str(&get(url)).unwrap()
}

/// The codes of the findings with problems, by check.
fn problems(document: &Value) -> Vec<(&str, &str)> {
    let findings = document["findings"].as_array().unwrap().iter();
    findings
        .filter_map(|finding| Some((finding["check"].as_str()?, finding["code"].as_str()?)))
        .collect()
}

#[test]
fn the_service_serves_until_sigterm_and_the_check_sees_its_database() {
    let env = TestEnv::new();
    configure(&env, CLOSED, 0);
    let check = ["issuer", "check", "--json", "--config", "issuer.toml"];
    let before = env.air(&check);
    before.failed_with(1, "1 check failed");
    assert_eq!(
        problems(&before.json()),
        [
            ("database", "database-new"),
            ("dstorage", "dstorage-unreachable"),
            ("did", "did-unreachable")
        ]
    );

    let serve = ["issuer", "serve", "--config", "issuer.toml"];
    let server = Server::start(&env.path(""), &serve);
    assert_eq!(server.ready["origin"], "http://localhost:1");
    assert_eq!(get_json(&format!("{}/healthz", server.url()))["status"], "ok");
    let document = get_json(&format!("{}/.well-known/did.json", server.url()));
    assert_eq!(document["id"], "did:web:localhost%3A1");
    assert_eq!(document["verificationMethod"].as_array().unwrap().len(), 1);
    let after = env.air(&check).json();
    assert!(
        !problems(&after).iter().any(|(check, _)| *check == "database"),
        "{after}"
    );
    let metrics = get(server.ready["metricsUrl"].as_str().unwrap());
    assert!(metrics.contains("air_issuer_outbox_entries 0"), "{metrics}");
    let sign_in = get(&format!("{}sign-in", server.ready["adminUrl"].as_str().unwrap()));
    assert!(sign_in.contains("Admin API key"), "{sign_in}");
    server.terminate();
}

#[test]
fn a_configuration_or_an_address_that_can_not_be_used_is_named() {
    let env = TestEnv::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    configure(&env, CLOSED, taken.local_addr().unwrap().port());
    let serve = ["issuer", "serve", "--config", "issuer.toml"];
    env.air(&serve).failed_with(1, "failed to listen on 127.0.0.1");
    assert!(!env.path("data").exists());

    env.write("issuer.toml", "port = 1\nprot = 2\n");
    env.air(&serve).failed_with(3, "line 2");
    let check = env.air(&["issuer", "check", "--json", "--config", "issuer.toml"]);
    check.failed_with(1, "1 check failed");
    assert_eq!(problems(&check.json()), [("config", "config-invalid")]);
    env.air(&["issuer", "serve", "--config", "absent.toml"])
        .failed_with(1, "absent.toml");
    let without = env.air(&["issuer", "revoke-key", "--since", "2026-12-24", "key-1"]);
    without.failed_with(3, "ISSUER_ORIGIN");
    assert!(
        without
            .stderr
            .contains("pass the file of the service with --config"),
        "{without:?}"
    );
}

/// One thumbprint in 64 begins with a hyphen.
#[test]
fn the_id_of_a_leaked_key_may_begin_with_a_hyphen() {
    let since = ["--since", "2026-12-24T00:00:00Z", "--config", "absent.toml"];
    let revoke = [&["issuer", "revoke-key"], &since[..], &["-k1", "--dry-run"]].concat();
    TestEnv::new().air(&revoke).failed_with(1, "absent.toml");
}

#[test]
fn an_import_names_an_invalid_url_and_a_database_that_does_not_respond() {
    let env = TestEnv::new();
    configure(&env, CLOSED, 0);
    let import = ["issuer", "import", "--config", "issuer.toml", "--from"];
    let secret = "mysql://ada:hunter2@localhost/issuer";
    let refused = env.air(&[&import[..], &[secret]].concat());
    refused.failed_with(2, "invalid URL of the vendor's database");
    assert!(!refused.stderr.contains("hunter2"), "{refused:?}");
    env.air(&[&import[..], &["postgres://ada@127.0.0.1:1/issuer"]].concat())
        .failed_with(5, "failed to open the vendor's database");
    assert!(!env.path("data").exists(), "nothing was created");
}

#[test]
fn a_shadow_run_compares_two_services_and_names_one_that_does_not_respond() {
    let env = TestEnv::new();
    configure(&env, CLOSED, 0);
    let server = Server::start(&env.path(""), &["issuer", "serve", "--config", "issuer.toml"]);
    let ours = [
        "issuer",
        "shadow",
        "--config",
        "issuer.toml",
        "--ours",
        server.url(),
    ];
    let same = env
        .air(&[&ours[..], &["--vendor", server.url()]].concat())
        .succeeded();
    assert!(same.text().contains("GET /.well-known/did.json"), "{same:?}");
    assert!(same.text().contains("skipped previews"), "{same:?}");
    let closed = env.air(&[&ours[..], &["--vendor", CLOSED]].concat());
    closed.failed_with(5, "failed to connect to the vendor's service; ");
    assert!(closed.stdout.is_empty(), "{closed:?}");
    env.air(&[&ours[..], &["--vendor", "http://vendor.example"]].concat())
        .failed_with(2, "invalid URL of the vendor's service");
    server.terminate();
}

/// A file of the repository.
fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn packaged(name: &str) -> String {
    source(&format!("packaging/{name}"))
}

#[test]
fn the_example_of_the_debian_package_is_a_configuration_with_usable_keys() {
    let env = TestEnv::new();
    for key in ["tokens", "credentials", "status-lists"] {
        let file = format!("{key}.pem");
        env.air(&["keys", "generate", "--out", &file]).succeeded();
    }
    let [hash, admin_hash] = ["0", "1"].map(|digit| format!("sha256-{}", digit.repeat(64)));
    let folder = format!("{}/", env.path("").display());
    let toml = packaged("issuer.toml")
        .replace("/run/credentials/air-issuer.service/secret_", &folder)
        .replace("/var/lib/air-issuer", &format!("{folder}data"))
        .replace("https://api.sandbox.mocachain.org", CLOSED)
        .replace("https://issuer.example", "http://localhost:1");
    env.write(
        "issuer.toml",
        format!("api-keys = [\"{hash}\"]\nadmin-api-keys = [\"{admin_hash}\"]\n{toml}"),
    );
    let check = env.air(&["issuer", "check", "--json", "--config", "issuer.toml"]);
    check.failed_with(1, "1 check failed");
    assert_eq!(
        problems(&check.json()),
        [
            ("database", "database-new"),
            ("dstorage", "dstorage-unreachable"),
            ("did", "did-unreachable")
        ]
    );
}

/// The text of a member of the ConfigMap: the lines that are indented more than its name.
fn member(manifest: &str, name: &str) -> String {
    let (_, after) = manifest.split_once(&format!("\n  {name}: |\n")).unwrap();
    let lines = after
        .lines()
        .map_while(|line| line.is_empty().then_some("").or(line.strip_prefix("    ")));
    let lines: Vec<&str> = lines.collect();
    lines.join("\n")
}

#[test]
fn the_example_for_kubernetes_is_a_configuration_with_usable_keys() {
    let env = TestEnv::new();
    for key in ["tokens", "credentials", "status-lists"] {
        let file = format!("{key}.pem");
        env.air(&["keys", "generate", "--out", &file]).succeeded();
    }
    let manifest = source("examples/issuer-kubernetes/issuer.yml");
    env.write("member.json", member(&manifest, "member.json"));
    env.write("hook", "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz");
    let [hash, admin_hash] = ["0", "1"].map(|digit| format!("sha256-{}", digit.repeat(64)));
    let toml = member(&manifest, "issuer.toml")
        .replace(
            "/run/secrets/air-issuer/",
            &format!("{}/", env.path("").display()),
        )
        .replace("https://claims.example", CLOSED)
        .replace("https://api.sandbox.mocachain.org", CLOSED)
        .replace("https://issuer.example", "http://localhost:1");
    env.write(
        "issuer.toml",
        format!("sqlite = \"data\"\napi-keys = [\"{hash}\"]\nadmin-api-keys = [\"{admin_hash}\"]\n{toml}"),
    );
    let check = env.air(&["issuer", "check", "--json", "--config", "issuer.toml"]);
    check.failed_with(1, "2 checks failed");
    let document = check.json();
    let problems = problems(&document);
    // The hook's secret has the mode that the test gave it.
    let problems: Vec<_> = problems
        .into_iter()
        .filter(|(check, _)| *check != "config")
        .collect();
    assert_eq!(
        problems,
        [
            ("database", "database-new"),
            ("claims", "claims-unavailable"),
            ("dstorage", "dstorage-unreachable"),
            ("did", "did-unreachable")
        ]
    );
}

/// The container has no HTTP client, so the health check is a script.
#[cfg(unix)]
#[test]
fn the_health_check_of_the_container_reports_whether_the_service_responds() {
    use std::process::{Command, Stdio};

    let file = packaged("issuer.Dockerfile");
    let line = file
        .lines()
        .find(|line| line.starts_with("HEALTHCHECK "))
        .unwrap();
    let (_, command) = line.split_once(" CMD ").unwrap();
    let words: Vec<String> = serde_json::from_str(command).unwrap();
    let is_healthy = |port: &str| {
        let words: Vec<String> = words
            .iter()
            .map(|word| word.replace("127.0.0.1/3000", &format!("127.0.0.1/{port}")))
            .collect();
        let status = Command::new(&words[0])
            .args(&words[1..])
            .stderr(Stdio::null())
            .status();
        status.unwrap().success()
    };
    let env = TestEnv::new();
    configure(&env, CLOSED, 0);
    let serve = ["issuer", "serve", "--config", "issuer.toml"];
    let server = Server::start(&env.path(""), &serve);
    let (_, port) = server.url().rsplit_once(':').unwrap();
    let port = port.to_owned();
    assert!(is_healthy(&port));
    server.terminate();
    assert!(!is_healthy(&port));
}
