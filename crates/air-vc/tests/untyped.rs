//! No other JWT that a partner's key signs becomes a Partner JWT by removing its `typ` (RFC 8725,
//! 3.11).
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{Error, PartnerToken, Verifier as TokenVerifier};
use air_vc::{
    Issuer,
    status::{
        BitstringStatusList, BitstringStatusListCredential, BitstringStatusListOptions, StatusBits,
        StatusPurpose,
    },
    w3c::W3cIssueOptions,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup, VCT, after, challenge, encode, payload, status_token, subject};

/// JWTs signed with the key of a partner, or of a holder who may be a partner: a name and the
/// payload.
fn signed_things(setup: &Setup) -> Vec<(&'static str, Value)> {
    let issuer = Issuer::new(ISS, &setup.key);
    let credential = setup.issue(&setup.bound(), &subject()).unwrap();
    let shown = credential.present(&[]).unwrap();
    let bound = shown.bind(&setup.holder, &challenge(), NOW).unwrap();
    let proof = bound.as_str().rsplit_once('~').unwrap().1.to_owned();
    let options = W3cIssueOptions {
        types: vec!["KycIdentity".into()],
        valid_from: NOW,
        valid_until: Some(after(300)),
        ..W3cIssueOptions::default()
    };
    let w3c = issuer.issue_w3c(&options, &subject()).unwrap();
    let list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, 0).unwrap();
    let list_terms = BitstringStatusListOptions {
        issuer: ISS.into(),
        valid_from: Some(NOW),
        valid_until: Some(after(300)),
        ttl: Some(100),
    };
    let bitstring =
        BitstringStatusListCredential::sign(&setup.key, "https://issuer.example/b", &list, &list_terms);
    let version_1 = json!({ "iss": ISS, "exp": after(300), "vc": { "credentialSubject": subject() } });
    let presentation = json!({ "iss": ISS, "aud": "prog-7", "nonce": "n", "vp": {} });
    // Without digests and a holder's key, only `vct` marks it as a credential.
    let visible = json!({ "iss": ISS, "vct": VCT, "exp": after(300) });
    vec![
        ("SD-JWT VC", payload(setup.credential().as_str())),
        ("SD-JWT VC, bound to a key", payload(credential.as_str())),
        ("SD-JWT VC, all visible", visible),
        ("key-binding JWT", payload(&proof)),
        ("W3C credential 2.0", payload(w3c.as_str())),
        ("W3C credential 1.1", version_1),
        ("W3C presentation 1.1", presentation),
        ("status list token", payload(&status_token(setup, &[]))),
        ("bitstring status list credential", payload(bitstring.as_str())),
    ]
}

/// Signs a payload with the partner's key, without `typ`.
fn untyped(setup: &Setup, payload: &Value) -> String {
    let header = json!({ "alg": "ES256", "kid": setup.key.kid() });
    let input = format!("{}.{}", encode(&header), encode(payload));
    let signature = URL_SAFE_NO_PAD.encode(setup.key.sign(input.as_bytes()));
    format!("{input}.{signature}")
}

fn verify(setup: &Setup, token: &str) -> Result<(), Error> {
    TokenVerifier::new(&setup.keys)
        .allowing_absent_type()
        .verify(token, NOW)
        .map(drop)
}

#[test]
fn no_credential_proof_or_status_list_is_a_partner_jwt() {
    let setup = Setup::new();
    let login = PartnerToken::verify("p".parse().unwrap())
        .sign(&setup.key, NOW)
        .unwrap();
    let own = payload(login.expose_secret());
    assert_eq!(verify(&setup, &untyped(&setup, &own)), Ok(()), "the control");
    for (name, signed) in signed_things(&setup) {
        let refusal = verify(&setup, &untyped(&setup, &signed));
        assert!(refusal.is_err(), "{name}");
    }
}

/// The applicant chooses the visible claims of a subject, so they may be those of a Partner JWT.
#[test]
fn nor_with_the_claims_of_one_beside_its_own() {
    let setup = Setup::new();
    for (name, mut signed) in signed_things(&setup) {
        for (claim, value) in [
            ("partnerId", json!("p")),
            ("scope", json!("issue verify")),
            ("email", json!("ada@example.com")),
            ("iat", json!(NOW)),
            ("exp", json!(after(300))),
        ] {
            signed[claim] = value;
        }
        assert!(
            matches!(
                verify(&setup, &untyped(&setup, &signed)),
                Err(Error::AbsentType { .. })
            ),
            "{name}"
        );
    }
}
