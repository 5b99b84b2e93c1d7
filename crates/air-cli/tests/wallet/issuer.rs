//! An issuer made of the library's functions.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use air_ids::UnixTime;
use air_jwt::{
    Jwk, SigningKey,
    client_attestation::{Attestation, AttestationError, AttesterKeys, PopRules},
    dpop::{ProofVerifier, error_code},
    jwe::{DecryptionKey, EncryptionKey, Jwe},
    jws::Unverified,
};
use air_oid4vc::{
    oauth::RefreshRequest,
    vci::{
        CredentialRequest, CredentialResponse, ErrorResponse, IssuerId, IssuerMetadata, KeyAttestation,
        KeyAttestationPolicy, NotificationRequest, OPENID_CREDENTIAL_OFFER, Proof, ProofPolicy, Proofs,
        ResponseEncryption, TokenRequest, VerifiedKeyAttestation,
    },
};
use air_vc::IssueOptions;
use air_x509::CertificateChain;
use serde_json::{Value, json};

use crate::support::http::{Answer, Asked, serve};

pub(crate) const VCT: &str = "https://issuer.example/pid";
const REFRESH_TOKEN: &str = "refresh-1";
const DPOP_NONCE: &str = "server-nonce";
/// The challenge of the challenge endpoint, which has ended already, and the current one.
const OLD_CHALLENGE: &str = "challenge-1";
const CHALLENGE: &str = "challenge-2";

/// How the issuer behaves.
#[derive(Clone, Copy, Default)]
pub(crate) struct Terms {
    pub(crate) is_deferred: bool,
    /// How often the deferred endpoint defers again.
    pub(crate) deferrals: u32,
    /// The number of access tokens that end before a deferred request.
    pub(crate) ended_tokens: u32,
    /// The type of an access token that replaces another one [default: DPoP].
    pub(crate) refreshed_type: Option<&'static str>,
    pub(crate) is_encrypted: bool,
    /// The only proof type, with attested keys of an attested client.
    pub(crate) attested: Option<&'static str>,
    /// A URL of the metadata of the issuer or its server, and another address in its place.
    pub(crate) elsewhere: Option<(&'static str, &'static str)>,
    /// The credential of a configuration without proof types.
    pub(crate) unproved: Option<Unproved>,
}

/// A credential for a wallet that proved no key.
#[derive(Clone, Copy)]
pub(crate) enum Unproved {
    Unbound,
    /// Bound to a key that the wallet does not have.
    BoundElsewhere,
    /// No credential at all.
    Junk,
}

pub(crate) struct Issuer {
    origin: String,
    notifications: Arc<Mutex<Vec<String>>>,
    asked: Arc<Mutex<Vec<Instant>>>,
}

struct State {
    terms: Terms,
    key: SigningKey,
    encryption: DecryptionKey,
    jkt: String,
    /// The current access token.
    token: String,
    /// Whether the token was not used for the deferred credential yet.
    is_token_fresh: bool,
    /// The number of access tokens.
    tokens: u32,
    /// The answer to the deferred request.
    waiting: Option<Value>,
    notifications: Arc<Mutex<Vec<String>>>,
    /// The times of the credential request and of the deferred requests.
    asked: Arc<Mutex<Vec<Instant>>>,
}

impl Issuer {
    pub(crate) fn start(terms: Terms) -> Self {
        let notifications = Arc::<Mutex<Vec<String>>>::default();
        let asked = Arc::<Mutex<Vec<Instant>>>::default();
        let mut state = State {
            terms,
            key: SigningKey::generate(&mut rand::rng()),
            encryption: DecryptionKey::generate(&mut rand::rng()),
            jkt: String::new(),
            token: String::new(),
            is_token_fresh: false,
            tokens: 0,
            waiting: None,
            notifications: Arc::clone(&notifications),
            asked: Arc::clone(&asked),
        };
        let origin = serve(move |origin, asked| state.answer(origin, asked));
        Self {
            origin,
            notifications,
            asked,
        }
    }

    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn offer(&self) -> String {
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("credential_offer_uri", &format!("{}/offer", self.origin))
            .finish();
        format!("{OPENID_CREDENTIAL_OFFER}?{query}")
    }

    /// The times between the credential request and the deferred requests.
    pub(crate) fn intervals(&self) -> Vec<Duration> {
        let asked = self.asked.lock().unwrap();
        asked.windows(2).map(|pair| pair[1] - pair[0]).collect()
    }

    pub(crate) fn notifications(&self) -> Vec<String> {
        self.notifications.lock().unwrap().clone()
    }
}

fn ok(value: &Value) -> Answer {
    let json = vec![("content-type", "application/json".to_owned())];
    Answer(200, json, value.to_string())
}

fn refused(code: &str, status: u16) -> Answer {
    Answer(
        status,
        vec![("DPoP-Nonce", DPOP_NONCE.to_owned())],
        json!({ "error": code }).to_string(),
    )
}

impl State {
    fn answer(&mut self, origin: &str, asked: &Asked) -> Answer {
        match asked.path.as_str() {
            "/offer" => ok(&offer(origin)),
            "/.well-known/openid-credential-issuer" => ok(&self.metadata(origin).to_value()),
            "/.well-known/oauth-authorization-server" => {
                let mut value = json!({
                    "issuer": origin, "token_endpoint": format!("{origin}/token"),
                    "dpop_signing_alg_values_supported": ["ES256"],
                    "pre-authorized_grant_anonymous_access_supported": self.terms.attested.is_none(),
                    "token_endpoint_auth_methods_supported": ["none", "attest_jwt_client_auth"],
                });
                if self.terms.attested.is_some() {
                    value["challenge_endpoint"] = format!("{origin}/challenge").into();
                }
                self.replace(&mut value);
                ok(&value)
            }
            "/token" => self.token(origin, asked),
            "/nonce" => ok(&json!({ "c_nonce": "fresh" })),
            "/challenge" => ok(&json!({ "attestation_challenge": OLD_CHALLENGE })),
            "/credential" => self.checked(origin, asked, Self::credential),
            "/deferred" => self.checked(origin, asked, Self::deferred),
            "/notification" => self.checked(origin, asked, Self::notification),
            _ => Answer(404, Vec::new(), String::new()),
        }
    }

    /// Replaces a URL by the one of [`Terms::elsewhere`].
    fn replace(&self, metadata: &mut Value) {
        if let Some((name, url)) = self.terms.elsewhere
            && metadata.get(name).is_some()
        {
            metadata[name] = url.into();
        }
    }

    fn metadata(&self, origin: &str) -> IssuerMetadata {
        let mut value = json!({
            "credential_issuer": origin,
            "credential_endpoint": format!("{origin}/credential"),
            "nonce_endpoint": format!("{origin}/nonce"),
            "deferred_credential_endpoint": format!("{origin}/deferred"),
            "notification_endpoint": format!("{origin}/notification"),
            "batch_credential_issuance": { "batch_size": 2 },
            "credential_configurations_supported": { "pid": {
                "format": "dc+sd-jwt", "vct": VCT, "scope": "pid",
                "cryptographic_binding_methods_supported": ["jwk"],
                "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
            } },
        });
        if let Some(kind) = self.terms.attested {
            value["credential_configurations_supported"]["pid"]["proof_types_supported"] = json!({ kind: {
                "proof_signing_alg_values_supported": ["ES256"],
                "key_attestations_required": { "key_storage": ["iso_18045_high", "iso_18045_moderate"] },
            } });
        }
        if self.terms.unproved.is_some() {
            let configuration = value["credential_configurations_supported"]["pid"].as_object_mut();
            configuration
                .unwrap()
                .retain(|name, _| ["format", "vct", "scope"].contains(&name.as_str()));
        }
        if self.terms.is_encrypted {
            value["credential_request_encryption"] = json!({
                "jwks": { "keys": [self.encryption.encryption_key()] },
                "enc_values_supported": ["A256GCM"], "encryption_required": true,
            });
            value["credential_response_encryption"] = json!({
                "alg_values_supported": ["ECDH-ES"], "enc_values_supported": ["A128GCM"], "encryption_required": true,
            });
        }
        self.replace(&mut value);
        let issuer: IssuerId = origin.parse().unwrap();
        IssuerMetadata::parse(value.to_string().as_bytes(), &issuer).unwrap()
    }

    fn token(&mut self, origin: &str, asked: &Asked) -> Answer {
        let url = format!("{origin}/token");
        let verifier = ProofVerifier::new("POST", &url)
            .unwrap()
            .requiring_nonce(&|nonce| nonce == DPOP_NONCE);
        let proof = match verifier.verify(asked.header("dpop"), now()) {
            Ok(proof) => proof,
            Err(error) => return refused(error_code(&error), 400),
        };
        self.jkt = proof.thumbprint().to_string();
        if self.terms.attested.is_some() && !has_challenge(origin, asked) {
            let header = ("OAuth-Client-Attestation-Challenge", CHALLENGE.to_owned());
            let error = json!({ "error": "use_attestation_challenge" });
            return Answer(400, vec![header], error.to_string());
        }
        if RefreshRequest::is_of_form(&asked.body) {
            let refresh = RefreshRequest::parse(&asked.body).unwrap();
            assert_eq!(refresh.expose_secret(), REFRESH_TOKEN);
            let kind = self.terms.refreshed_type.unwrap_or("DPoP");
            // The refresh token stays valid.
            return ok(&json!({ "access_token": self.next_token(), "token_type": kind, "expires_in": 60 }));
        }
        let request = TokenRequest::parse(&asked.body).unwrap();
        if request.code != "code-1" || request.transaction_code.as_deref() != Some("493536") {
            return refused("invalid_grant", 400);
        }
        ok(&json!({
            "access_token": self.next_token(), "token_type": "DPoP", "expires_in": 60, "refresh_token": REFRESH_TOKEN,
        }))
    }

    /// Replaces the access token.
    fn next_token(&mut self) -> &str {
        self.tokens += 1;
        self.is_token_fresh = self.tokens > 1;
        self.token = format!("access-{}", self.tokens);
        &self.token
    }

    /// Checks the access token and the proof of a request first.
    fn checked(&mut self, origin: &str, asked: &Asked, then: fn(&mut Self, &str, &[u8]) -> Answer) -> Answer {
        let sent = asked.header("authorization").unwrap();
        assert_eq!(sent.strip_prefix("DPoP "), Some(self.token.as_str()));
        let url = format!("{origin}{}", asked.path);
        let verifier = ProofVerifier::new("POST", &url)
            .unwrap()
            .requiring_nonce(&|nonce| nonce == DPOP_NONCE)
            .with_access_token(&self.token, &self.jkt);
        if let Err(error) = verifier.verify(asked.header("dpop"), now()) {
            return refused(error_code(&error), 401);
        }
        if asked.path == "/deferred"
            && !std::mem::take(&mut self.is_token_fresh)
            && let Some(left) = self.terms.ended_tokens.checked_sub(1)
        {
            self.terms.ended_tokens = left;
            self.token = "ended".into();
            return refused("invalid_token", 401);
        }
        if self.terms.is_encrypted && asked.path != "/notification" {
            assert_eq!(asked.header("content-type"), Some("application/jwt"));
            let jwe = String::from_utf8(asked.body.clone()).unwrap();
            let json = Jwe::parse(&jwe, 1 << 20)
                .unwrap()
                .decrypt(&self.encryption)
                .unwrap();
            return then(self, origin, &json);
        }
        then(self, origin, &asked.body)
    }

    fn credential(&mut self, origin: &str, body: &[u8]) -> Answer {
        self.asked.lock().unwrap().push(Instant::now());
        let request = CredentialRequest::parse(body).unwrap();
        let metadata = self.metadata(origin);
        request.check_attested_metadata("pid", &metadata).unwrap();
        if request
            .proofs
            .as_ref()
            .is_some_and(|proofs| proofs.kind == "attestation")
        {
            return self.attested(origin, &request);
        }
        let policy = ProofPolicy {
            issuer: &metadata.issuer,
            algorithms: &["ES256".to_owned()],
            requires_nonce: true,
            client_id: self.terms.attested.map(|_| "air-wallet"),
            now: now(),
            maximum_age: 300,
            skew: 30,
        };
        let mut credentials = Vec::new();
        for jwt in request.proofs.iter().flat_map(Proofs::texts) {
            let proof = match Proof::parse(jwt).and_then(|proof| proof.verify(&policy, None)) {
                Ok(proof) => proof,
                Err(error) => {
                    return Answer(
                        400,
                        Vec::new(),
                        ErrorResponse::from(&error).to_value().to_string(),
                    );
                }
            };
            assert_eq!(proof.nonce.as_deref(), Some("fresh"));
            if self.terms.attested.is_some() {
                let attestation = verify_keys(proof.require_attestation().unwrap(), false);
                attestation.check_proof(&proof).unwrap();
            }
            credentials.push(self.issued(origin, Some(proof.key)));
        }
        if let Some(unproved) = self.terms.unproved {
            assert_eq!(request.proofs, None);
            let other = SigningKey::generate(&mut rand::rng());
            credentials.push(match unproved {
                Unproved::Unbound => self.issued(origin, None),
                Unproved::BoundElsewhere => self.issued(origin, Some(other.public_jwk())),
                Unproved::Junk => "junk".into(),
            });
        }
        let issued = CredentialResponse::Issued {
            credentials,
            notification_id: Some("n1".into()),
        };
        if self.terms.is_deferred {
            self.waiting = Some(issued.to_value());
            return deferral();
        }
        encrypted(&issued.to_value(), request.response_encryption.as_ref())
    }

    /// A credential for each attested key.
    fn attested(&self, origin: &str, request: &CredentialRequest) -> Answer {
        let attestations: Vec<&str> = request.proofs.iter().flat_map(Proofs::texts).collect();
        let [attestation] = attestations.as_slice() else {
            panic!("one attestation for all keys");
        };
        let verified = verify_keys(attestation, true);
        assert_eq!(verified.nonce.as_deref(), Some("fresh"));
        let keys = verified.keys.into_iter();
        let issued = CredentialResponse::Issued {
            credentials: keys.map(|key| self.issued(origin, Some(key))).collect(),
            notification_id: None,
        };
        ok(&issued.to_value())
    }

    fn issued(&self, origin: &str, holder_key: Option<Jwk>) -> Value {
        let options = IssueOptions {
            vct: VCT.into(),
            issued_at: now(),
            holder_key,
            ..IssueOptions::default()
        };
        let subject = json!({ "name": "Ada", "city": "London" });
        let issuer = air_vc::Issuer::new(origin, &self.key);
        let credential = issuer
            .issue(&options, subject.as_object().unwrap(), &mut rand::rng())
            .unwrap();
        credential.as_str().into()
    }

    fn deferred(&mut self, _: &str, _: &[u8]) -> Answer {
        self.asked.lock().unwrap().push(Instant::now());
        if let Some(left) = self.terms.deferrals.checked_sub(1) {
            self.terms.deferrals = left;
            return deferral();
        }
        ok(&self.waiting.take().unwrap())
    }

    fn notification(&mut self, _: &str, body: &[u8]) -> Answer {
        let request = NotificationRequest::parse(body).unwrap();
        self.notifications
            .lock()
            .unwrap()
            .push(request.event.as_str().to_owned());
        Answer(204, Vec::new(), String::new())
    }
}

/// The key of the first certificate, which this issuer trusts for the test.
fn leaf_key(x5c: &Value) -> Jwk {
    CertificateChain::from_x5c(x5c).unwrap().leaf().jwk().unwrap()
}

/// Verifies the attestation of the client, and its proof for this server. Returns whether the proof has the
/// current challenge in place of the one of the endpoint.
fn has_challenge(origin: &str, asked: &Asked) -> bool {
    let attestation = asked.header("oauth-client-attestation").unwrap();
    let unverified = Unverified::parse(attestation, 1 << 16).unwrap();
    let key = leaf_key(&unverified.header()["x5c"]);
    let attestation = Attestation::verify([attestation], AttesterKeys::Key(&key), now()).unwrap();
    let pop = asked.header("oauth-client-attestation-pop");
    let is_current = |challenge: &str| {
        assert!([OLD_CHALLENGE, CHALLENGE].contains(&challenge), "{challenge}");
        challenge == CHALLENGE
    };
    let rules = PopRules::new(origin).requiring_challenge(&is_current);
    match attestation.with_pop(pop, &rules, now()) {
        Ok(client) => {
            assert_eq!(client.client_id(), "air-wallet");
            true
        }
        Err(error) => {
            assert_eq!(error, AttestationError::WrongChallenge.into());
            false
        }
    }
}

fn verify_keys(jwt: &str, is_proof: bool) -> VerifiedKeyAttestation {
    let attestation = KeyAttestation::parse(jwt).unwrap();
    let required = json!({ "key_storage": ["iso_18045_high", "iso_18045_moderate"] });
    let policy = KeyAttestationPolicy {
        required: required.as_object(),
        algorithms: &["ES256".to_owned()],
        is_proof,
        requires_nonce: true,
        now: now(),
        skew: 30,
    };
    let key = leaf_key(&attestation.header()["x5c"]);
    attestation.verify(&key, &policy).unwrap()
}

fn deferral() -> Answer {
    let body = json!({ "transaction_id": "t1", "interval": 1 });
    Answer(202, Vec::new(), body.to_string())
}

fn encrypted(value: &Value, encryption: Option<&ResponseEncryption>) -> Answer {
    let Some(encryption) = encryption else {
        return ok(value);
    };
    let key = EncryptionKey::from_slice(json!(encryption.jwk).to_string().as_bytes()).unwrap();
    let jwe = key.encrypt(
        encryption.enc.parse().unwrap(),
        value.to_string().as_bytes(),
        &mut rand::rng(),
    );
    Answer(200, vec![("content-type", "application/jwt".to_owned())], jwe)
}

fn offer(origin: &str) -> Value {
    let grant =
        json!({ "pre-authorized_code": "code-1", "tx_code": { "length": 6, "input_mode": "numeric" } });
    json!({
        "credential_issuer": origin, "credential_configuration_ids": ["pid"],
        "grants": { "urn:ietf:params:oauth:grant-type:pre-authorized_code": grant },
    })
}

pub(super) fn now() -> UnixTime {
    UnixTime::from_system_time(std::time::SystemTime::now())
}
