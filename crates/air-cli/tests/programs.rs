//! `air partner`, `air program` and `air verification` on a local platform.

use serde_json::{Value, json};

use crate::support::{Run, TestEnv, example, server::Server};

struct ProgramEnv {
    cli: TestEnv,
    platform: Server,
}

impl ProgramEnv {
    /// An empty platform.
    fn start() -> Self {
        let cli = TestEnv::new();
        let platform = Server::start(&cli.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
        Self { cli, platform }
    }

    fn air(&self, arguments: &[&str]) -> Run {
        self.cli
            .air(&[arguments, &["--url", self.platform.url()]].concat())
    }

    fn json(&self, arguments: &[&str]) -> Value {
        self.air(&[arguments, &["--json"]].concat()).succeeded().json()
    }

    fn partner(&self, name: &str) -> Value {
        self.json(&[
            "partner",
            "create",
            "--name",
            name,
            "--jwks-url",
            "http://127.0.0.1:1/jwks.json",
            "--issue-on-behalf",
        ])
    }
}

#[test]
fn a_partner_is_created_listed_and_shown() {
    let env = ProgramEnv::start();
    assert_eq!(
        env.json(&["partner", "list"]),
        json!({ "records": [], "hasMore": false })
    );
    let created = env.partner("Zenith");
    env.partner("Nadir");
    let listed = env.json(&["partner", "list", "zen"]);
    assert_eq!(listed["records"].as_array().unwrap().len(), 1);
    let shown = env.json(&["partner", "show", "Zenith"]);
    for member in ["partnerId", "issuerDid", "verifierDid"] {
        assert_eq!(shown[member], created[member]);
    }
    assert_eq!(
        (&shown["name"], &shown["issueOnBehalf"]),
        (&json!("Zenith"), &json!(true))
    );
    assert_eq!(
        env.json(&["partner", "show", shown["partnerId"].as_str().unwrap()]),
        shown
    );
    env.air(&["partner", "show", "Zen"])
        .failed_with(3, "no such partner");
    env.partner("Zenith");
    env.air(&["partner", "show", "Zenith"])
        .failed_with(2, "several have this name");
    let text = env.air(&["partner", "list"]).succeeded();
    assert_eq!(text.text().lines().count(), 3);
}

#[test]
fn a_program_is_created_as_a_draft_published_and_shown() {
    let env = ProgramEnv::start();
    let partner = env.partner("Zenith");
    let owner = ["--partner-id", partner["partnerId"].as_str().unwrap()];
    let schema = example("schema.json");
    let create = [
        "program",
        "create",
        "--schema",
        &schema,
        "--cak",
        "--expiration",
        "90d",
        "--maximum-issuance",
        "5",
    ];
    let created = env.json(&[&create[..], &owner].concat());
    let id = created["credentialId"].as_str().unwrap();
    let shown = env.json(&["program", "show", id]);
    assert_eq!(created["schemaId"], shown["schemaId"]);
    assert_eq!(
        (&shown["published"], &shown["cak"]),
        (&json!(false), &json!(true))
    );
    assert_eq!(
        (&shown["expiration"], &shown["maximumIssuance"]),
        (&json!("90d"), &json!(5))
    );
    let published = env.json(&["program", "publish", id]);
    assert_eq!(published["published"], true);
    assert_eq!(env.json(&["program", "publish", id]), published);
    let listed = env.json(&["program", "list", "kyc"]);
    assert_eq!(listed["records"][0]["credentialId"], id);
    assert!(
        env.air(&["program", "show", id])
            .succeeded()
            .text()
            .contains("published")
    );
    // Another program of the schema that was published with the first.
    let again = [
        "program",
        "create",
        "--schema",
        shown["schemaId"].as_str().unwrap(),
        "--publish",
    ];
    env.json(&[&again[..], &owner].concat());

    let refused = env.air(&["program", "publish", "c00000000000000000000v", "--json"]);
    refused.failed_with(3, "no such issuance program");
    assert_eq!(refused.json()["error"]["code"], "inputRejected");
    env.air(&["program", "create", "--schema", &schema])
        .failed_with(2, "missing --partner-id");
    env.air(&[&["program", "create", "--schema", "missing.json"], &owner[..]].concat())
        .failed_with(1, "missing.json");
    env.air(
        &[
            &["program", "create", "--schema", &schema, "--expiration", "soon"],
            &owner[..],
        ]
        .concat(),
    )
    .failed_with(2, "expiration");
}

#[test]
fn a_verification_program_has_its_conditions() {
    let env = ProgramEnv::start();
    let partner = env.partner("Zenith");
    let owner = ["--partner-id", partner["partnerId"].as_str().unwrap()];
    let schema = example("schema.json");
    let create = [
        "verification",
        "create",
        "--schema",
        &schema,
        "--require-cak",
        "--condition",
        "isOver18 equals true",
        "--condition",
        r#"nationality in ["UTO"]"#,
    ];
    let created = env.json(&[&create[..], &owner].concat());
    let id = created["programId"].as_str().unwrap();
    let shown = env.json(&["verification", "show", id]);
    assert_eq!(
        shown["conditions"],
        json!([
            { "attribute": "isOver18", "operator": "equals", "value": true },
            { "attribute": "nationality", "operator": "in", "value": ["UTO"] },
        ])
    );
    assert_eq!(shown["requireCak"], true);
    assert_eq!(env.json(&["verification", "list"])["records"][0], shown);
    let text = env.air(&["verification", "show", id]).succeeded();
    assert!(text.text().contains("isOver18 equals true"), "{}", text.text());
    env.air(
        &[
            &[
                "verification",
                "create",
                "--schema",
                &schema,
                "--condition",
                "age above 17",
            ],
            &owner[..],
        ]
        .concat(),
    )
    .failed_with(2, "ATTRIBUTE OPERATOR VALUE");
    env.air(
        &[
            &[
                "verification",
                "create",
                "--schema",
                &schema,
                "--condition",
                "age greater 17",
            ],
            &owner[..],
        ]
        .concat(),
    )
    .failed_with(3, "age");
}

/// With a profile, neither the partner nor a program is named by an id.
#[test]
fn new_programs_are_added_to_the_profile_by_name() {
    let cli = TestEnv::new();
    let mut seed: Value = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    seed["partner"]["jwksUrl"] = "http://127.0.0.1:1/jwks.json".into();
    cli.write("seed.json", seed.to_string());
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
    let platform = Server::start(&cli.path(""), &up);
    cli.air(&["init", "--from-sandbox", "--url", platform.url()])
        .succeeded();
    let (schema, subject) = (example("schema.json"), example("subject.json"));
    let create = [
        "program",
        "create",
        "--schema",
        &schema,
        "--name",
        "short",
        "--expiration",
        "1d",
    ];
    let created = cli.air(&create).succeeded();
    assert!(
        created.text().contains("air program publish short"),
        "{created:?}"
    );
    cli.air(&[
        "issue",
        "--program",
        "short",
        "--on-behalf",
        "ada@example.com",
        &subject,
    ])
    .failed_with(3, "draft");
    cli.air(&["program", "publish", "short"]).succeeded();
    cli.air(&[
        "issue",
        "--program",
        "short",
        "--on-behalf",
        "ada@example.com",
        &subject,
    ])
    .succeeded();
    let create = ["verification", "create", "--schema", &schema, "--name", "anyone"];
    cli.air(&create).succeeded();
    cli.air(&["verification", "show", "anyone"]).succeeded();
    cli.air(&["verification", "show", "adult"]).succeeded();
    cli.air(&[&create[..], &["--url", "http://127.0.0.1:1", "--partner-id", "p"]].concat())
        .failed_with(2, "--name adds to a profile");
}

#[test]
fn hosted_platforms_are_refused_with_a_sentence() {
    let cli = TestEnv::new();
    for command in [
        &["partner", "list"][..],
        &["partner", "show", "x"],
        &[
            "partner",
            "create",
            "--name",
            "x",
            "--jwks-url",
            "https://a.example/jwks.json",
        ],
        &["program", "list"],
        &["program", "show", "c00000000000000000000v"],
        &["program", "publish", "c00000000000000000000v"],
        &["program", "create", "--schema", "s", "--partner-id", "p"],
        &["verification", "list"],
        &["verification", "show", "c00000000000000000000v"],
        &["verification", "create", "--schema", "s", "--partner-id", "p"],
        &["sandbox", "clock"],
        &["events", "list"],
    ] {
        let refused = cli.air(&[command, &["--url", "production", "--json"]].concat());
        refused.failed_with(2, "works on a local platform only");
        assert_eq!(refused.json()["error"]["code"], "wrongUsage", "{command:?}");
    }
}

#[test]
fn calls_without_a_hosted_counterpart_are_refused_before_a_key_is_opened() {
    const HASH: &str = "4569091f6fa146a9f68ddea5ef682e9bd58d999be86dc3632207ed932fef69d1";
    const DID: &str = "did:air:id:test:4Ny2wqbfoESGxecqZc5ro2mfopicqYBJiCMvrkJtMb";
    let cli = TestEnv::new();
    for (command, hint) in [
        (&["revoke", HASH][..], "the hosted platform's dashboard"),
        (&["status", "--proof", HASH], "--offline"),
        (
            &["status", "--proof", "--wait", "--rpc", "http://127.0.0.1:1", HASH],
            "--offline",
        ),
        (&["issue", "subject.json"], "--on-behalf"),
        (&["verify"], "the AIR Kit SDK's pages"),
        (&["offer"], "a local platform"),
        (&["request"], "a local platform"),
        (
            &["cak", "show", "--user", "u", "--schema", "s"],
            "a local platform",
        ),
        (&["partner", "rotate-callback-secret"], "a local platform"),
        (&["schema", "search", "age"], "a local platform"),
        (&["schema", "show", "KXNF0Y2RWPD0YQTEQZFJDE"], "a local platform"),
        (&["did", "resolve", DID], "no public resolver"),
        (
            &["listen", "--forward-to", "http://127.0.0.1:1"],
            "the hosted platform's dashboard",
        ),
        (&["logs"], "the hosted platform's dashboard"),
    ] {
        let refused = cli.air(&[command, &["--url", "sandbox", "--json"]].concat());
        refused.failed_with(2, "works on a local platform only");
        let shown = refused.json()["error"]["hint"].to_string();
        assert!(shown.contains(hint), "{command:?}: {shown}");
    }
}

#[test]
fn a_partners_backend_is_set_shown_and_removed_without_its_key() {
    const SECRET: &str = "a-secret-of-the-backend";
    let env = ProgramEnv::start();
    let created = env.partner("Zenith");
    env.cli.write("api-key", format!("{SECRET}\n"));
    let set = [
        "partner",
        "issuer",
        "set",
        "--available-vc-url",
        "http://localhost:3000/available-vc",
        "--issue-vc-url",
        "http://localhost:3000/issue-vc",
        "--api-key-file",
        "api-key",
        "Zenith",
        "--did",
    ];
    let registered = env.json(&[&set[..], &["did:web:localhost%3A3000"]].concat());
    assert_eq!(registered["partnerId"], created["partnerId"]);
    assert_eq!(registered["did"], "did:web:localhost%3A3000");
    assert_eq!(env.json(&["partner", "issuer", "show", "Zenith"]), registered);
    let shown = env.air(&["partner", "issuer", "show", "Zenith"]).succeeded();
    assert!(
        shown.text().contains("http://localhost:3000/issue-vc"),
        "{shown:?}"
    );
    assert!(!shown.text().contains(SECRET));
    env.air(&[&set[..], &["did:web:127.0.0.1%3A3000"]].concat())
        .failed_with(3, "did:");
    assert_eq!(env.json(&["partner", "issuer", "remove", "Zenith"]), registered);
    env.air(&["partner", "issuer", "show", "Zenith"])
        .failed_with(3, "this partner has no issuer backend");
}
