//! `air doctor --service`: a running platform and a running issuer's service by their URLs.

use super::{DoctorEnv, assert_found, found};
use crate::{
    issuer_service::configure,
    support::{TestEnv, server::Server},
};

/// Nothing listens there.
const CLOSED: &str = "http://127.0.0.1:1";

#[test]
fn a_running_platform_is_checked_without_a_key() {
    let env = DoctorEnv::new();
    let url = env.platform.url();
    let metrics = format!("{url}/metrics");
    let run = env.cli.air(&[
        "doctor",
        "--json",
        "--service",
        url,
        "--metrics",
        metrics.as_str(),
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let expected = [
        ("service", "good"),
        ("clock", "good"),
        ("certificate", "skipped"),
        ("ready", "good"),
        ("did", "skipped"),
        ("version", "good"),
        ("callbacks", "good"),
        ("store", "good"),
    ];
    let found = found(&run);
    let found: Vec<(&str, &str)> = found
        .iter()
        .map(|(check, code)| (check.as_str(), code.as_str()))
        .collect();
    assert_eq!(found, expected);
    let without = env.cli.air(&["doctor", "--json", "--service", url]);
    assert_found(&without.succeeded(), &[("metrics", "skipped")]);
}

#[test]
fn a_running_issuers_service_is_checked_without_a_key() {
    let cli = TestEnv::new();
    configure(&cli, CLOSED, 0);
    let server = Server::start(&cli.path(""), &["issuer", "serve", "--config", "issuer.toml"]);
    let metrics = server.ready["metricsUrl"].as_str().unwrap();
    let run = cli.air(&[
        "doctor",
        "--json",
        "--service",
        server.url(),
        "--metrics",
        metrics,
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    // Its origin is another one than its address.
    let expected = [
        ("service", "good"),
        ("ready", "good"),
        ("did", "did-elsewhere"),
        ("jwks", "good"),
        ("status-list", "good"),
        ("outbox", "good"),
        ("status-lists", "good"),
    ];
    assert_found(&run, &expected);
}

#[cfg(unix)]
#[test]
fn over_https_the_end_of_the_certificate_is_checked() {
    let cli = TestEnv::new();
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    cli.write("cert.pem", cert.pem());
    cli.write("tls.pem", signing_key.serialize_pem());
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "tls.pem",
    ];
    let platform = Server::start(&cli.path(""), &up);
    let url = platform.url().replace("127.0.0.1", "localhost");
    let trusted = ("SSL_CERT_FILE", cli.path("cert.pem"));
    let run = cli.air_in(trusted, &["doctor", "--json", "--service", &url], "");
    assert_found(
        &run,
        &[("service", "good"), ("certificate", "good"), ("ready", "good")],
    );
    let untrusted = cli.air(&["doctor", "--json", "--service", &url]);
    assert_found(&untrusted, &[("service", "service-unreachable")]);
}

#[test]
fn what_is_no_running_service_is_a_failure_with_a_remedy() {
    let env = DoctorEnv::new();
    let (url, jwks) = (env.platform.url(), env.jwks.url());
    for (service, metrics, check, code) in [
        (CLOSED, CLOSED, "service", "service-unreachable"),
        (jwks, CLOSED, "service", "service-other"),
        (url, CLOSED, "metrics", "metrics-unreachable"),
        (url, jwks, "metrics", "metrics-other"),
    ] {
        let arguments = ["doctor", "--json", "--service", service, "--metrics", metrics];
        let run = env.cli.air(&arguments);
        assert_eq!(run.code, 1, "{service} {metrics}: {run:?}");
        assert_found(&run, &[(check, code)]);
    }
    for wrong in ["issuer.example", "https://issuer.example/?key=1"] {
        let run = env.cli.air(&["doctor", "--service", wrong]);
        run.failed_with(2, "invalid --service");
    }
    let run = env.cli.air(&["doctor", "--metrics", url]);
    assert_eq!(run.code, 2, "{run:?}");
}
