//! Presentations, proofs, an offer and metadata of this project read by PyPI's `openvc-core`, a
//! strict verifier. The package is in `python/requirements.txt`; `cargo xtask oid4vc` installs it.

use std::{fmt::Write, time::Duration};

use air_ids::UnixTime;
use air_jwt::{
    SigningKey,
    jwe::{ContentEncryption, DecryptionKey},
};
use air_mdoc::{DcApiHandover, Elements, KeyAuthorizations, SessionTranscript, ValidityInfo, X5Chain};
use air_oid4vc::vci::{
    CredentialOffer, CredentialRequest, ProofKey, ProofOptions, Proofs, RequestedCredential, prove,
};
use air_vc::{Challenge, IssueOptions, Issuer};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{node::ask_program, read, vector_path};

/// A time that has passed, at which the test issuer of mdocs is valid: openvc-core compares the issuer's token with the machine's clock.
const NOW: UnixTime = UnixTime::from_secs(1_796_000_000);
const ISSUER: &str = "https://issuer.example";
const VCT: &str = "https://issuer.example/pid";
const NONCE: &str = "n-0S6_WzA2MjbGciOiJSUzI1NiJ9";
const CLIENT: &str = "x509_hash:Uvo3HtuIxuhC92rShpgqcT3YXwrqRxWEviRiA0OZszk";
const ORIGIN: &str = "https://verifier.example";
const DOC_TYPE: &str = "org.iso.18013.5.1.mDL";
const NAMESPACE: &str = "org.iso.18013.5.1";

/// A presentation of one claim of two, and the issuer's keys.
fn presentation() -> (String, Value) {
    let [issuer, holder] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let options = IssueOptions {
        vct: VCT.into(),
        issued_at: NOW.saturating_sub(Duration::from_mins(1)),
        holder_key: Some(holder.public_jwk()),
        ..IssueOptions::default()
    };
    let subject = json!({ "name": "Ada", "city": "London" });
    let credential = Issuer::new(ISSUER, &issuer)
        .issue(&options, subject.as_object().unwrap(), &mut rand::rng())
        .unwrap();
    let challenge = Challenge {
        nonce: NONCE.into(),
        audience: CLIENT.into(),
    };
    let presentation = credential
        .present(&["name".parse().unwrap()])
        .unwrap()
        .bind(&holder, &challenge, NOW)
        .unwrap();
    (
        presentation.as_str().to_owned(),
        json!({ "keys": [issuer.public_jwk()] }),
    )
}

/// A file of air-mdoc's test issuer.
fn test_issuer(name: &str) -> Vec<u8> {
    read(&vector_path(&format!(
        "../../../air-mdoc/tests/vectors/test-issuer/{name}"
    )))
}

/// An mdoc that a page of the origin receives, of one element of two.
fn device_response() -> String {
    let pem = String::from_utf8(test_issuer("signer-key.pem")).unwrap();
    let issuer = SigningKey::from_pem(&pem).unwrap();
    let device = SigningKey::generate(&mut rand::rng());
    let elements = Elements::new()
        .with(NAMESPACE, "age_over_18", true)
        .unwrap()
        .with(NAMESPACE, "family_name", "Lovelace")
        .unwrap();
    let options = air_mdoc::IssueOptions {
        doc_type: DOC_TYPE.parse().unwrap(),
        validity: ValidityInfo {
            signed: NOW,
            valid_from: NOW,
            valid_until: NOW.saturating_add(Duration::from_hours(1)),
            expected_update: None,
        },
        device_key: device.verifying_key().clone(),
        key_authorizations: KeyAuthorizations::default(),
        status: None,
    };
    let chain = X5Chain::new(vec![test_issuer("signer.der")]).unwrap();
    let session = SessionTranscript::from(&DcApiHandover {
        origin: ORIGIN,
        nonce: NONCE,
        jwk_thumbprint: None,
    });
    air_mdoc::Issuer::new(&issuer, chain)
        .issue(&options, &elements, &mut rand::rng())
        .unwrap()
        .present(&[(NAMESPACE, "age_over_18")])
        .unwrap()
        .sign(&device, &session)
        .unwrap()
        .to_base64url()
}

/// A request for two credentials, whose proofs have these keys.
fn credential_request(keys: &[SigningKey; 2]) -> Value {
    let issuer = ISSUER.parse().unwrap();
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce: Some("nonce-1"),
        client_id: None,
        key: ProofKey::Jwk,
    };
    CredentialRequest {
        credential: RequestedCredential::Configuration("pid".into()),
        proofs: Some(Proofs::jwt(keys.iter().map(|key| prove(key, &options)))),
        response_encryption: None,
    }
    .to_value()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[test]
#[ignore = "needs Python and openvc-core; `cargo xtask oid4vc` runs it"]
fn python_openvc_verifies_what_this_project_makes() {
    let (presentation, jwks) = presentation();
    let encryption = DecryptionKey::generate(&mut rand::rng());
    let private: Value = serde_json::from_str(&encryption.expose_jwk()).unwrap();
    let scalar = URL_SAFE_NO_PAD.decode(private["d"].as_str().unwrap()).unwrap();
    let vp_token = json!({ "pid": [presentation] });
    let response = json!({ "vp_token": vp_token }).to_string();
    let response = encryption.encryption_key().encrypt(
        ContentEncryption::A256Gcm,
        response.as_bytes(),
        &mut rand::rng(),
    );
    let query = json!({ "credentials": [{
        "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": [VCT] }, "claims": [{ "path": ["name"] }],
    }] });
    let mdoc_query = json!({ "credentials": [{
        "id": "mdl", "format": "mso_mdoc", "meta": { "doctype_value": DOC_TYPE },
        "claims": [{ "path": [NAMESPACE, "age_over_18"] }],
    }] });
    let keys = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let offer = CredentialOffer {
        issuer: ISSUER.parse().unwrap(),
        configuration_ids: vec!["pid".into()],
        authorization_code: None,
        pre_authorized_code: None,
    };
    let metadata_url = "https://issuer.example/.well-known/jwt-vc-issuer";
    let question = json!({
        "now": NOW,
        "session": {
            "nonce": NONCE, "clientId": CLIENT, "query": query, "vpToken": vp_token, "response": response,
            "key": hex(&scalar),
        },
        "issuerMetadata": { metadata_url: { "issuer": ISSUER, "jwks": jwks } },
        "mdoc": {
            "vpToken": { "mdl": [device_response()] }, "query": mdoc_query, "anchor": hex(&test_issuer("ca.der")),
            "origin": ORIGIN,
        },
        "issuance": {
            "issuer": ISSUER, "nonce": "nonce-1", "request": credential_request(&keys), "offer": offer.to_value(),
            "metadata": crate::conformance::issuer_metadata().to_value(),
        },
    });
    let answer = ask_program("python3", "python/openvc_peer.py", &question);
    for name in ["plain", "encrypted"] {
        let verified = &answer[name];
        assert_eq!(verified["keyBound"], true, "{name}: {answer}");
        assert_eq!(verified["claims"]["name"], "Ada", "{name}");
        assert!(verified["claims"].get("city").is_none(), "{name}");
    }
    assert_eq!(
        answer["mdoc"],
        json!({ "docType": DOC_TYPE, "elements": { NAMESPACE: { "age_over_18": true } }, "deviceSigned": true })
    );
    let thumbprints = keys.map(|key| key.public_jwk().thumbprint().as_str().to_owned());
    assert_eq!(answer["proofs"], json!(thumbprints));
    assert_eq!(answer["offer"], json!(["pid"]));
    assert_eq!(answer["metadata"], 2);
    for (name, error) in [
        ("forAnotherNonce", "ClaimsInvalid"),
        ("forAnotherClient", "ClaimsInvalid"),
        ("mdocOfAnotherOrigin", "MdocDeviceAuthError"),
        ("proofsWithAnotherNonce", "ProofReplayed"),
        ("proofsForAnotherIssuer", "ClaimsInvalid"),
    ] {
        assert_eq!(answer[name], json!({ "error": error }), "{name}");
    }
}
