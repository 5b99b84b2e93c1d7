//! Programs of the local platform with predicate proofs: the start without the program `air-zk`, and everything with the real one. The
//! commands of `air proof` are the wallet.

use std::{ops::Deref, path::Path};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    air_proof::{self, PRESENT, VERIFY},
    support::{Run, TestEnv, example, seeded_env::SeededEnv},
};

const ADA: &str = "ada@example.com";

#[test]
fn a_start_without_the_program_says_how_to_install_it() {
    let env = TestEnv::new();
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--experimental-proofs",
    ];
    let run = env.air_in(("PATH", ""), &up, "");
    run.failed_with(1, "the program air-zk is not installed; predicate proofs need it");
    run.failed_with(1, "nothing of it was audited");
    assert!(run.stdout.is_empty());
}

#[test]
fn a_scale_needs_the_option() {
    let env = TestEnv::new();
    env.air(&["program", "create", "--schema", "s", "--scale", "balance=2"])
        .failed_with(2, "--predicate-proofs");
    env.air(&[
        "verification",
        "create",
        "--schema",
        "s",
        "--predicate-proofs-of",
        "p",
        "--require-cak",
    ])
    .failed_with(2, "--require-cak");
}

/// A platform of the example's partner with the real program.
struct ProofEnv {
    env: SeededEnv,
    http: Client,
}

impl Deref for ProofEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.env
    }
}

impl ProofEnv {
    fn start() -> Self {
        let zk = std::env::var_os("AIR_ZK").expect("`cargo xtask zk` sets AIR_ZK");
        Self {
            env: SeededEnv::with_program(
                TestEnv::new(),
                &["--experimental-proofs"],
                ("AIR_ZK", Path::new(&zk)),
            ),
            http: Client::new(),
        }
    }

    fn create(&self, kind: &str, options: &[&str]) -> Value {
        self.env.create(kind, options).succeeded().json()
    }

    /// Runs a command with the real program.
    fn zk(&self, arguments: &[&str]) -> Run {
        air_proof::air(&self.cli, arguments)
    }

    async fn try_call(
        &self,
        method: Method,
        path: &str,
        (token, session): (&str, &str),
        body: Option<&Value>,
    ) -> (StatusCode, Value) {
        let mut request = self
            .http
            .request(method, format!("{}{path}", self.platform.url()));
        if !token.is_empty() {
            request = request.header("x-partner-auth", token);
        }
        if !session.is_empty() {
            request = request.bearer_auth(session);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        (response.status(), response.json().await.unwrap())
    }

    async fn call(&self, method: Method, path: &str, by: (&str, &str), body: Option<&Value>) -> Value {
        let (status, answer) = self.try_call(method, path, by, body).await;
        assert!(status.is_success(), "{path}: {status}: {answer}");
        answer
    }

    async fn post(&self, path: &str, by: (&str, &str), body: &Value) -> Value {
        self.call(Method::POST, path, by, Some(body)).await
    }

    async fn login(&self) -> String {
        let login = json!({ "email": ADA });
        let token = self.token("issue", &[]);
        let session = self.post("/sandbox/v1/sessions", (&token, ""), &login).await;
        text(&session["sessionToken"])
    }

    async fn issue(&self, program: &str) -> String {
        let subject = std::fs::read(example("subject.json")).unwrap();
        let subject: Value = serde_json::from_slice(&subject).unwrap();
        let order = json!({
            "issuerDid": self.id("/issuerDid"),
            "credentialId": program,
            "credentialSubject": subject,
        });
        let token = self.token("issue on-behalf", &["--email", ADA]);
        let issued = self
            .post("/v1/credentials/issue-on-behalf", (&token, ""), &order)
            .await;
        text(&issued["coreClaimHash"])
    }

    /// Writes the files of a wallet: the scheme, the secret, and the signed credential.
    async fn fill_wallet(&self, program: &str, hash: &str, session: &str) {
        let path = format!("/sandbox/v1/proof-schemes/{program}");
        let scheme = self.call(Method::GET, &path, ("", ""), None).await;
        self.cli.write("scheme.json", scheme.to_string());
        let by = ("", session);
        let order = json!({ "coreClaimHash": hash });
        let made = self
            .post("/sandbox/v1/users/me/proofs/challenges", by, &order)
            .await;
        let challenge = text(&made["challenge"]);
        self.zk(&[
            "proof",
            "commit",
            "--scheme",
            "scheme.json",
            "--challenge",
            &challenge,
            "--secret-out",
            "secret.hex",
            "--out",
            "commitment.hex",
        ])
        .succeeded();
        let commitment = String::from_utf8(self.cli.read("commitment.hex")).unwrap();
        let order = json!({ "coreClaimHash": hash, "challenge": challenge, "commitment": commitment.trim() });
        let signed = self
            .post("/sandbox/v1/users/me/proofs/credentials", by, &order)
            .await;
        self.cli
            .write("credential.json", signed["credential"].to_string());
    }

    async fn tokens(&self, session: &str) -> Vec<Value> {
        let path = "/sandbox/v1/users/me/proofs/tokens";
        let answer = self.call(Method::POST, path, ("", session), None).await;
        answer["tokens"].as_array().unwrap().clone()
    }

    /// Starts a run, and returns the path of its resources.
    async fn start_run(&self, verification_program: &str, session: &str) -> String {
        let token = self.token("verify", &[]);
        let order = json!({ "programId": verification_program });
        let started = self
            .post("/sandbox/v1/verifications", (&token, session), &order)
            .await;
        format!("/sandbox/v1/verifications/{}", text(&started["verificationId"]))
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

/// A credential is issued, signed and confirmed by the platform, its proof ends a run, and anyone checks it without the platform.
#[tokio::test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
async fn three_conditions_are_proved_to_the_platform_and_checked_without_it() {
    let env = ProofEnv::start();
    let created = env.create("program", &["--predicate-proofs", "--publish"]);
    let program = text(&created["credentialId"]);
    let conditions = [
        "--condition",
        "birthDate less 2008-11-30",
        "--condition",
        "nationality in [\"UTO\", \"XYZ\"]",
        "--condition",
        "kycLevel equals enhanced",
    ];
    let of = ["--predicate-proofs-of", program.as_str()];
    let verification = env.create("verification", &[&of[..], &conditions].concat());
    let verification = text(&verification["programId"]);
    let url = env.platform.url();
    for (kind, id) in [("program", &program), ("verification", &verification)] {
        let shown = env
            .cli
            .air(&[kind, "show", "--url", url, id.as_str()])
            .succeeded();
        assert!(shown.text().contains("predicate proofs"), "{}", shown.text());
    }
    let hash = env.issue(&program).await;
    let session = env.login().await;
    env.fill_wallet(&program, &hash, &session).await;
    let tokens = env.tokens(&session).await;
    env.cli.write("token.hex", text(&tokens[0]["token"]));

    let run = env.start_run(&verification, &session).await;
    let by = ("", session.as_str());
    let asked = env
        .call(Method::GET, &format!("{run}/proof-request"), by, None)
        .await;
    env.cli.write("request.json", asked["request"].to_string());
    env.zk(&PRESENT).succeeded();
    let proof = String::from_utf8(env.cli.read("proof.hex")).unwrap();
    let answer = json!({ "presentation": proof.trim() });
    let result = env.post(&format!("{run}/proof"), by, &answer).await;
    assert_eq!(result["status"], "Compliant", "{result}");
    assert_eq!(result["zkProofs"]["disclosed"], json!({ "kycLevel": "enhanced" }));
    // The verifier checks with what it got, and the published scheme.
    env.cli
        .write("request.json", result["zkProofs"]["request"].to_string());
    env.cli
        .write("proof.hex", text(&result["zkProofs"]["presentation"]));
    env.zk(&VERIFY).succeeded();

    // The proof answers no other run.
    let other = env.start_run(&verification, &session).await;
    env.call(Method::GET, &format!("{other}/proof-request"), by, None)
        .await;
    let path = format!("{other}/proof");
    let (status, refused) = env.try_call(Method::POST, &path, by, Some(&answer)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");

    // A revoked credential gets no token.
    let token = env.token("issue", &[]);
    let revoke = json!({ "coreClaimHash": hash });
    env.post("/sandbox/v1/credentials/revoke", (&token, ""), &revoke)
        .await;
    assert!(env.tokens(&session).await.is_empty());
}

/// Conditions and attributes that can't be proved are refused when a program is created.
#[tokio::test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
async fn a_condition_or_a_scale_that_can_not_be_proved_is_refused() {
    let env = ProofEnv::start();
    let (partner, schema) = (env.id("/partnerId"), env.id("/schemas/kyc"));
    let order = json!({ "partnerId": partner, "schemaId": schema, "predicateProofs": true, "publish": true,
        "scales": { "givenName": 2 } });
    let (status, refused) = env
        .try_call(Method::POST, "/sandbox/v1/programs", ("", ""), Some(&order))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    assert!(refused.to_string().contains("givenName"), "{refused}");
    let created = env.create("program", &["--predicate-proofs", "--publish"]);
    let condition = json!({ "attribute": "givenName", "operator": "less", "value": "M" });
    let order = json!({ "partnerId": partner, "schemaId": schema, "predicateProofsOf": created["credentialId"],
        "conditions": [condition] });
    let path = "/sandbox/v1/verification-programs";
    let (status, refused) = env.try_call(Method::POST, path, ("", ""), Some(&order)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    assert!(refused.to_string().contains("givenName"), "{refused}");
}
