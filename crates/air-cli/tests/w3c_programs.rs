//! Programs of the local platform that issue and accept W3C credentials with proofs: the protocol with the program `air-ssi`, by a stand-in,
//! and everything with the real one.

use std::{ops::Deref, os::unix::fs::symlink, path::PathBuf};

use reqwest::Client;
use serde_json::{Value, json};

use crate::support::{TestEnv, example, seeded_env::SeededEnv};

const RECORD: &str = r#"cat > "$folder/command.json"
echo '{"protocol":1,"credential":{"a":1},"publicKeyMultibase":"zUC7"}'"#;

/// A platform of the example's partner, which runs this program.
struct ProgramEnv {
    env: SeededEnv,
    /// The path of the program.
    ssi: PathBuf,
}

impl Deref for ProgramEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.env
    }
}

impl ProgramEnv {
    /// A platform with a stand-in.
    fn with_stand_in(behaviour: &str) -> Self {
        let cli = TestEnv::new();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/helper.sh");
        let program = cli.path("air-ssi");
        symlink(script, &program).unwrap();
        cli.write("behaviour", behaviour);
        Self::start(cli, program)
    }

    /// A platform with the real program.
    fn with_air_ssi() -> Self {
        Self::start(TestEnv::new(), std::env::var_os("AIR_SSI").unwrap().into())
    }

    fn start(cli: TestEnv, ssi: PathBuf) -> Self {
        let env = SeededEnv::with_program(cli, &[], ("AIR_SSI", &ssi));
        Self { env, ssi }
    }

    fn program(&self, options: &[&str]) -> String {
        let created = self.create("program", &[options, &["--publish"]].concat());
        let created = created.succeeded().json();
        created["credentialId"].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_program_with_a_proof_is_tried_out_when_it_is_published() {
    let env = ProgramEnv::with_stand_in(RECORD);
    let unlinkable = ["--proof", "bbs-2023", "--unlinkable", "--expiration", "30d"];
    let program = env.program(&unlinkable);
    let command: Value = serde_json::from_slice(&env.cli.read("command.json")).unwrap();
    assert_eq!(command["protocol"], 1);
    assert_eq!(
        (&command["command"], &command["suite"]),
        (&json!("issue"), &json!("bbs-2023"))
    );
    assert_eq!(command["issuer"], env.id("/issuerDid"));
    assert_eq!(command["key"].as_str().map(str::len), Some(64));
    let url = env.platform.url();
    let shown = env
        .cli
        .air(&["program", "show", "--url", url, &program])
        .succeeded();
    assert!(shown.text().contains("bbs-2023, unlinkable"), "{}", shown.text());

    let accepting = ["--accept-proof", "bbs-2023", "--accept-proof", "ecdsa-sd-2023"];
    env.create("verification", &accepting).succeeded();
    env.create("program", &["--unlinkable"]).failed_with(2, "--proof");
    env.create("program", &["--proof", "ecdsa-jcs-2019"])
        .failed_with(2, "unknown proof suite");
}

#[test]
fn a_missing_or_other_program_is_an_error_that_says_what_to_install() {
    let env = ProgramEnv::with_stand_in(r#"cat > /dev/null; echo '{"protocol":2}'"#);
    let publish = ["--proof", "bbs-2023", "--publish"];
    let refused = env.create("program", &publish);
    refused.failed_with(1, "is another version");
    assert!(refused.stderr.contains("cargo install"), "{}", refused.stderr);
    std::fs::remove_file(env.cli.path("air-ssi")).unwrap();
    let refused = env.create("program", &publish);
    refused.failed_with(1, "AIR_SSI names no file");
    assert!(refused.stderr.contains("cargo install"), "{}", refused.stderr);
    // A draft needs no program, and neither does SD-JWT VC.
    env.create("program", &["--proof", "bbs-2023"]).succeeded();
    env.create("program", &["--publish"]).succeeded();
}

/// The calls of a partner and of a user.
struct Api<'a> {
    env: &'a ProgramEnv,
    http: Client,
}

impl Api<'_> {
    async fn post(&self, path: &str, token: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.env.platform.url());
        let request = self.http.post(url).header("x-partner-auth", token).json(body);
        let response = request.send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status}: {answer}");
        answer
    }

    async fn get(&self, path: &str, session: &str) -> Value {
        let url = format!("{}{path}", self.env.platform.url());
        let response = self.http.get(url).bearer_auth(session).send().await.unwrap();
        let status = response.status();
        let answer: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{path}: {status}: {answer}");
        answer
    }

    /// Issues to a user, and returns the hash and the holder's W3C credential.
    async fn issued(&self, program: &str, email: &str) -> (String, Value) {
        let subject: Value =
            serde_json::from_slice(&std::fs::read(example("subject.json")).unwrap()).unwrap();
        let order = json!({
            "issuerDid": self.env.id("/issuerDid"),
            "credentialId": program,
            "credentialSubject": subject,
        });
        let token = self.env.token("issue on-behalf", &["--email", email]);
        let issued = self.post("/v1/credentials/issue-on-behalf", &token, &order).await;
        let hash = issued["coreClaimHash"].as_str().unwrap().to_owned();
        let login = json!({ "email": email });
        let session = self
            .post("/sandbox/v1/sessions", &self.env.token("issue", &[]), &login)
            .await;
        let session = session["sessionToken"].as_str().unwrap();
        let held = self
            .get(&format!("/sandbox/v1/users/me/credentials/{hash}/w3c"), session)
            .await;
        (hash, held["credential"].clone())
    }

    async fn report(&self, verification: &str, body: &Value) -> Value {
        let path = format!("/sandbox/v1/verification-programs/{verification}/w3c-presentations");
        self.post(&path, &self.env.token("verify", &[]), body).await
    }
}

/// With each suite: a credential is issued, presented by the command line, verified by the platform and by the command line, and revoked.
#[tokio::test]
#[ignore = "needs air-ssi: cargo xtask ssi builds it and sets AIR_SSI"]
async fn each_suite_is_issued_presented_verified_and_revoked() {
    let env = ProgramEnv::with_air_ssi();
    let api = Api {
        env: &env,
        http: Client::new(),
    };
    let suites = ["ecdsa-rdfc-2019", "eddsa-rdfc-2022", "ecdsa-sd-2023", "bbs-2023"];
    let accepted: Vec<&str> = suites
        .iter()
        .flat_map(|suite| ["--accept-proof", suite])
        .collect();
    let condition = ["--condition", "isOver18 equals true"];
    let verification = env.create("verification", &[&condition[..], &accepted].concat());
    let verification = verification.succeeded().json()["programId"]
        .as_str()
        .unwrap()
        .to_owned();
    let (schema, issuer) = (env.id("/schemas/kyc"), env.id("/issuerDid"));
    let context_url = format!(
        "{}/sandbox/v1/schemas/{schema}/context.jsonld",
        env.platform.url()
    );
    let context = api
        .get(&format!("/sandbox/v1/schemas/{schema}/context.jsonld"), "")
        .await;
    env.cli.write("kyc.jsonld", context.to_string());
    let context = format!("{context_url}=kyc.jsonld");

    for suite in suites {
        let program = env.program(&["--proof", suite, "--expiration", "90d"]);
        let (hash, credential) = api.issued(&program, "ada@example.com").await;
        let document = api
            .get(&format!("/sandbox/v1/issuers/{issuer}/did.json"), "")
            .await;
        env.cli.write("did.json", document.to_string());
        let known = ["--issuer-document", "did.json", "--context", &context];
        let is_selective = matches!(suite, "ecdsa-sd-2023" | "bbs-2023");
        let shown = if is_selective {
            let present = ["credential", "present", "--disclose", "isOver18"];
            let present = [&present[..], &known, &["-"]].concat();
            let presented = env
                .cli
                .air_in(("AIR_SSI", &env.ssi), &present, credential.to_string());
            serde_json::from_str(presented.succeeded().text()).unwrap()
        } else {
            credential.clone()
        };
        let body = json!({ "presentation": shown });
        let report = api.report(&verification, &body).await;
        assert_eq!(report["valid"], true, "{suite}: {report}");
        assert_eq!(report["status"], "Compliant", "{suite}: {report}");
        assert_eq!(report["linkable"], true, "{suite}: a status index links");
        let subject = &report["credentialSubject"];
        assert_eq!(subject.get("givenName").is_none(), is_selective, "{suite}");
        let changed = shown
            .to_string()
            .replace("\"isOver18\":true", "\"isOver18\":false");
        let changed: Value = serde_json::from_str(&changed).unwrap();
        let report = api
            .report(&verification, &json!({ "presentation": changed }))
            .await;
        assert_eq!(report["valid"], false, "{suite}: {report}");
        let mut listed = shown.clone();
        listed["credentialSubject"]["isOver18"] = json!([true]);
        let report = api
            .report(&verification, &json!({ "presentation": listed }))
            .await;
        assert_eq!(report["valid"], false, "{suite}: {report}");
        assert!(
            report["reason"].as_str().unwrap().contains("`isOver18`"),
            "{suite}: {report}"
        );

        let revoke = json!({ "coreClaimHash": hash });
        let token = env.token("issue", &[]);
        api.post("/sandbox/v1/credentials/revoke", &token, &revoke).await;
        let report = api.report(&verification, &body).await;
        assert_eq!(report["valid"], false, "{suite}: {report}");
        assert!(
            report["reason"].as_str().unwrap().contains("revoked"),
            "{suite}: {report}"
        );
        let mut hidden = shown;
        let members = hidden.as_object_mut().unwrap();
        let status = members.remove("credentialStatus").unwrap();
        let name = "https://www.w3.org/2018/credentials#credentialStatus";
        members.insert(name.to_owned(), status);
        let report = api
            .report(&verification, &json!({ "presentation": hidden }))
            .await;
        assert_eq!(report["valid"], false, "{suite}: {report}");
    }
}

/// Presentations of an unlinkable credential share the disclosed claims only, and are for a challenge.
#[tokio::test]
#[ignore = "needs air-ssi: cargo xtask ssi builds it and sets AIR_SSI"]
async fn an_unlinkable_credential_is_presented_for_a_challenge() {
    let env = ProgramEnv::with_air_ssi();
    let api = Api {
        env: &env,
        http: Client::new(),
    };
    let accepting = [
        "--condition",
        "isOver18 equals true",
        "--accept-proof",
        "bbs-2023",
    ];
    let verification = env.create("verification", &accepting).succeeded().json();
    let verification = verification["programId"].as_str().unwrap();
    let program = env.program(&["--proof", "bbs-2023", "--unlinkable", "--expiration", "30d"]);
    let (_, credential) = api.issued(&program, "ada@example.com").await;
    let (schema, issuer) = (env.id("/schemas/kyc"), env.id("/issuerDid"));
    let path = format!("/sandbox/v1/schemas/{schema}/context.jsonld");
    env.cli.write("kyc.jsonld", api.get(&path, "").await.to_string());
    let context = format!("{}{path}=kyc.jsonld", env.platform.url());
    let document = api
        .get(&format!("/sandbox/v1/issuers/{issuer}/did.json"), "")
        .await;
    env.cli.write("did.json", document.to_string());
    let present = [
        "credential",
        "present",
        "--disclose",
        "isOver18",
        "--challenge",
        "n-1",
    ];
    let known = ["--issuer-document", "did.json", "--context", &context, "-"];
    let present = [&present[..], &known].concat();
    let presented = env
        .cli
        .air_in(("AIR_SSI", &env.ssi), &present, credential.to_string())
        .succeeded();
    assert!(presented.stderr.contains("unlinkable:"), "{}", presented.stderr);
    let presentation: Value = serde_json::from_str(presented.text()).unwrap();
    for (challenge, is_valid) in [("n-1", true), ("n-2", false)] {
        let body = json!({ "presentation": presentation, "challenge": challenge });
        let report = api.report(verification, &body).await;
        assert_eq!(report["valid"], is_valid, "{challenge}: {report}");
        if is_valid {
            assert_eq!(report["status"], "Compliant", "{report}");
            assert_eq!(report["linkable"], false, "{report}");
            assert_eq!(report["credentialSubject"], json!({ "isOver18": true }));
        }
    }
}
