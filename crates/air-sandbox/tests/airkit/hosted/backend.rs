//! An issuer's backend for tests. It signs, seals and stores as the vendor's service does: its
//! Partner JWT has neither `typ` nor a scope, an SD-JWT VC is sealed as a JSON string, and
//! `issue-vc` responds with 201 without a body.

use std::sync::{Arc, Mutex};

use air_crypto::holder::{HolderEnvelope, HolderPrivateKey, HolderPublicKey};
use air_jwt::{Jwk, JwkSet, SigningKey};
use air_sandbox::UnixTime;
use air_vc::{
    IssueOptions, Issuer,
    did::{Did, DidDocument},
    status::{Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusReference},
};
use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::{get, post},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use reqwest::Client;
use serde_json::{Value, json};

use crate::support::NOW;

pub(crate) const API_KEY: &str = "the-API_KEY-of-the-backend";

/// A fault in `issue-vc`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    None,
    /// The credential is stored, and the response is an error.
    LosesAnswer,
    /// The response is a success, and nothing is stored.
    StoresNothing,
    /// The envelope is for another key.
    SealsToAnother,
    /// The credential is about somebody else.
    NamesAnother,
    /// Another key signs than the DID's document has.
    SignsWithAnother,
    /// The credential is bound to no key.
    BindsToNone,
}

#[derive(Clone)]
pub(crate) struct Backend {
    pub(crate) url: String,
    pub(crate) did: String,
    shared: Arc<Shared>,
}

struct Shared {
    platform: String,
    partner_token: String,
    key: SigningKey,
    state: Mutex<BackendState>,
}

struct BackendState {
    did: String,
    fault: Fault,
    subject: Value,
    issued: u32,
    /// Where the status list is, if credentials name one.
    list: Option<String>,
    is_revoked: bool,
    /// The bodies of `issue-vc`.
    calls: Vec<Value>,
}

impl Backend {
    #[expect(clippy::disallowed_methods, reason = "the issuer's own server")]
    pub(crate) async fn serve(platform: String, partner_token: String) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let did = format!("did:web:localhost%3A{port}");
        let shared = Arc::new(Shared {
            platform,
            partner_token,
            key: SigningKey::generate(&mut rand::rng()).with_kid("issuer-key".parse().unwrap()),
            state: Mutex::new(BackendState {
                did: did.clone(),
                fault: Fault::None,
                subject: json!({ "age": 21, "country": "UTO" }),
                issued: 0,
                list: None,
                is_revoked: false,
                calls: Vec::new(),
            }),
        });
        let router = Router::new()
            .route("/available-vc", post(available))
            .route("/issue-vc", post(issue))
            .route("/.well-known/did.json", get(document))
            .route("/statuslist/0", get(status_list))
            .route("/revocation-status/{nonce}", get(revocation_status))
            .with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            url: format!("http://127.0.0.1:{port}"),
            did,
            shared,
        }
    }

    pub(crate) fn set(&self, fault: Fault) {
        self.shared.state.lock().unwrap().fault = fault;
    }

    pub(crate) fn offer(&self, subject: Value) {
        self.shared.state.lock().unwrap().subject = subject;
    }

    /// Puts a reference to the status list into credentials from now on.
    pub(crate) fn name_a_list(&self) {
        let uri = format!("{}/statuslist/0", self.url);
        self.shared.state.lock().unwrap().list = Some(uri);
    }

    /// Revokes every credential.
    pub(crate) fn revoke(&self) {
        self.shared.state.lock().unwrap().is_revoked = true;
    }

    /// The bodies of `issue-vc`, oldest first.
    pub(crate) fn calls(&self) -> Vec<Value> {
        self.shared.state.lock().unwrap().calls.clone()
    }

    /// The registration of this backend.
    pub(crate) fn registration(&self) -> Value {
        json!({
            "did": self.did,
            "availableVcApiUrl": format!("{}/available-vc", self.url),
            "issueVcApiUrl": format!("{}/issue-vc", self.url),
            "apiKey": API_KEY,
        })
    }
}

fn is_allowed(headers: &HeaderMap) -> bool {
    headers.get("x-api-key").is_some_and(|key| key == API_KEY)
}

fn seal(to: &str, plaintext: &str) -> HolderEnvelope {
    let key: HolderPublicKey = to.parse().unwrap();
    key.seal(plaintext.as_bytes(), &mut rand::rng()).unwrap()
}

fn text(body: &Value, member: &str) -> String {
    body[member].as_str().unwrap().to_owned()
}

async fn available(
    State(shared): State<Arc<Shared>>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    if !is_allowed(&headers) {
        let forbidden = json!({ "message": "Forbidden", "statusCode": 403 });
        return (StatusCode::FORBIDDEN, Json(forbidden));
    }
    let subject = shared.state.lock().unwrap().subject.clone();
    let envelope = seal(&text(&body, "pubKey"), &subject.to_string());
    let data = json!([{
        "holderDID": body["holderDID"],
        "schemaId": body["schemaId"],
        "proofType": "SD_JWT_VC",
        "credentialSubject": {
            "encryptedData": STANDARD.encode(envelope.data()),
            "iv": STANDARD.encode(envelope.iv()),
            "authTag": STANDARD.encode(envelope.auth_tag()),
            "dataEncPublicKey": STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
        },
    }]);
    (StatusCode::CREATED, Json(json!({ "data": data })))
}

async fn issue(State(shared): State<Arc<Shared>>, headers: HeaderMap, Json(body): Json<Value>) -> StatusCode {
    if !is_allowed(&headers) {
        return StatusCode::FORBIDDEN;
    }
    let (fault, upload) = {
        let mut state = shared.state.lock().unwrap();
        state.calls.push(body.clone());
        if state.fault == Fault::StoresNothing {
            return StatusCode::CREATED;
        }
        state.issued += 1;
        (state.fault, upload(&shared.key, &state, &body))
    };
    let stored = Client::new()
        .post(format!("{}/v1/dstorage/vcs", shared.platform))
        .header("x-partner-auth", &shared.partner_token)
        .json(&upload)
        .send()
        .await
        .unwrap();
    assert_eq!(stored.status(), StatusCode::CREATED);
    if fault == Fault::LosesAnswer {
        StatusCode::INTERNAL_SERVER_ERROR
    } else {
        StatusCode::CREATED
    }
}

/// Signs and seals a credential: the body for dStorage.
fn upload(key: &SigningKey, state: &BackendState, body: &Value) -> Value {
    let other = SigningKey::generate(&mut rand::rng()).with_kid("issuer-key".parse().unwrap());
    let key = if state.fault == Fault::SignsWithAnother {
        &other
    } else {
        key
    };
    let holder = if state.fault == Fault::NamesAnother {
        "did:air:id:test:somebody".to_owned()
    } else {
        text(body, "holderDID")
    };
    let set = JwkSet::from_slice(
        json!({ "keys": [body["signingKey"]["jwk"]] })
            .to_string()
            .as_bytes(),
    );
    let holder_key: Option<Jwk> = set.unwrap().iter().next().cloned();
    let holder_key = holder_key.filter(|_| state.fault != Fault::BindsToNone);
    let status = state.list.clone().map(|uri| StatusReference { index: 0, uri });
    let id = format!("urn:uuid:6f0d4b7e-5a0e-4a35-9a1c-{:012}", state.issued);
    let options = IssueOptions {
        vct: text(body, "schemaId"),
        holder: Some(holder),
        id: Some(id.clone()),
        revocation_nonce: Some(u64::from(state.issued)),
        issued_at: UnixTime::from_secs(NOW),
        expires_at: Some(UnixTime::from_secs(NOW + 86_400)),
        holder_key,
        status,
        ..IssueOptions::default()
    };
    let credential = Issuer::new(&state.did, key)
        .issue(&options, state.subject.as_object().unwrap(), &mut rand::rng())
        .unwrap();
    let to = if state.fault == Fault::SealsToAnother {
        HolderPrivateKey::generate(&mut rand::rng())
            .public_key()
            .to_string()
    } else {
        text(body, "pubKey")
    };
    let envelope = seal(&to, &Value::from(credential.as_str()).to_string());
    json!({
        "holderDid": body["holderDID"],
        "proofType": "SD_JWT_VC",
        "schemaId": body["schemaId"],
        "expiresAt": "2027-01-16T08:00:00.000Z",
        "data": STANDARD.encode(envelope.data()),
        "iv": STANDARD.encode(envelope.iv()),
        "authTag": STANDARD.encode(envelope.auth_tag()),
        "encryptedKey": STANDARD.encode(envelope.ephemeral_key().to_spki_der()),
        "externalId": id,
    })
}

async fn document(State(shared): State<Arc<Shared>>) -> Json<Value> {
    let did: Did = shared.state.lock().unwrap().did.parse().unwrap();
    let keys = JwkSet::from(shared.key.public_jwk());
    let document = DidDocument::for_issuer(&did, &keys).to_json();
    Json(serde_json::from_str(&document).unwrap())
}

/// The list of one revoked or valid credential. Its `iss` is the origin, not the DID.
async fn status_list(State(shared): State<Arc<Shared>>) -> String {
    let state = shared.state.lock().unwrap();
    let mut list = StatusList::new(StatusBits::One, 8).unwrap();
    if state.is_revoked {
        list.set(0, Status::Invalid).unwrap();
    }
    let host = state.did.replace("did:web:", "").replace("%3A", ":");
    let options = StatusListOptions {
        issuer: Some(format!("http://{host}")),
        issued_at: UnixTime::from_secs(NOW),
        ..StatusListOptions::default()
    };
    let uri = state.list.clone().unwrap();
    StatusListToken::sign(&shared.key, &uri, &list, &options).into_string()
}

async fn revocation_status(State(shared): State<Arc<Shared>>) -> Json<Value> {
    Json(json!({ "isRevoked": shared.state.lock().unwrap().is_revoked }))
}
