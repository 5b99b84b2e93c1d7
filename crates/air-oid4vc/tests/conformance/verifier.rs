//! `oid4vp-1final-verifier…`: the modules for verifiers. A verifier is the functions of this crate with those
//! of `air-vc` and `air-mdoc`, in the order that its README states.

use air_jwt::{
    JwkSet, SigningKey,
    jwe::{ContentEncryption, DecryptionKey, Jwe},
    jws,
};
use air_mdoc::{
    DeviceResponse, Elements, IssuerSigned, KeyAuthorizations, PinnedIssuer, RedirectHandover,
    SessionTranscript, ValidityInfo, X5Chain,
};
use air_oid4vc::{
    dcql::{Credential, Query},
    vp::{
        AuthorizationRequest, AuthorizationResponse, ClientId, ClientMetadata, Expected, Nonce, Presentation,
        RequestObject, RequestOptions, RequestUriPost, ResponseBody, VpToken,
    },
};
use air_vc::{Challenge, Error, IssueOptions, Issuer, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::times::{NOW, after, before};

const ISS: &str = "https://issuer.example";
const VCT: &str = "https://issuer.example/pid";
const RESPONSE_URI: &str = "https://verifier.example/response";
const CERTIFICATE: &[u8] = b"the verifier's certificate";

/// An issuer, a wallet and a verifier with one request.
struct TestEnv {
    issuer: SigningKey,
    holder: SigningKey,
    verifier: SigningKey,
    encryption: DecryptionKey,
    request: AuthorizationRequest,
}

impl TestEnv {
    fn new() -> Self {
        let [issuer, holder, verifier] = [(); 3].map(|()| SigningKey::generate(&mut rand::rng()));
        let encryption = DecryptionKey::generate(&mut rand::rng());
        let query = json!({ "credentials": [{
            "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": [VCT] }, "claims": [{ "path": ["name"] }],
        }] });
        let query = Query::from_value(&query).unwrap();
        let Value::Object(jwk) = json!(encryption.encryption_key()) else {
            panic!("a key is an object")
        };
        let options = RequestOptions {
            encrypted: true,
            state: Some(Nonce::from_random(&[1; 16]).unwrap()),
            client_metadata: Some(ClientMetadata {
                keys: vec![jwk],
                ..ClientMetadata::for_query(&query)
            }),
            ..RequestOptions::default()
        };
        let (client, nonce) = (
            ClientId::x509_hash(CERTIFICATE),
            Nonce::from_random(&[2; 16]).unwrap(),
        );
        let request = AuthorizationRequest::direct_post(client, RESPONSE_URI, nonce, query, options).unwrap();
        Self {
            issuer,
            holder,
            verifier,
            encryption,
            request,
        }
    }

    fn challenge(&self) -> Challenge {
        Challenge {
            nonce: self.request.nonce().as_str().to_owned(),
            audience: self.request.audience(None).unwrap(),
        }
    }

    fn credential(&self, signer: &SigningKey) -> air_vc::Credential {
        let options = IssueOptions {
            vct: VCT.into(),
            issued_at: before(60),
            holder_key: Some(self.holder.public_jwk()),
            ..IssueOptions::default()
        };
        let subject = json!({ "name": "Ada", "city": "London" });
        let subject = subject.as_object().unwrap();
        Issuer::new(ISS, signer)
            .issue(&options, subject, &mut rand::rng())
            .unwrap()
    }

    /// A presentation without its proof of possession.
    fn shown(&self) -> String {
        let presentation = self
            .credential(&self.issuer)
            .present(&["name".parse().unwrap()])
            .unwrap();
        presentation.as_str().to_owned()
    }

    /// A presentation whose proof of possession has changed claims.
    fn presented_with(&self, change: impl FnOnce(&mut Value)) -> String {
        let shown = self.shown();
        let challenge = self.challenge();
        let mut claims = json!({
            "iat": NOW, "aud": challenge.audience, "nonce": challenge.nonce,
            "sd_hash": URL_SAFE_NO_PAD.encode(Sha256::digest(&shown)),
        });
        change(&mut claims);
        shown + &jws::sign(&self.holder, "kb+jwt", &claims)
    }

    /// The response that the wallet posts.
    fn posted(&self, presentation: &str) -> String {
        let vp_token = VpToken::new().with("pid", Presentation::Text(presentation.to_owned()));
        let response = AuthorizationResponse::presented(vp_token, &self.request);
        let json = Value::Object(response.to_members()).to_string();
        let key = self.encryption.encryption_key();
        let jwe = key.encrypt(ContentEncryption::A256Gcm, json.as_bytes(), &mut rand::rng());
        ResponseBody::Encrypted(jwe).to_form()
    }

    /// The verifier's whole check of a posted form: the claims, or the rule of the credential that failed.
    fn verify(&self, form: &str) -> Result<Map<String, Value>, Error> {
        let body = ResponseBody::parse(form.as_bytes()).unwrap();
        body.check_mode(&self.request).unwrap();
        let ResponseBody::Encrypted(jwe) = body else {
            panic!("{body:?}")
        };
        let json = Jwe::parse(&jwe, 64 * 1024)
            .unwrap()
            .decrypt(&self.encryption)
            .unwrap();
        let response = AuthorizationResponse::parse_json(&json).unwrap();
        response.check_state(&self.request).unwrap();
        let AuthorizationResponse::Presented { vp_token, .. } = response else {
            panic!("{response:?}")
        };
        vp_token.check_shape(self.request.query()).unwrap();
        let (_, presentations) = vp_token.presentations().next().unwrap();
        let Some(Presentation::Text(text)) = presentations.first() else {
            panic!("{presentations:?}")
        };
        let keys = JwkSet::from(self.issuer.public_jwk());
        let verified = Verifier::new(ISS, &keys)
            .requiring_key_binding(self.challenge())
            .verify(text, NOW)?;
        let claims = verified.claims().clone();
        let credential = Credential::sd_jwt_vc(VCT, &claims).bound_to_holder(true);
        self.request.query().check(&[("pid", vec![credential])]).unwrap();
        Ok(claims)
    }

    fn refusal(&self, presentation: &str) -> Error {
        self.verify(&self.posted(presentation)).unwrap_err()
    }
}

#[test]
fn vp_verifier_happy_flow() {
    let env = TestEnv::new();
    let claims = env.verify(&env.posted(&env.presented_with(|_| ()))).unwrap();
    assert_eq!((&claims["name"], claims.get("city")), (&json!("Ada"), None));
}

/// `cnf.jwk` has only the members that a key needs (RFC 7517).
#[test]
fn vp_verifier_minimal_cnf_jwk() {
    let env = TestEnv::new();
    let jwk = json!(env.holder.public_jwk());
    let payload = json!({
        "iss": ISS, "vct": VCT, "iat": before(60), "name": "Ada",
        "cnf": { "jwk": { "kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"] } },
    });
    let shown = jws::sign(&env.issuer, "dc+sd-jwt", &payload) + "~";
    let challenge = env.challenge();
    let claims = json!({
        "iat": NOW, "aud": challenge.audience, "nonce": challenge.nonce,
        "sd_hash": URL_SAFE_NO_PAD.encode(Sha256::digest(&shown)),
    });
    let presentation = shown + &jws::sign(&env.holder, "kb+jwt", &claims);
    assert!(env.verify(&env.posted(&presentation)).is_ok());
}

#[test]
fn vp_verifier_request_uri_method_post() {
    let env = TestEnv::new();
    let nonce = Nonce::from_random(&[3; 16]).unwrap();
    let posted = RequestUriPost {
        wallet_metadata: None,
        wallet_nonce: Some(nonce.clone()),
    };
    let posted = RequestUriPost::parse(posted.to_form().as_bytes()).unwrap();
    let options = RequestOptions {
        wallet_nonce: posted.wallet_nonce,
        ..env.request.options().clone()
    };
    let request = AuthorizationRequest::direct_post(
        env.request.client_id().unwrap().clone(),
        RESPONSE_URI,
        env.request.nonce().clone(),
        env.request.query().clone(),
        options,
    );
    let jwt = request
        .unwrap()
        .sign_with_certificates(&env.verifier, &[CERTIFICATE.to_vec()])
        .unwrap();
    let expected = Expected {
        wallet_nonce: Some(nonce.as_str()),
        now: NOW,
        ..Expected::default()
    };
    let object = RequestObject::parse(&jwt).unwrap();
    assert!(object.verify(&env.verifier.public_jwk(), &expected).is_ok());
}

/// A request that is fetched twice is the same request, so that its answer verifies.
#[test]
fn vp_verifier_request_uri_fetched_twice() {
    let env = TestEnv::new();
    let read = || {
        let jwt = env
            .request
            .sign_with_certificates(&env.verifier, &[CERTIFICATE.to_vec()])
            .unwrap();
        let expected = Expected {
            now: NOW,
            ..Expected::default()
        };
        RequestObject::parse(&jwt)
            .unwrap()
            .verify(&env.verifier.public_jwk(), &expected)
            .unwrap()
    };
    assert_eq!((read(), &read()), (env.request.clone(), &env.request));
}

#[test]
fn vp_verifier_invalid_kb_jwt_signature() {
    let env = TestEnv::new();
    let presentation = env.presented_with(|_| ());
    let (input, _) = presentation.rsplit_once('.').unwrap();
    let refused = env.refusal(&format!("{input}.{}", "A".repeat(86)));
    assert!(matches!(refused, Error::HolderSignature(_)), "{refused}");
}

#[test]
fn vp_verifier_invalid_credential_signature() {
    let env = TestEnv::new();
    let other = SigningKey::generate(&mut rand::rng()).with_kid(env.issuer.kid().clone());
    let presentation = env
        .credential(&other)
        .present(&["name".parse().unwrap()])
        .unwrap();
    let presentation = presentation.bind(&env.holder, &env.challenge(), NOW).unwrap();
    let refused = env.refusal(presentation.as_str());
    assert!(matches!(refused, Error::Signature(_)), "{refused}");
}

#[track_caller]
fn refuses_proof(change: impl FnOnce(&mut Value), reason: &str) {
    let env = TestEnv::new();
    let refused = env.refusal(&env.presented_with(change));
    let shown = refused.to_string();
    assert!(shown.contains(reason), "{shown}");
}

#[test]
fn vp_verifier_invalid_sd_hash() {
    let other = URL_SAFE_NO_PAD.encode(Sha256::digest("another"));
    refuses_proof(
        |claims| claims["sd_hash"] = other.into(),
        "over another credential",
    );
}

#[test]
fn vp_verifier_invalid_kb_jwt_nonce() {
    refuses_proof(
        |claims| claims["nonce"] = "another".into(),
        "nonce is not the verifier's",
    );
}

#[test]
fn vp_verifier_invalid_kb_jwt_aud() {
    refuses_proof(
        |claims| claims["aud"] = "x509_hash:another".into(),
        "for another audience",
    );
}

#[test]
fn vp_verifier_kb_jwt_iat_in_past() {
    refuses_proof(|claims| claims["iat"] = json!(before(31_536_000)), "s old");
}

#[test]
fn vp_verifier_kb_jwt_iat_in_future() {
    refuses_proof(|claims| claims["iat"] = json!(after(31_536_000)), "in the future");
}

#[test]
fn vp_verifier_invalid_session_transcript() {
    let [issuer, device] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let doc_type = "org.iso.18013.5.1.mDL";
    let elements = Elements::new()
        .with("org.iso.18013.5.1", "age_over_18", true)
        .unwrap();
    let options = air_mdoc::IssueOptions {
        doc_type: doc_type.parse().unwrap(),
        validity: ValidityInfo {
            signed: NOW,
            valid_from: NOW,
            valid_until: after(60),
            expected_update: None,
        },
        device_key: device.verifying_key().clone(),
        key_authorizations: KeyAuthorizations::default(),
        status: None,
    };
    let chain = X5Chain::new(vec![CERTIFICATE.to_vec()]).unwrap();
    let credential: IssuerSigned = air_mdoc::Issuer::new(&issuer, chain)
        .issue(&options, &elements, &mut rand::rng())
        .unwrap();
    let session = |nonce| {
        SessionTranscript::from(&RedirectHandover {
            client_id: "x509_san_dns:verifier.example",
            nonce,
            jwk_thumbprint: None,
            response_uri: RESPONSE_URI,
        })
    };
    let presented = credential
        .present(&[("org.iso.18013.5.1", "age_over_18")])
        .unwrap();
    let response = presented.sign(&device, &session("asked")).unwrap().to_base64url();
    let response = DeviceResponse::from_base64url(&response).unwrap();
    let trusted = PinnedIssuer::new(issuer.verifying_key().clone());
    let verifier = air_mdoc::Verifier::new(&trusted);
    assert!(verifier.verify(&response, &session("asked"), NOW).is_ok());
    let refused = verifier.verify(&response, &session("another"), NOW).unwrap_err();
    assert_eq!(refused, air_mdoc::Error::DeviceSignature);
}
