//! The callers of the table, their data, and their requests.

use std::{sync::Arc, time::Duration};

use air_jwt::SigningKey;
use air_sandbox::{Clock, TestPartner, TestPlatform, UnixTime};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{
    predicate::Predicate,
    row::{
        Access::{self, Holder, Partner, Public, SetUp, TokenInBody, User, Watched},
        Body, Call,
        Foreign::Refused,
        Kind::{self, Issue, OnBehalf, Verify},
        Row, SCOPES, ask, send,
    },
};

use crate::{stand_in_predicates::StandInPredicates, stand_in_proofs::StandInProofs, support::config_with};

const NOW: u64 = 1_800_000_000;
/// The generator of secp256r1 (SEC 2, 2.4.2).
const CAK: &str = "0x046b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2964fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";

/// A platform with an owner who has issued, stored, asked and been called back; a stranger who has
/// the same rights on what is its own; and two users, of whom the first has the owner's credential.
pub(crate) struct Fixture {
    pub(crate) platform: TestPlatform,
    pub(crate) http: reqwest::Client,
    pub(crate) owner: TestPartner,
    pub(crate) stranger: TestPartner,
    /// The first user's session, and the second's.
    pub(crate) sessions: [String; 2],
    /// A session of the first user that the stranger opened.
    pub(crate) foreign_session: String,
    /// The first user's id.
    pub(crate) user: String,
    pub(crate) hash: String,
    pub(crate) object: String,
    /// One that the first user has not decided yet.
    pub(crate) verification: String,
    /// A callback record of the owner's with something to tell.
    pub(crate) record: String,
    /// The verification that the first user agreed to.
    pub(crate) agreed: String,
    /// The first user's DID, the key that credentials are sealed to, and where one is that the owner stored.
    pub(crate) holder_did: String,
    pub(crate) encryption_key: String,
    pub(crate) sealed_credential: String,
    /// A package of the owner's, and its signed URL without the host.
    pub(crate) package: String,
    pub(crate) package_url: String,
    /// An event of the owner's.
    pub(crate) event: String,
    /// An offer of the owner's to a wallet.
    pub(crate) offer: String,
    /// A presentation request of the owner's.
    pub(crate) presentation: String,
    /// A credential of the first user by a program with a proof, and a verification program for it.
    pub(crate) w3c_hash: String,
    pub(crate) w3c_verification: String,
    /// A credential of the first user by a program with predicate proofs.
    pub(crate) predicate: Predicate,
}

/// The credentials of a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Credentials {
    pub(crate) token: Option<String>,
    pub(crate) session: Option<String>,
    pub(crate) origin: Option<&'static str>,
    pub(crate) key: Option<String>,
    /// The header `x-partner-id`.
    pub(crate) partner: Option<String>,
}

impl Fixture {
    pub(crate) async fn set() -> Self {
        let platform = TestPlatform::builder()
            .config(config_with(|config| {
                config.block_time = Duration::from_millis(10);
                config.proof_program = Some(Arc::<StandInProofs>::default());
                config.predicate_program = Some(Arc::<StandInPredicates>::default());
            }))
            .clock(Clock::new(|| UnixTime::from_secs(NOW)))
            .start()
            .await
            .unwrap();
        let owner = platform.another_partner("Owner").await.unwrap();
        let stranger = platform.another_partner("Stranger").await.unwrap();
        let mut fixture = Self {
            platform,
            http: reqwest::Client::new(),
            owner,
            stranger,
            sessions: [String::new(), String::new()],
            foreign_session: String::new(),
            user: String::new(),
            hash: String::new(),
            object: String::new(),
            verification: String::new(),
            record: String::new(),
            agreed: String::new(),
            holder_did: String::new(),
            encryption_key: String::new(),
            sealed_credential: String::new(),
            package: String::new(),
            package_url: String::new(),
            event: String::new(),
            offer: String::new(),
            presentation: String::new(),
            w3c_hash: String::new(),
            w3c_verification: String::new(),
            predicate: Predicate::default(),
        };
        for (place, email) in ["ada@example.com", "bob@example.com"].into_iter().enumerate() {
            let login = send("/sandbox/v1/sessions", json!({ "email": email }));
            let session = fixture.succeed(Issue, None, &login).await;
            fixture.sessions[place] = text(&session["sessionToken"]);
        }
        fixture.foreign_session = fixture.login_by_the_stranger().await;
        let ada = Some(fixture.sessions[0].clone());
        let mut order = fixture.order("sealed", fixture.owner.issuer_did().as_str());
        order["cakPublicKey"] = json!(CAK);
        let issue = send("/sandbox/v1/credentials/issue", order);
        let issued = fixture.succeed(Issue, ada.clone(), &issue).await;
        fixture.hash = text(&issued["coreClaimHash"]);
        fixture.user = text(&issued["userUuid"]);
        let object = Call {
            path: format!(
                "/sandbox/v1/dstorage/objects?coreClaimHash={}&name=scan",
                fixture.hash
            ),
            body: Body::Bytes(sealed()),
        };
        fixture.object = text(&fixture.succeed(Issue, None, &object).await["storageId"]);
        fixture.wait_until_anchored().await;
        let start = send(
            "/sandbox/v1/verifications",
            json!({ "programId": fixture.id("verificationPrograms") }),
        );
        let started = fixture.succeed(Verify, ada.clone(), &start).await;
        fixture.agreed = text(&started["verificationId"]);
        let consent = format!("/sandbox/v1/verifications/{}/consent", fixture.agreed);
        let consent = send(consent, json!({ "decision": "agree" }));
        let released = fixture.succeed(Verify, ada.clone(), &consent).await;
        assert_eq!(released["status"], "Compliant", "{released}");
        let callbacks = fixture.succeed(Issue, None, &ask("/sandbox/v1/callbacks")).await;
        fixture.record = text(&callbacks["callbacks"][0]["recordId"]);
        fixture.verification = text(&fixture.succeed(Verify, ada, &start).await["verificationId"]);
        // The verification's own entry too.
        fixture.wait_until_head_has(2).await;
        let initialize = send("/v1/auth/initialize-user", json!({ "email": "ada@example.com" }));
        let holder = fixture.succeed(Issue, None, &initialize).await;
        fixture.holder_did = text(&holder["did"]);
        fixture.encryption_key = text(&holder["publicKey"]);
        let envelope = send("/v1/dstorage/vcs", fixture.envelope("order-1"));
        let stored = fixture.succeed(Issue, None, &envelope).await;
        fixture.sealed_credential = text(&stored["storagePath"]);
        let package = fixture.succeed(Issue, None, &fixture.deposit()).await;
        fixture.package = text(&package["packageId"]);
        let url = reqwest::Url::parse(&text(&package["url"])).unwrap();
        fixture.package_url = format!("{}?{}", url.path(), url.query().unwrap());
        let events = fixture.succeed(Issue, None, &ask("/sandbox/v1/events/log")).await;
        fixture.event = text(&events["events"][0]["id"]);
        let order = fixture.order("adult", fixture.owner.issuer_did().as_str());
        let offer = fixture
            .succeed(Issue, None, &send("/sandbox/v1/offers", order))
            .await;
        fixture.offer = text(&offer["offerId"]);
        fixture.ask_for_presentation().await;
        fixture.set_w3c_credential().await;
        fixture.set_predicate_credential().await;
        // The entries of the credentials and of the scheme as well.
        fixture.wait_until_head_has(5).await;
        fixture
    }

    async fn ask_for_presentation(&mut self) {
        let request = send(
            "/sandbox/v1/presentation-requests",
            json!({ "programId": self.id("verificationPrograms") }),
        );
        let request = self.succeed(Verify, None, &request).await;
        self.presentation = text(&request["requestId"]);
    }

    /// A schema of its own, since a user holds one credential of a schema.
    async fn set_w3c_credential(&mut self) {
        let partner = &self.owner.ids().partner_id;
        let form = json!({ "title": "Adult too", "attributes": [{ "name": "isOver18", "type": "boolean" }] });
        let schema = send(
            "/sandbox/v1/schemas",
            json!({ "partnerId": partner, "schema": form }),
        );
        let schema = self.set_up(&schema).await["schemaId"].clone();
        let program = send(
            "/sandbox/v1/programs",
            json!({ "partnerId": partner, "schemaId": schema, "proof": "bbs-2023", "publish": true }),
        );
        let program = self.set_up(&program).await["credentialId"].clone();
        let verification = send(
            "/sandbox/v1/verification-programs",
            json!({ "partnerId": partner, "schemaId": schema, "proofs": ["bbs-2023"] }),
        );
        self.w3c_verification = text(&self.set_up(&verification).await["programId"]);
        let mut order = self.order("adult", self.owner.issuer_did().as_str());
        order["credentialId"] = program;
        let issue = send("/sandbox/v1/credentials/issue", order);
        let issued = self.succeed(Issue, Some(self.sessions[0].clone()), &issue).await;
        self.w3c_hash = text(&issued["coreClaimHash"]);
    }

    pub(super) async fn set_up(&self, call: &Call) -> Value {
        let (status, answer) = self.send(&Method::POST, call, &Credentials::default()).await;
        assert!(status.is_success(), "{call:?}: {status}: {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// The stranger logs the owner's user in.
    async fn login_by_the_stranger(&self) -> String {
        let login = send("/sandbox/v1/sessions", json!({ "email": "ada@example.com" }));
        let with = Credentials {
            token: Some(Self::token(&self.stranger, Issue)),
            ..Credentials::default()
        };
        let (status, answer) = self.send(&Method::POST, &login, &with).await;
        assert!(status.is_success(), "{status}: {answer}");
        let session: Value = serde_json::from_str(&answer).unwrap();
        text(&session["sessionToken"])
    }

    pub(crate) fn order(&self, program: &str, issuer: &str) -> Value {
        json!({ "issuerDid": issuer, "credentialId": self.owner.program(program).unwrap(),
            "credentialSubject": { "isOver18": true }, "onDuplicate": "ignore" })
    }

    /// A credential that the owner signed and sealed to the first user, as far as anybody but the
    /// user can tell.
    pub(crate) fn envelope(&self, external_id: &str) -> Value {
        use base64::{Engine, prelude::BASE64_STANDARD};
        let key = hex::decode(&self.encryption_key[2..]).unwrap();
        json!({ "holderDid": self.holder_did, "proofType": "SD_JWT_VC", "schemaId": self.id("schemas"),
            "expiresAt": "2090-01-01T00:00:00Z", "data": BASE64_STANDARD.encode("sealed"),
            "iv": BASE64_STANDARD.encode([0; 12]), "authTag": BASE64_STANDARD.encode([0; 16]),
            "encryptedKey": BASE64_STANDARD.encode(key), "externalId": external_id })
    }

    /// A semi-decrypted package for the owner as verifier.
    pub(crate) fn deposit(&self) -> Call {
        Call {
            path: format!("/sandbox/v1/packages?verificationId={}&name=scan", self.agreed),
            body: Body::Bytes(sealed()),
        }
    }

    /// The owner's, of the key `adult`.
    pub(crate) fn id(&self, of: &str) -> String {
        let ids = serde_json::to_value(self.owner.ids()).unwrap();
        text(&ids[of]["adult"])
    }

    /// The path of the owner's issuer backend.
    pub(crate) fn issuer_backend(&self) -> String {
        let partner = &self.owner.ids().partner_id;
        format!("/sandbox/v1/partners/{partner}/issuer-backend")
    }

    pub(crate) fn transaction(&self) -> String {
        let leaf = air_ledger::merkle::leaf_hash(&hex::decode(&self.hash).unwrap());
        format!("0x{}", hex::encode(leaf))
    }

    pub(crate) fn token(by: &TestPartner, kind: Kind) -> String {
        let token = match kind {
            Issue | Kind::Either | Kind::Unscoped => by.issue_token(),
            OnBehalf => by.on_behalf_token("ada@example.com"),
            Verify => by.verify_token(),
        };
        token.unwrap().expose_secret().to_owned()
    }

    /// The credentials that the owner and the first user send with a call of this access.
    pub(crate) fn rightful(&self, access: Access) -> Credentials {
        let session = matches!(access, Holder(_) | User).then(|| self.sessions[0].clone());
        let token = match access {
            Partner(kind) | Holder(kind) => Some(Self::token(&self.owner, kind)),
            Watched => Some(Self::token(&self.owner, Kind::Either)),
            Public | SetUp | User | TokenInBody => None,
        };
        let partner = (access == TokenInBody).then(|| self.owner.partner_id().to_string());
        Credentials {
            token,
            session,
            partner,
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
        assert!(status.is_success(), "{call:?}: {status}: {answer}");
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
        tokio::time::timeout(Duration::from_mins(1), poll).await.unwrap();
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
        let with = self.rightful(Partner(Kind::Either));
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

    /// A token of the owner's that has the first user's address, without a scope.
    pub(crate) fn addressed_token(&self) -> String {
        let mut tokens = self.scoped(|scope| scope.is_none());
        tokens.remove(0).1
    }

    /// Tokens of the owner's with the scopes that fit.
    pub(crate) fn scoped(&self, fits: impl Fn(Option<&str>) -> bool) -> Vec<(&'static str, String)> {
        let scopes = SCOPES.into_iter().filter(|(_, scope)| fits(*scope));
        let tokens = scopes.map(|(who, scope)| {
            let mut claims = json!({ "partnerId": self.owner.partner_id().as_str(), "email": "ada@example.com",
                "iat": NOW, "exp": NOW + 300 });
            if let Some(scope) = scope {
                claims["scope"] = json!(scope);
            }
            (who, air_jwt::jws::sign(self.owner.key(), "JWT", &claims))
        });
        tokens.collect()
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
            let forged = token
                .sign(&forged, UnixTime::from_secs(NOW))
                .unwrap()
                .expose_secret()
                .to_owned();
            case("an impostor", 401, &|with| with.token = Some(forged.clone()));
            for (who, token) in self.scoped(|scope| !kind.is_granted_by(scope)) {
                case(who, 401, &|with| with.token = Some(token.clone()));
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
            let foreign = self.foreign_session.clone();
            case("the user, logged in by another partner", code, &|with| {
                with.session = Some(foreign.clone());
            });
        }
        if let Holder(_) = row.access {
            let foreign = self.foreign_session.clone();
            case("a session of another partner", 403, &|with| {
                with.session = Some(foreign.clone());
            });
        }
        if row.access == Watched {
            for (who, token) in self.scoped(|scope| !Kind::Either.is_granted_by(scope)) {
                case(who, 401, &|with| with.token = Some(token.clone()));
            }
            case("junk", 401, &|with| with.token = Some("junk".into()));
            case("a web page elsewhere", 403, &|with| {
                with.token = None;
                with.origin = Some("https://evil.example");
            });
            let token = Self::token(&self.stranger, Kind::Either);
            if let Refused(code) = row.foreign {
                case("another partner", code, &|with| with.token = Some(token.clone()));
            }
        }
        if row.access == TokenInBody {
            case("nobody", 401, &|with| with.partner = None);
            let unknown = "7f01c42c-02cf-4325-96ed-ba034700f724";
            case("no such partner", 401, &|with| {
                with.partner = Some(unknown.to_owned());
            });
            let stranger = self.stranger.partner_id().to_string();
            case("another partner", 401, &|with| {
                with.partner = Some(stranger.clone());
            });
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
    let response = request(http, url, method, call, with).await;
    let status = response.status();
    let media_type = response.headers().get(header::CONTENT_TYPE).cloned();
    if media_type.is_some_and(|media_type| media_type == "text/event-stream") {
        // It does not end; its own tests read it.
        return (status, String::new());
    }
    (
        status,
        String::from_utf8_lossy(&response.bytes().await.unwrap()).into_owned(),
    )
}

pub(crate) async fn request(
    http: &reqwest::Client,
    url: &str,
    method: &Method,
    call: &Call,
    with: &Credentials,
) -> reqwest::Response {
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
    if let Some(partner) = &with.partner {
        request = request.header("x-partner-id", partner);
    }
    if let Some(key) = &with.key {
        request = request.header("idempotency-key", key);
    }
    request.send().await.unwrap()
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
