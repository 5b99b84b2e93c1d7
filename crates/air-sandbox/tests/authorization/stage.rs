//! Who is there, what they have, and how they call.

use air_jwt::SigningKey;
use air_sandbox::{Clock, TestPartner, TestPlatform};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::table::{
    Access::{self, Holder, Partner, Public, SetUp, User},
    Body, Call,
    Foreign::Refused,
    Kind::{self, Issue, OnBehalf, Verify},
    Row, ask, send,
};

const NOW: u64 = 1_800_000_000;
/// The generator of secp256r1 (SEC 2, 2.4.2).
const CAK: &str = "0x046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// A platform with an owner who has issued, stored, asked and been called back; a stranger who has the same rights on what is its own; and
/// two users, of whom the first has the owner's credential.
pub(crate) struct Stage {
    pub(crate) platform: TestPlatform,
    pub(crate) http: reqwest::Client,
    pub(crate) owner: TestPartner,
    pub(crate) stranger: TestPartner,
    /// The first user's session, and the second's.
    pub(crate) sessions: [String; 2],
    pub(crate) hash: String,
    pub(crate) object: String,
    /// One that the first user has not decided yet.
    pub(crate) verification: String,
    /// A callback record of the owner's with something to tell.
    pub(crate) record: String,
}

/// What a call carries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) token: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) origin: Option<&'static str>,
    pub(crate) key: Option<String>,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let platform = TestPlatform::builder()
            .clock(Clock::new(|| NOW))
            .start()
            .await
            .unwrap();
        let owner = platform.another_partner("Owner").await.unwrap();
        let stranger = platform.another_partner("Stranger").await.unwrap();
        let mut stage = Self {
            platform,
            http: reqwest::Client::new(),
            owner,
            stranger,
            sessions: [String::new(), String::new()],
            hash: String::new(),
            object: String::new(),
            verification: String::new(),
            record: String::new(),
        };
        for (place, email) in ["ada@example.com", "bob@example.com"].into_iter().enumerate() {
            let login = send("/sandbox/v1/sessions", json!({ "email": email }));
            let session = stage.succeed(Issue, None, &login).await;
            stage.sessions[place] = text(&session["sessionToken"]);
        }
        let ada = Some(stage.sessions[0].clone());
        let mut order = stage.order("sealed", stage.owner.issuer_did().as_str());
        order["cakPublicKey"] = json!(CAK);
        let issue = send("/sandbox/v1/credentials/issue", order);
        stage.hash = text(&stage.succeed(Issue, ada.clone(), &issue).await["coreClaimHash"]);
        let object = Call {
            path: format!(
                "/sandbox/v1/dstorage/objects?coreClaimHash={}&name=scan",
                stage.hash
            ),
            body: Body::Bytes(sealed()),
        };
        stage.object = text(&stage.succeed(Issue, None, &object).await["storageId"]);
        stage.wait_until_anchored().await;
        let start = send(
            "/sandbox/v1/verifications",
            json!({ "programId": stage.id("verificationPrograms") }),
        );
        let released = stage.succeed(Verify, ada.clone(), &start).await;
        let consent = format!(
            "/sandbox/v1/verifications/{}/consent",
            text(&released["verificationId"])
        );
        let released = stage
            .succeed(
                Verify,
                ada.clone(),
                &send(consent, json!({ "decision": "agree" })),
            )
            .await;
        assert_eq!(released["status"], "Compliant", "{released}");
        let callbacks = stage.succeed(Issue, None, &ask("/sandbox/v1/callbacks")).await;
        stage.record = text(&callbacks["callbacks"][0]["recordId"]);
        stage.verification = text(&stage.succeed(Verify, ada, &start).await["verificationId"]);
        // The verification's own entry too.
        stage.wait_until_head_has(2).await;
        stage
    }

    pub(crate) fn order(&self, program: &str, issuer: &str) -> Value {
        json!({ "issuerDid": issuer, "credentialId": self.owner.program(program).unwrap(),
            "credentialSubject": { "isOver18": true }, "onDuplicate": "ignore" })
    }

    /// The owner's, of the key `adult`.
    pub(crate) fn id(&self, of: &str) -> String {
        let ids = serde_json::to_value(self.owner.ids()).unwrap();
        text(&ids[of]["adult"])
    }

    pub(crate) fn transaction(&self) -> String {
        let leaf = air_api::merkle::leaf_hash(&hex::decode(&self.hash).unwrap());
        format!("0x{}", hex::encode(leaf))
    }

    pub(crate) fn token(by: &TestPartner, kind: Kind) -> String {
        let token = match kind {
            Issue | Kind::Any => by.issue_token(),
            OnBehalf => by.on_behalf_token("ada@example.com"),
            Verify => by.verify_token(),
        };
        token.unwrap().expose_secret().to_owned()
    }

    /// What the owner, and the first user, send with a call of this access.
    pub(crate) fn rightful(&self, access: Access) -> Credentials {
        let session = matches!(access, Holder(_) | User).then(|| self.sessions[0].clone());
        let token = match access {
            Partner(kind) | Holder(kind) => Some(Self::token(&self.owner, kind)),
            Public | SetUp | User => None,
        };
        Credentials {
            token,
            session,
            ..Credentials::default()
        }
    }

    pub(crate) async fn send(
        &self,
        method: &Method,
        call: &Call,
        with: &Credentials,
    ) -> (StatusCode, String) {
        deliver(&self.http, &self.platform.url(), method, call, with).await
    }

    pub(crate) async fn succeed(&self, kind: Kind, session: Option<String>, call: &Call) -> Value {
        let with = Credentials {
            token: Some(Self::token(&self.owner, kind)),
            session,
            ..Credentials::default()
        };
        let method = if matches!(call.body, Body::None) {
            Method::GET
        } else {
            Method::POST
        };
        let (status, answer) = self.send(&method, call, &with).await;
        assert_eq!(status, StatusCode::OK, "{call:?}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    pub(crate) async fn wait_until_anchored(&self) {
        let path = format!("/v1/credentials/status?coreClaimHash={}", self.hash);
        self.wait(&path, |status| status["vcStatus"] == "ONCHAIN").await;
    }

    pub(crate) async fn wait_until_head_has(&self, entries: u64) {
        let has = |head: &Value| head["treeSize"].as_u64().is_some_and(|size| size >= entries);
        self.wait("/sandbox/v1/ledger/head", has).await;
    }

    pub(crate) async fn wait(&self, path: &str, is_so: impl Fn(&Value) -> bool) {
        let poll = async { while !is_so(&self.succeed(Issue, None, &ask(path)).await) {} };
        tokio::time::timeout(std::time::Duration::from_mins(1), poll)
            .await
            .unwrap();
    }

    /// All that the owner, the user and the public can see of what there is.
    pub(crate) async fn state(&self) -> Vec<(String, String)> {
        let mut paths = vec![
            format!("/v1/credentials/status?coreClaimHash={}", self.hash),
            format!("/sandbox/v1/dstorage/objects/{}", self.object),
        ];
        for path in [
            "/v1/catalog/schemas?limit=100",
            "/v1/catalog/programs?limit=100",
            "/sandbox/v1/schemas?limit=50",
            "/sandbox/v1/callbacks",
            "/sandbox/v1/faults",
            "/sandbox/v1/ledger/head",
        ] {
            paths.push(path.to_owned());
        }
        for program in ["adult", "sealed"] {
            paths.push(format!(
                "/v1/catalog/credentials/{}",
                self.owner.program(program).unwrap()
            ));
        }
        let list = format!("/sandbox/v1/issuers/{}/statuslist/1", self.owner.issuer_did());
        paths.push(list.clone());
        let with = self.rightful(Partner(Kind::Any));
        let mut state = Vec::new();
        for path in paths {
            let (status, answer) = self.send(&Method::GET, &ask(path.clone()), &with).await;
            assert_eq!(status, StatusCode::OK, "{path}: {answer}");
            // Of a signed list, what it says: each signature is another.
            let says = if path == list {
                answer.split('.').nth(1).unwrap_or_default()
            } else {
                &answer
            };
            state.push((path, says.to_owned()));
        }
        state
    }

    /// All that may not call so, and what they get.
    pub(crate) fn refused(&self, row: &Row) -> Vec<(&'static str, Credentials, u16)> {
        let rightful = self.rightful(row.access);
        let mut cases = Vec::new();
        let mut case = |who, code, change: &dyn Fn(&mut Credentials)| {
            let mut with = rightful.clone();
            change(&mut with);
            cases.push((who, with, code));
        };
        if let Partner(kind) | Holder(kind) = row.access {
            case("nobody", 401, &|with| with.token = None);
            case("junk", 401, &|with| with.token = Some("junk".into()));
            let forged = SigningKey::generate(&mut rand::rng()).with_kid(self.owner.key().kid().clone());
            let token = air_jwt::PartnerToken::issue(self.owner.partner_id().clone());
            let forged = token.sign(&forged, NOW).unwrap().expose_secret().to_owned();
            case("an impostor", 401, &|with| with.token = Some(forged.clone()));
            let wrong = match kind {
                Issue | OnBehalf => Some(Verify),
                Verify => Some(Issue),
                Kind::Any => None,
            };
            if let Some(wrong) = wrong {
                let token = Self::token(&self.owner, wrong);
                case("a token of another scope", 401, &|with| {
                    with.token = Some(token.clone());
                });
            }
            let token = Self::token(&self.stranger, kind);
            if let Refused(code) = row.foreign {
                case("another partner", code, &|with| with.token = Some(token.clone()));
            }
        }
        if let Holder(_) | User = row.access {
            case("no user", 401, &|with| with.session = None);
            case("no such session", 401, &|with| with.session = Some("junk".into()));
            // A token is no session.
            let token = Self::token(&self.owner, Verify);
            case("a partner as a user", 401, &|with| {
                with.session = Some(token.clone());
            });
        }
        if let (User, Refused(code)) = (row.access, row.foreign) {
            let other = self.sessions[1].clone();
            case("another user", code, &|with| with.session = Some(other.clone()));
        }
        if row.access == SetUp {
            case("a web page elsewhere", 403, &|with| {
                with.origin = Some("https://evil.example");
            });
        }
        cases
    }
}

pub(crate) async fn deliver(
    http: &reqwest::Client,
    url: &str,
    method: &Method,
    call: &Call,
    with: &Credentials,
) -> (StatusCode, String) {
    let mut request = http.request(method.clone(), format!("{url}{}", call.path));
    request = match &call.body {
        Body::None => request,
        Body::Json(body) => request.json(body),
        Body::Bytes(bytes) => request.body(bytes.clone()),
    };
    if let Some(token) = &with.token {
        request = request.header("x-partner-auth", token);
    }
    if let Some(session) = &with.session {
        request = request.bearer_auth(session);
    }
    if let Some(origin) = with.origin {
        request = request.header(header::ORIGIN, origin);
    }
    if let Some(key) = &with.key {
        request = request.header("idempotency-key", key);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    (
        status,
        String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned(),
    )
}

pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

pub(crate) fn sealed() -> Vec<u8> {
    use air_crypto::{CakContext, CakPublicKey, Curve};
    let (user, issuer) = ("7f01c42c-02cf-4325-96ed-ba034700f724", "did:example:issuer");
    let schema = "schema".parse().unwrap();
    let context = CakContext::new(
        user.parse().unwrap(),
        issuer.parse().unwrap(),
        schema,
        Curve::Secp256r1,
    );
    let key = CakPublicKey::from_hex(Curve::Secp256r1, CAK).unwrap();
    key.seal(&context, b"n", b"document", &mut rand::rng()).unwrap()
}
