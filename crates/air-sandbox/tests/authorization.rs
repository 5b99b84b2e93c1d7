//! Who may do what, on every route: nobody sees or touches what is another's.
//!
//! A new route fails `every_route_is_in_the_table` until it has a row in [`TABLE`]. A row says who may call ([`Access`]), a call of the
//! owner's that succeeds, and what another partner with a good token of its own gets ([`Foreign`]). All else follows from that.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[path = "support/routes.rs"]
mod routes;

use std::collections::BTreeSet;

use air_jwt::SigningKey;
use air_sandbox::{Clock, Config, Platform, TestPartner, TestPlatform};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use Access::{Holder, Partner, Public, SetUp, User};
use Foreign::{Allowed, OwnView, Refused};
use Kind::{Issue, OnBehalf, Verify};

const NOW: u64 = 1_800_000_000;
/// The generator of secp256r1 (SEC 2, 2.4.2).
const CAK: &str = "0x046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

struct Row {
    /// As [`routes::all`] has it.
    route: &'static str,
    access: Access,
    foreign: Foreign,
    /// A call of the owner's that succeeds.
    call: fn(&Stage) -> Call,
}

/// Who may call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Access {
    /// Everyone, without a token; nothing but questions.
    Public,
    /// Who sets the platform up: this machine, or the bearer of the admin token.
    SetUp,
    /// A partner; with a scope where the call asks for one, which a token of another does not do for.
    Partner(Kind),
    /// A partner, for a user who is present: both are needed.
    Holder(Kind),
    /// The user alone.
    User,
}

/// Which token.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// Scope `issue`.
    Issue,
    /// Scope `issue on-behalf`.
    OnBehalf,
    /// Scope `verify`.
    Verify,
    /// Whatever scope.
    Any,
}

/// What another partner (or, for [`User`], another user) gets, who sends the same call with a good token of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Foreign {
    /// This code, and nothing changed.
    Refused(u16),
    /// A success about what is its own: the owner's ids are not in it, and nothing of the owner's changed.
    OwnView,
    /// A success: anyone may, for the reason given.
    Allowed(&'static str),
}

/// A call as the owner sends it.
#[derive(Clone, Debug)]
struct Call {
    path: String,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    None,
    Json(Value),
    Bytes(Vec<u8>),
}

fn ask(path: impl Into<String>) -> Call {
    let path = path.into();
    Call {
        path,
        body: Body::None,
    }
}

fn send(path: impl Into<String>, body: Value) -> Call {
    let (path, body) = (path.into(), Body::Json(body));
    Call { path, body }
}

const TABLE: &[Row] = &[
    // Probes.
    row("GET /healthz", Public, Allowed("a probe"), |_| ask("/healthz")),
    row("GET /readyz", Public, Allowed("a probe"), |_| ask("/readyz")),
    // The documented API.
    row(
        "POST /v1/credentials/issue-on-behalf",
        Partner(OnBehalf),
        Refused(404),
        |stage| {
            send(
                "/v1/credentials/issue-on-behalf",
                stage.order("adult", stage.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "POST /v1/credentials/issue-on-behalf",
        Partner(OnBehalf),
        Refused(404),
        |stage| {
            send(
                "/v1/credentials/issue-on-behalf",
                stage.order("sealed", stage.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "GET /v1/credentials/status",
        Partner(Kind::Any),
        Refused(404),
        |stage| ask(format!("/v1/credentials/status?coreClaimHash={}", stage.hash)),
    ),
    row("POST /v1/issuer/modify", Partner(Kind::Any), OwnView, |_| {
        send(
            "/v1/issuer/modify",
            json!({ "callbackUrl": "http://127.0.0.1:9/callback" }),
        )
    }),
    row(
        "POST /v1/verifier/verify/initialize",
        Partner(Verify),
        Allowed("a verifier opens a record at whichever issuer it will ask"),
        |stage| {
            send(
                "/v1/verifier/verify/initialize",
                json!({ "issuerDid": stage.owner.issuer_did() }),
            )
        },
    ),
    row(
        "GET /v1/catalog/schemas",
        Public,
        Allowed("the catalogue"),
        |_| ask("/v1/catalog/schemas"),
    ),
    row(
        "GET /v1/catalog/schemas/{schema}",
        Public,
        Allowed("the catalogue"),
        |stage| ask(format!("/v1/catalog/schemas/{}", stage.id("schemas"))),
    ),
    row(
        "GET /v1/catalog/credentials/{credential}",
        Public,
        Allowed("the catalogue"),
        |stage| ask(format!("/v1/catalog/credentials/{}", stage.id("programs"))),
    ),
    row(
        "GET /v1/catalog/programs",
        Public,
        Allowed("the catalogue"),
        |_| ask("/v1/catalog/programs"),
    ),
    row(
        "GET /v1/catalog/programs/{program}",
        Public,
        Allowed("the catalogue"),
        |stage| {
            ask(format!(
                "/v1/catalog/programs/{}",
                stage.id("verificationPrograms")
            ))
        },
    ),
    row("GET /v1/catalog/search", Public, Allowed("the catalogue"), |_| {
        ask("/v1/catalog/search?q=adult")
    }),
    // Set-up.
    row("POST /sandbox/v1/seed", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/seed",
            json!({ "partner": { "name": "New", "jwksUrl": "http://127.0.0.1:9/jwks.json" } }),
        )
    }),
    row("POST /sandbox/v1/partners", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/partners",
            json!({ "name": "New", "jwksUrl": "http://127.0.0.1:9/jwks.json" }),
        )
    }),
    row("POST /sandbox/v1/schemas", SetUp, Allowed("set-up"), |stage| {
        let form = json!({ "title": "New", "attributes": [{ "name": "new", "type": "string" }] });
        send(
            "/sandbox/v1/schemas",
            json!({ "partnerId": stage.owner.ids().partner_id, "schema": form }),
        )
    }),
    row("POST /sandbox/v1/programs", SetUp, Allowed("set-up"), |stage| {
        let partner = &stage.owner.ids().partner_id;
        send(
            "/sandbox/v1/programs",
            json!({ "partnerId": partner, "schemaId": stage.id("schemas"), "publish": true }),
        )
    }),
    row(
        "POST /sandbox/v1/verification-programs",
        SetUp,
        Allowed("set-up"),
        |stage| {
            let partner = &stage.owner.ids().partner_id;
            send(
                "/sandbox/v1/verification-programs",
                json!({ "partnerId": partner, "schemaId": stage.id("schemas") }),
            )
        },
    ),
    row("GET /sandbox/v1/faults", SetUp, Allowed("set-up"), |_| {
        ask("/sandbox/v1/faults")
    }),
    row("PUT /sandbox/v1/faults", SetUp, Allowed("set-up"), |_| {
        send(
            "/sandbox/v1/faults",
            json!({ "rules": [{ "path": "/nowhere", "kind": "drop" }] }),
        )
    }),
    // What the SDK does.
    row(
        "POST /sandbox/v1/sessions",
        Partner(Kind::Any),
        Allowed("any partner's page may have its users log in"),
        |_| send("/sandbox/v1/sessions", json!({ "email": "new@example.com" })),
    ),
    row(
        "POST /sandbox/v1/credentials/issue",
        Holder(Issue),
        Refused(404),
        |stage| {
            send(
                "/sandbox/v1/credentials/issue",
                stage.order("adult", stage.owner.issuer_did().as_str()),
            )
        },
    ),
    row(
        "POST /sandbox/v1/verifications",
        Holder(Verify),
        Refused(403),
        |stage| {
            send(
                "/sandbox/v1/verifications",
                json!({ "programId": stage.id("verificationPrograms") }),
            )
        },
    ),
    row(
        "POST /sandbox/v1/verifications/{verification}/consent",
        User,
        Refused(404),
        |stage| {
            send(
                format!("/sandbox/v1/verifications/{}/consent", stage.verification),
                json!({ "decision": "agree" }),
            )
        },
    ),
    // dStorage.
    row(
        "POST /sandbox/v1/dstorage/objects",
        Partner(Issue),
        Refused(404),
        |stage| Call {
            path: format!(
                "/sandbox/v1/dstorage/objects?coreClaimHash={}&name=scan",
                stage.hash
            ),
            body: Body::Bytes(sealed()),
        },
    ),
    row(
        "GET /sandbox/v1/dstorage/objects/{object}",
        Partner(Kind::Any),
        Refused(404),
        |stage| ask(format!("/sandbox/v1/dstorage/objects/{}", stage.object)),
    ),
    // What is published.
    row("GET /sandbox/v1/schemas", Public, Allowed("published"), |_| {
        ask("/sandbox/v1/schemas?q=adult")
    }),
    row(
        "GET /sandbox/v1/schemas/{schema}",
        Public,
        Allowed("published"),
        |stage| ask(format!("/sandbox/v1/schemas/{}", stage.id("schemas"))),
    ),
    row(
        "GET /sandbox/v1/programs/{program}",
        Public,
        Allowed("wallets ask"),
        |stage| ask(format!("/sandbox/v1/programs/{}", stage.id("programs"))),
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/jwks.json",
        Public,
        Allowed("public keys"),
        |stage| {
            ask(format!(
                "/sandbox/v1/issuers/{}/jwks.json",
                stage.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/issuers/{issuer}/statuslist/{number}",
        Public,
        Allowed("verifiers ask"),
        |stage| {
            ask(format!(
                "/sandbox/v1/issuers/{}/statuslist/1",
                stage.owner.issuer_did()
            ))
        },
    ),
    row(
        "GET /sandbox/v1/ledger/transactions/{transaction}",
        Public,
        Allowed("hashes alone"),
        |stage| ask(format!("/sandbox/v1/ledger/transactions/{}", stage.transaction())),
    ),
    row(
        "GET /sandbox/v1/ledger/head",
        Public,
        Allowed("hashes alone"),
        |_| ask("/sandbox/v1/ledger/head"),
    ),
    row(
        "GET /sandbox/v1/ledger/blocks/{number}",
        Public,
        Allowed("hashes alone"),
        |_| ask("/sandbox/v1/ledger/blocks/1"),
    ),
    row(
        "GET /sandbox/v1/ledger/consistency",
        Public,
        Allowed("hashes alone"),
        |_| ask("/sandbox/v1/ledger/consistency?from=1&to=1"),
    ),
    // Callbacks.
    row("GET /sandbox/v1/callbacks", Partner(Kind::Any), OwnView, |_| {
        ask("/sandbox/v1/callbacks")
    }),
    row(
        "POST /sandbox/v1/callbacks/{record}/replay",
        Partner(Kind::Any),
        Refused(404),
        |stage| {
            send(
                format!("/sandbox/v1/callbacks/{}/replay", stage.record),
                Value::Null,
            )
        },
    ),
    // Last, since it ends what the rows above are about.
    row(
        "POST /sandbox/v1/credentials/revoke",
        Partner(Issue),
        Refused(404),
        |stage| {
            send(
                "/sandbox/v1/credentials/revoke",
                json!({ "coreClaimHash": stage.hash }),
            )
        },
    ),
];

const fn row(route: &'static str, access: Access, foreign: Foreign, call: fn(&Stage) -> Call) -> Row {
    Row {
        route,
        access,
        foreign,
        call,
    }
}

/// A platform with an owner who has issued, stored, asked and been called back; a stranger who has the same rights on what is its own; and
/// two users, of whom the first has the owner's credential.
struct Stage {
    platform: TestPlatform,
    http: reqwest::Client,
    owner: TestPartner,
    stranger: TestPartner,
    /// The first user's session, and the second's.
    sessions: [String; 2],
    hash: String,
    object: String,
    /// One that the first user has not decided yet.
    verification: String,
    /// A callback record of the owner's with something to tell.
    record: String,
}

/// What a call carries.
#[derive(Clone, Debug, Default)]
struct Credentials {
    token: Option<String>,
    session: Option<String>,
    origin: Option<&'static str>,
    key: Option<String>,
}

impl Stage {
    async fn set() -> Self {
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

    fn order(&self, program: &str, issuer: &str) -> Value {
        json!({ "issuerDid": issuer, "credentialId": self.owner.program(program).unwrap(),
            "credentialSubject": { "isOver18": true }, "onDuplicate": "ignore" })
    }

    /// The owner's, of the key `adult`.
    fn id(&self, of: &str) -> String {
        let ids = serde_json::to_value(self.owner.ids()).unwrap();
        text(&ids[of]["adult"])
    }

    fn transaction(&self) -> String {
        let leaf = air_api::merkle::leaf_hash(&hex::decode(&self.hash).unwrap());
        format!("0x{}", hex::encode(leaf))
    }

    fn token(by: &TestPartner, kind: Kind) -> String {
        let token = match kind {
            Issue | Kind::Any => by.issue_token(),
            OnBehalf => by.on_behalf_token("ada@example.com"),
            Verify => by.verify_token(),
        };
        token.unwrap().expose_secret().to_owned()
    }

    /// What the owner, and the first user, send with a call of this access.
    fn rightful(&self, access: Access) -> Credentials {
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

    async fn send(&self, method: &Method, call: &Call, with: &Credentials) -> (StatusCode, String) {
        deliver(&self.http, &self.platform.url(), method, call, with).await
    }

    async fn succeed(&self, kind: Kind, session: Option<String>, call: &Call) -> Value {
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

    async fn wait_until_anchored(&self) {
        let path = format!("/v1/credentials/status?coreClaimHash={}", self.hash);
        self.wait(&path, |status| status["vcStatus"] == "ONCHAIN").await;
    }

    async fn wait_until_head_has(&self, entries: u64) {
        let has = |head: &Value| head["treeSize"].as_u64().is_some_and(|size| size >= entries);
        self.wait("/sandbox/v1/ledger/head", has).await;
    }

    async fn wait(&self, path: &str, is_so: impl Fn(&Value) -> bool) {
        let poll = async { while !is_so(&self.succeed(Issue, None, &ask(path)).await) {} };
        tokio::time::timeout(std::time::Duration::from_mins(1), poll)
            .await
            .unwrap();
    }

    /// All that the owner, the user and the public can see of what there is.
    async fn state(&self) -> Vec<(String, String)> {
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
    fn refused(&self, row: &Row) -> Vec<(&'static str, Credentials, u16)> {
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
                    with.token = Some(token.clone())
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
                with.session = Some(token.clone())
            });
        }
        if let (User, Refused(code)) = (row.access, row.foreign) {
            let other = self.sessions[1].clone();
            case("another user", code, &|with| with.session = Some(other.clone()));
        }
        if row.access == SetUp {
            case("a web page elsewhere", 403, &|with| {
                with.origin = Some("https://evil.example")
            });
        }
        cases
    }
}

async fn deliver(
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

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a text: {value}"))
        .to_owned()
}

fn method(row: &Row) -> Method {
    row.route.split(' ').next().unwrap().parse().unwrap()
}

fn sealed() -> Vec<u8> {
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

#[test]
fn every_route_is_in_the_table() {
    let routes = routes::all();
    let rows: BTreeSet<String> = TABLE.iter().map(|row| row.route.to_owned()).collect();
    let missing: Vec<_> = routes.difference(&rows).collect();
    assert!(missing.is_empty(), "say in TABLE who may call {missing:?}");
    let gone: Vec<_> = rows.difference(&routes).collect();
    assert!(gone.is_empty(), "TABLE has routes that are not there: {gone:?}");
    for row in TABLE.iter().filter(|row| row.access == Public) {
        assert_eq!(
            method(row),
            Method::GET,
            "{} changes something for everyone",
            row.route
        );
    }
}

#[tokio::test]
async fn nobody_sees_or_touches_what_is_anothers() {
    let stage = Stage::set().await;
    let before = stage.state().await;
    for row in TABLE {
        let call = (row.call)(&stage);
        for (who, with, code) in stage.refused(row) {
            let (status, answer) = stage.send(&method(row), &call, &with).await;
            let case = format!("{}: {who}", row.route);
            assert_eq!(status.as_u16(), code, "{case}: {answer}");
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer["error"], code, "{case}: {answer}");
            assert_eq!(stage.state().await, before, "{case} changed something");
        }
    }
    // What is left to strangers shows them nothing of the owner's.
    let owners = [
        stage.owner.partner_id().as_str(),
        stage.owner.issuer_did().as_str(),
        &stage.hash,
        &stage.record,
    ];
    for row in TABLE.iter().filter(|row| row.foreign == OwnView) {
        let Partner(kind) = row.access else {
            panic!("{}: only a partner has a view of its own", row.route)
        };
        let with = Credentials {
            token: Some(Stage::token(&stage.stranger, kind)),
            ..Credentials::default()
        };
        let (status, answer) = stage.send(&method(row), &(row.call)(&stage), &with).await;
        assert_eq!(status, StatusCode::OK, "{}: {answer}", row.route);
        for id in owners {
            assert!(!answer.contains(id), "{} shows {id}: {answer}", row.route);
        }
        assert_eq!(
            stage.state().await,
            before,
            "{} changed something of the owner's",
            row.route
        );
    }
    // And every call above failed for who called, and nothing else: the owner's own succeeds. Its answer is its own, even to who knows
    // the key that it is kept under.
    for (number, row) in TABLE.iter().enumerate() {
        let call = (row.call)(&stage);
        let key = Some(format!("call-{number}"));
        let rightful = Credentials {
            key: key.clone(),
            ..stage.rightful(row.access)
        };
        let (status, answer) = stage.send(&method(row), &call, &rightful).await;
        assert_eq!(status, StatusCode::OK, "{}: {answer}", row.route);
        for (who, with, code) in stage.refused(row) {
            let with = Credentials {
                key: key.clone(),
                ..with
            };
            let (status, answer) = stage.send(&method(row), &call, &with).await;
            assert_eq!(
                status.as_u16(),
                code,
                "{}: {who}, with the key: {answer}",
                row.route
            );
        }
    }
}

/// An issuer of one's own does not open another's program.
#[tokio::test]
async fn anothers_program_is_no_ones_own() {
    let stage = Stage::set().await;
    let before = stage.state().await;
    let order = stage.order("adult", stage.stranger.issuer_did().as_str());
    let session = Some(stage.sessions[0].clone());
    for (path, kind, session) in [
        ("/v1/credentials/issue-on-behalf", OnBehalf, None),
        ("/sandbox/v1/credentials/issue", Issue, session),
    ] {
        let with = Credentials {
            token: Some(Stage::token(&stage.stranger, kind)),
            session,
            ..Credentials::default()
        };
        let (status, answer) = stage.send(&Method::POST, &send(path, order.clone()), &with).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {answer}");
        assert_eq!(stage.state().await, before, "{path}");
    }
}

#[tokio::test]
async fn beyond_loopback_set_up_takes_the_admin_token() {
    let stage = Stage::set().await;
    let config = Config {
        listen: ([0, 0, 0, 0], 0).into(),
        ..Config::default()
    };
    let platform = Platform::start(config).await.unwrap();
    let url = format!("http://127.0.0.1:{}", platform.address().port());
    for row in TABLE.iter().filter(|row| row.access == SetUp) {
        let call = (row.call)(&stage);
        for session in [None, Some("junk".to_owned())] {
            let with = Credentials {
                session,
                ..Credentials::default()
            };
            let (status, answer) = deliver(&stage.http, &url, &method(row), &call, &with).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{}: {answer}", row.route);
        }
        let with = Credentials {
            session: platform.admin_token().map(str::to_owned),
            ..Credentials::default()
        };
        let (status, answer) = deliver(&stage.http, &url, &method(row), &call, &with).await;
        // The ids are another platform's.
        assert!(matches!(status.as_u16(), 200 | 404), "{}: {answer}", row.route);
    }
}
