//! A credential that was issued on behalf of a user has no CAK until the user gives one; then the
//! document moves to it.

use std::ops::Deref;

use crate::support::{Run, example, seeded_env::SeededEnv};

struct OnBehalfEnv(SeededEnv);

impl Deref for OnBehalfEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.0
    }
}

impl OnBehalfEnv {
    fn start() -> Self {
        let env = Self(SeededEnv::of_examples());
        env.cli.write("wallet", "11".repeat(32));
        env
    }

    fn issue(&self, more: &[&str]) -> Run {
        let program = [
            "--issuer",
            self.id("/issuerDid"),
            "--program",
            self.id("/programs/kyc"),
        ];
        let subject = example("subject.json");
        self.air(&["issue"], &[&program, more, &[&subject]].concat())
            .succeeded()
    }

    fn show(&self, user: &str, more: &[&str]) -> Run {
        let (issuer, schema) = (self.id("/issuerDid"), self.id("/schemas/kyc"));
        let context = ["--user", user, "--issuer", issuer, "--schema", schema];
        self.air(&["cak", "show"], &[&context, more].concat())
    }
}

const MISSING: &str = "no CAK yet: the user has not accepted";

#[test]
fn each_command_says_that_the_user_has_not_accepted() {
    let env = OnBehalfEnv::start();
    let bob = ["--on-behalf", "bob@example.com"];
    let told = env.issue(&bob);
    assert!(told.text().contains(MISSING), "{told:?}");
    let issued = env
        .issue(&[&bob[..], &["--ignore-duplicate", "--json"]].concat())
        .json();
    assert_eq!(issued["sandbox"]["cak"]["missing"]["reason"], "notAccepted");
    let hash = issued["coreClaimHash"].as_str().unwrap();
    let status = env.air(&["status"], &[hash, "--wait"]).succeeded();
    assert!(status.text().contains(MISSING), "{status:?}");

    let user = issued["userUuid"].as_str().unwrap();
    let refused = env.show(user, &[]);
    refused.failed_with(3, "the user has not accepted");
    assert!(refused.stderr.contains("air cak rewrap"), "{refused:?}");
    let unknown = env.show("00000000-0000-4000-8000-000000000000", &[]);
    let without_request = |run: &Run| {
        let lines = run.stderr.lines();
        lines
            .filter(|line| !line.trim_start().starts_with("request "))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(unknown.code, refused.code);
    assert_eq!(without_request(&unknown), without_request(&refused));

    let program = ["--program", env.id("/verificationPrograms/adult"), "--agree"];
    let holder = ["--email", "bob@example.com", "--wallet-key-file", "wallet"];
    let verify = [&program[..], &holder].concat();
    let verified = env.air(&["verify"], &verify).succeeded();
    assert!(
        verified.text().contains(&format!("missing: {MISSING}")),
        "{verified:?}"
    );
    let verified = env
        .air(&["verify"], &[&verify[..], &["--json"]].concat())
        .succeeded()
        .json();
    assert_eq!(verified["status"], "Compliant");
    assert_eq!(verified["cakPrivateKeyReleased"], false);
    assert_eq!(verified["cakMissing"]["reason"], "notAccepted");
}

#[test]
fn a_document_moves_from_the_managed_key_to_the_key_that_show_prints() {
    let env = OnBehalfEnv::start();
    let cli = &env.cli;
    cli.write("managed.hex", "22".repeat(32));
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        "managed.hex",
        "--public",
        "--to",
        "hex",
    ];
    let managed = cli.air(&convert).succeeded();
    let (issuer, schema) = (env.id("/issuerDid"), env.id("/schemas/kyc"));
    cli.write("passport.jpg", "a passport");
    let label = ["--label", "passport.jpg"];
    let name = ["--managed", "vault-2026", "--issuer", issuer];
    let seal = [
        &["cak", "seal", "--public-key", managed.text()][..],
        &name,
        &label,
    ]
    .concat();
    cli.air(&[&seal[..], &["passport.jpg", "managed.sealed"]].concat())
        .succeeded();

    let issued = env.issue(&["--on-behalf", "ada@example.com", "--json"]).json();
    let user = issued["userUuid"].as_str().unwrap();
    env.show(user, &[]).failed_with(3, "the user has not accepted");
    // The user gives the key, here by an issuance in the user's presence.
    let holder = [
        "--email",
        "ada@example.com",
        "--wallet-key-file",
        "wallet",
        "--json",
    ];
    let given = env.issue(&holder).json();
    let shown = env.show(user, &["--json"]).succeeded().json();
    assert_eq!(shown["publicKey"], given["cakPublicKey"]);
    let key = shown["publicKey"].as_str().unwrap();
    assert!(env.show(user, &[]).succeeded().text().contains(key));
    env.show(user, &["--curve", "secp256k1"])
        .failed_with(3, "the user has not accepted");

    let rewrap = [
        &["cak", "rewrap", "--private-key-file", "managed.hex"][..],
        &name,
        &label,
    ]
    .concat();
    let to = ["--to-public-key", key, "--to-user", user, "--to-schema", schema];
    cli.air(&[&rewrap[..], &to, &["managed.sealed", "passport.sealed"]].concat())
        .succeeded();
    let context = ["--user", user, "--issuer", issuer, "--schema", schema];
    let derive = [
        "cak",
        "derive",
        "--wallet-key-file",
        "wallet",
        "--chain-id",
        "222888",
        "--private-key-out",
        "cak.hex",
    ];
    cli.air(&[&derive[..], &context].concat()).succeeded();
    let open = [
        &["cak", "open", "--private-key-file", "cak.hex"][..],
        &context,
        &label,
    ]
    .concat();
    cli.air(&[&open[..], &["passport.sealed", "opened.jpg"]].concat())
        .succeeded();
    assert_eq!(cli.read("opened.jpg"), b"a passport");
}
