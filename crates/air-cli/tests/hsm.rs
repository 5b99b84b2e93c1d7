//! Keys in an HSM (SoftHSM) on the command line. The book's page has the usual way; these are the errors.

use std::{path::Path, process::Command};

use crate::support::{Run, TestEnv, binary};

const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";
const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";
const PIN: &str = "1934-pin";

/// A folder with a token `issuer` and its PIN, if SoftHSM is installed.
struct Hsm(TestEnv);

impl Hsm {
    #[expect(clippy::print_stderr, reason = "a skipped test says so")]
    fn new() -> Option<Self> {
        if !Path::new(MODULE).exists() {
            eprintln!("skipped: SoftHSM is not installed (apt-get install softhsm2)");
            return None;
        }
        let env = TestEnv::new();
        let tokens = env.path("tokens");
        std::fs::create_dir(&tokens).unwrap();
        env.write(
            "softhsm2.conf",
            format!("directories.tokendir = {}\n", tokens.display()),
        );
        env.write("pin", PIN);
        let initialised = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", "issuer"])
            .args(["--pin", PIN, "--so-pin", "5678-officer"])
            .env("SOFTHSM2_CONF", env.path("softhsm2.conf"))
            .output()
            .unwrap();
        assert!(initialised.status.success(), "{initialised:?}");
        Some(Self(env))
    }

    fn air(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Run {
        Command::new(binary())
            .args(arguments)
            .current_dir(self.0.path(""))
            .env("SOFTHSM2_CONF", self.0.path("softhsm2.conf"))
            .envs(variables.iter().copied())
            .output()
            .unwrap()
            .into()
    }

    fn generate(&self, more: &[&str]) -> Run {
        let command = [
            "keys", "generate", "--pkcs11", "--module", MODULE, "--token", "issuer", "--json",
        ];
        self.air(&[&command[..], more].concat(), &[])
    }

    fn sign(&self, key: &str, variables: &[(&str, &str)]) -> Run {
        let command = [
            "token",
            "sign",
            "--scope",
            "issue",
            "--partner-id",
            PARTNER,
            "--key",
            key,
        ];
        self.air(&command, variables)
    }
}

#[test]
fn a_key_of_an_hsm_signs_and_is_exported() {
    let Some(hsm) = Hsm::new() else { return };
    let generated = hsm
        .generate(&["--pin-file", "pin", "--label", "a key", "--kid", "key 1"])
        .succeeded()
        .json();
    let uri = generated["uri"].as_str().unwrap();
    assert_eq!(generated["kid"], "key 1");
    assert_eq!(generated["algorithm"], "ES256");
    let exported = hsm
        .air(&["jwks", "export", "--key", uri, "--kid", "key 1"], &[])
        .succeeded()
        .json();
    assert_eq!(exported["keys"][0], generated["jwk"]);

    // The PIN of the environment.
    let (bare, _) = uri.split_once("&pin-source").unwrap();
    let signed = hsm.sign(bare, &[("AIR_PKCS11_PIN", PIN)]).succeeded();
    assert_eq!(signed.text().matches('.').count(), 2);
    hsm.sign(bare, &[]).failed_with(2, "missing PIN");
}

#[test]
fn a_generated_key_is_shown_as_the_issuer_reads_it() {
    let Some(hsm) = Hsm::new() else { return };
    let command = [
        "keys",
        "generate",
        "--pkcs11",
        "--module",
        MODULE,
        "--token",
        "issuer",
        "--pin-file",
        "pin",
        "--kid",
        "key \"1\"",
    ];
    let generated = hsm.air(&command, &[]).succeeded();
    let (_, line) = generated
        .text()
        .lines()
        .find_map(|line| line.split_once("issuer.toml: "))
        .unwrap();
    let parsed: toml_edit::DocumentMut = line.parse().unwrap();
    let key = &parsed["credentials"];
    assert!(
        key["pkcs11"]
            .as_str()
            .unwrap()
            .starts_with("pkcs11:token=issuer;")
    );
    assert_eq!(key["kid"].as_str(), Some("key \"1\""));
}

#[test]
fn errors_have_their_exit_codes_and_no_pin() {
    let Some(hsm) = Hsm::new() else { return };
    hsm.0.write("wrong", "hunter2-hunter2");
    let generated = hsm.generate(&["--pin-file", "pin"]).succeeded().json();
    let uri = generated["uri"].as_str().unwrap();
    hsm.generate(&["--pin-file", "pin"])
        .failed_with(1, "already has a key `air`");
    hsm.generate(&["--pin-file", "pin", "--algorithm", "RS256"])
        .failed_with(2, "ES256 only");
    for (key, exit, reason) in [
        (uri.replace("/pin", "/wrong"), 4, "refused the PIN"),
        (uri.replace("token=issuer", "token=other"), 5, "no token `other`"),
        (
            uri.replace("object=air", "object=other"),
            3,
            "no EC private key `other`",
        ),
        (uri.replace(MODULE, "/nowhere.so"), 1, "could not be loaded"),
        (
            uri.replace("pin-source", "pin-value"),
            2,
            "`pin-value` is not allowed",
        ),
        ("http://signer.example/#k".to_owned(), 2, "must be https"),
        ("https://signer.example/".to_owned(), 2, "fragment"),
        ("https://signer.example/#k".to_owned(), 2, "missing bearer token"),
    ] {
        let run = hsm.sign(&key, &[]);
        run.failed_with(exit, reason);
    }
    hsm.sign("http://127.0.0.1:9/#k", &[("AIR_SIGNER_TOKEN", "hunter2")])
        .failed_with(5, "not reachable");
}

#[test]
fn a_profile_cannot_name_a_module() {
    let env = TestEnv::new();
    env.write(
        "air.toml",
        format!(
            "[profiles.local]\nurl = \"http://127.0.0.1:9\"\npartner-id = \"{PARTNER}\"\n\
             key = \"pkcs11:token=a;object=b?module-path=module.so\"\n"
        ),
    );
    env.air(&["token", "sign", "--scope", "issue"])
        .failed_with(3, "must be a file");
}
