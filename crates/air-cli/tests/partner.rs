//! `air partner`: the callback secret is replaced, printed once, and signs callbacks at once.

use std::ops::Deref;

use air_client::AirClient;

use crate::support::{
    Run, example,
    receiver::{next, receive},
    seeded_env::SeededEnv,
};

struct PartnerEnv(SeededEnv);

impl Deref for PartnerEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.0
    }
}

impl PartnerEnv {
    fn start() -> Self {
        Self(SeededEnv::of_examples())
    }

    fn rotate(&self, more: &[&str]) -> Run {
        self.air(&["partner", "rotate-callback-secret"], more)
    }

    /// Sets the first callback URL, and gives its secret.
    fn set_callback_url(&self, url: &str) -> String {
        let sign = [
            "token",
            "sign",
            "--key",
            "key.pem",
            "--partner-id",
            self.id("/partnerId"),
            "--scope",
            "issue",
        ];
        let token = self.cli.air(&sign).succeeded();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let record = runtime.block_on(async {
            let client = AirClient::at(self.platform.url()).unwrap();
            client.modify_issuer(token.text(), &url.parse().unwrap()).await
        });
        record.unwrap().callback_secret.unwrap()
    }

    /// Issues to a user, who then agrees to a verification: the platform calls the issuer back.
    fn release_a_key(&self) {
        self.cli.write("wallet", "11".repeat(32));
        let holder = ["--email", "ada@example.com", "--wallet-key-file", "wallet"];
        let program = [
            "--issuer",
            self.id("/issuerDid"),
            "--program",
            self.id("/programs/kyc"),
        ];
        let subject = example("subject.json");
        let issued = self
            .air(
                &["issue"],
                &[&program[..], &holder, &["--json", &subject]].concat(),
            )
            .succeeded()
            .json();
        let hash = issued["coreClaimHash"].as_str().unwrap();
        self.air(&["status"], &["--wait", hash]).succeeded();
        let verification = ["--program", self.id("/verificationPrograms/adult"), "--agree"];
        self.air(&["verify"], &[&verification[..], &holder].concat())
            .succeeded();
    }
}

#[test]
fn a_rotated_callback_secret_is_printed_once_and_signs_at_once() {
    let env = PartnerEnv::start();
    env.rotate(&[]).failed_with(3, "no callback URL yet");
    let (url, posted) = receive(&[]);
    let first = env.set_callback_url(&url);

    let rotated = env.rotate(&["--json"]).succeeded().json();
    let mut names: Vec<&String> = rotated.as_object().unwrap().keys().collect();
    names.sort();
    assert_eq!(names, ["callbackSecret", "callbackUrl", "issuerDid"]);
    assert_eq!(rotated["callbackUrl"], url);
    assert_eq!(rotated["issuerDid"], env.id("/issuerDid"));
    let second = rotated["callbackSecret"].as_str().unwrap();
    assert!(second.starts_with("whsec_"), "{second}");
    assert_ne!(second, first);

    let printed = env.rotate(&[]).succeeded();
    let third = printed
        .text()
        .lines()
        .find_map(|line| line.strip_prefix("callback secret"))
        .unwrap()
        .trim();
    assert!(third.starts_with("whsec_") && third != second, "{third}");

    env.release_a_key();
    next(&posted).check_signature(third);
    // The platform's later responses have no secret.
    for command in [&["events", "list"][..], &["logs"]] {
        let told = env
            .cli
            .air(&[command, &["--url", env.platform.url(), "--json"]].concat());
        let told = told.succeeded();
        for secret in [&first[..], second, third] {
            assert!(!told.text().contains(secret), "{command:?}");
        }
    }
}

#[test]
fn only_the_partners_own_key_rotates_its_callback_secret() {
    let env = PartnerEnv::start();
    let (url, _posted) = receive(&[]);
    env.set_callback_url(&url);
    env.cli
        .air(&["keys", "generate", "--out", "other.pem"])
        .succeeded();
    let stranger = [
        "partner",
        "rotate-callback-secret",
        "--url",
        env.platform.url(),
        "--key",
        "other.pem",
        "--partner-id",
        env.id("/partnerId"),
    ];
    let refused = env.cli.air(&stranger);
    refused.failed_with(4, "not authorised");
    assert!(refused.stdout.is_empty());
}
