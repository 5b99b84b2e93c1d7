//! `oid4vci-1_0-issuer…`: the modules for issuers.

use air_jwt::{
    JwkSet, SigningKey,
    client_attestation::{
        Attestation, AttestationError, AttestedClient, AttesterKeys, Pop, PopRules, Token, error_code,
    },
    jws,
};
use air_oid4vc::{
    Error,
    vci::{
        CredentialRequest, ErrorCode, ErrorResponse, IssuerId, IssuerMetadata, KeyAttestation,
        KeyAttestationOptions, KeyAttestationPolicy, Proof, ProofKey, ProofOptions, ProofPolicy, Rule,
        TokenResponse, VerifiedKeyAttestation, prove, prove_attested,
    },
};
use serde_json::{Value, json};

use crate::times::{NOW, after, before};

fn issuer_id() -> IssuerId {
    "https://issuer.example".parse().unwrap()
}

pub(super) fn metadata() -> IssuerMetadata {
    let value = json!({
        "credential_issuer": "https://issuer.example",
        "credential_endpoint": "https://issuer.example/credential",
        "nonce_endpoint": "https://issuer.example/nonce",
        "batch_credential_issuance": { "batch_size": 2 },
        "credential_configurations_supported": { "pid": {
            "format": "dc+sd-jwt", "vct": "https://issuer.example/pid", "scope": "pid",
            "cryptographic_binding_methods_supported": ["jwk"],
            "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
        } },
    });
    IssuerMetadata::parse(value.to_string().as_bytes(), &issuer_id()).unwrap()
}

#[track_caller]
fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> ErrorCode {
    ErrorResponse::from(&result.unwrap_err()).code().clone()
}

fn request(value: &Value) -> Result<CredentialRequest, Error> {
    CredentialRequest::parse(value.to_string().as_bytes())
}

fn proof(key: &SigningKey, nonce: Option<&str>) -> String {
    let issuer = issuer_id();
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce,
        client_id: None,
        key: ProofKey::Jwk,
    };
    prove(key, &options)
}

fn verify(jwt: &str) -> Result<air_oid4vc::vci::VerifiedProof, Error> {
    let issuer = issuer_id();
    let policy = ProofPolicy {
        issuer: &issuer,
        algorithms: &[],
        requires_nonce: true,
        client_id: None,
        now: NOW,
        maximum_age: 300,
        skew: 30,
    };
    Proof::parse(jwt)?.verify(&policy, None)
}

#[test]
fn vci_issuer_metadata() {
    assert!(metadata().check_as_issuer().is_ok());
    let url = "https://issuer.example/.well-known/openid-credential-issuer";
    assert_eq!(issuer_id().metadata_url(), url);
}

#[test]
fn vci_issuer_fail_on_invalid_nonce() {
    // The issuer compares the nonce of the verified proof with its own, and answers with this rule.
    let verified = verify(&proof(&SigningKey::generate(&mut rand::rng()), Some("foreign"))).unwrap();
    assert_eq!(verified.nonce.as_deref(), Some("foreign"));
    let refused: Result<(), Error> = Err(Error::Issuance {
        place: "/nonce".into(),
        rule: Rule::ProofNonce,
    });
    assert_eq!(code(refused), ErrorCode::InvalidNonce);
}

#[test]
fn vci_issuer_fail_on_invalid_jwt_proof_signature() {
    let jwt = proof(&SigningKey::generate(&mut rand::rng()), Some("nonce"));
    let (input, _) = jwt.rsplit_once('.').unwrap();
    assert_eq!(
        code(verify(&format!("{input}.{}", "A".repeat(86)))),
        ErrorCode::InvalidProof
    );
}

#[test]
fn vci_issuer_fail_on_missing_proof() {
    let request = request(&json!({ "credential_configuration_id": "pid" })).unwrap();
    assert_eq!(
        code(request.check_metadata("pid", &metadata())),
        ErrorCode::InvalidProof
    );
    assert_eq!(
        code(verify(&proof(&SigningKey::generate(&mut rand::rng()), None))),
        ErrorCode::InvalidProof
    );
}

#[test]
fn vci_issuer_fail_on_unsupported_encryption_algorithm() {
    let value = json!({ "credential_configuration_id": "pid", "credential_response_encryption": { "jwk": { "kty": "EC" }, "enc": "A128GCM" } });
    assert_eq!(code(request(&value)), ErrorCode::InvalidEncryptionParameters);
}

#[test]
fn vci_issuer_fail_on_unknown_credential_configuration_id() {
    let request = request(&json!({ "credential_configuration_id": "other" })).unwrap();
    let expected = ErrorCode::UnknownCredentialConfiguration;
    assert_eq!(code(request.check_metadata("other", &metadata())), expected);
}

#[test]
fn vci_issuer_fail_on_unknown_credential_identifier() {
    let request = request(&json!({ "credential_identifier": "other" })).unwrap();
    let token = json!({
        "access_token": "t", "token_type": "DPoP",
        "authorization_details": [{
            "type": "openid_credential", "credential_configuration_id": "pid", "credential_identifiers": ["one"],
        }],
    });
    let token = TokenResponse::parse(token.to_string().as_bytes()).unwrap();
    assert_eq!(
        code(request.check_token(&token, &["pid"]).map(drop)),
        ErrorCode::UnknownCredentialIdentifier
    );
}

#[test]
fn vci_issuer_batch_issuance() {
    let key = || SigningKey::generate(&mut rand::rng());
    let proofs = |count: usize| {
        (0..count)
            .map(|_| proof(&key(), Some("nonce")))
            .collect::<Vec<_>>()
    };
    let of = |proofs: &[String]| json!({ "credential_configuration_id": "pid", "proofs": { "jwt": proofs } });
    let accepted = request(&of(&proofs(2))).unwrap();
    assert!(accepted.check_metadata("pid", &metadata()).is_ok());
    let refused = request(&of(&proofs(3))).unwrap();
    assert_eq!(
        code(refused.check_metadata("pid", &metadata())),
        ErrorCode::InvalidCredentialRequest
    );
}

fn attestation(
    claims: &Value,
    attester: &SigningKey,
    trusted: &SigningKey,
) -> Result<Attestation, air_jwt::Error> {
    let token = jws::sign(attester, "oauth-client-attestation+jwt", claims);
    let keys = JwkSet::from(trusted.public_jwk());
    Attestation::verify([token.as_str()], AttesterKeys::Set(&keys), NOW)
}

/// Asserts the reason and the error code of a refused client. The routes respond with the same code.
#[track_caller]
fn refuses_client<T: std::fmt::Debug>(
    result: Result<T, air_jwt::Error>,
    reason: impl Fn(&air_jwt::Error) -> bool,
) {
    let error = result.unwrap_err();
    assert!(reason(&error), "{error:?}");
    assert_eq!(error_code(&error), "invalid_client_attestation");
}

/// A check for this rule of client attestation.
fn rule(expected: AttestationError) -> impl Fn(&air_jwt::Error) -> bool {
    let expected = air_jwt::Error::from(expected);
    move |error| *error == expected
}

fn attestation_claims(instance: &SigningKey) -> Value {
    json!({ "sub": "wallet", "exp": after(60), "cnf": { "jwk": instance.public_jwk() } })
}

#[test]
fn vci_issuer_fail_on_invalid_client_attestation_signature() {
    let [attester, other, instance] = [(); 3].map(|()| SigningKey::generate(&mut rand::rng()));
    let claims = attestation_claims(&instance);
    assert!(attestation(&claims, &attester, &attester).is_ok());
    let impostor = other.with_kid(attester.kid().clone());
    let token = Token::Attestation;
    refuses_client(
        attestation(&claims, &impostor, &attester),
        rule(AttestationError::BadSignature { token }),
    );
}

#[test]
fn vci_issuer_fail_on_client_attestation_exp_in_past() {
    let [attester, instance] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let mut claims = attestation_claims(&instance);
    claims["exp"] = json!(before(600));
    refuses_client(attestation(&claims, &attester, &attester), |error| {
        matches!(error, air_jwt::Error::Expired { .. })
    });
}

#[test]
fn vci_issuer_fail_on_client_attestation_no_sub() {
    let [attester, instance] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let mut claims = attestation_claims(&instance);
    claims.as_object_mut().unwrap().remove("sub");
    refuses_client(attestation(&claims, &attester, &attester), |error| {
        *error == air_jwt::Error::MissingClaim { name: "sub" }
    });
}

#[test]
fn vci_issuer_metadata_signed() {
    let key = SigningKey::generate(&mut rand::rng());
    let x5c = jws::X5c::new(b"leaf", []);
    let signed = metadata().sign(&key, Some(&x5c), NOW, Some(after(60)));
    let read = |now| IssuerMetadata::verify(&signed, &key.public_jwk(), &issuer_id(), now, 5);
    assert_eq!(read(NOW), Ok(metadata()));
    // A wallet refuses these. It sends the issuer no error response, so that the rule is all there
    // is to check.
    let expired = Error::Issuance {
        place: "/exp".into(),
        rule: Rule::Validity,
    };
    assert_eq!(read(after(120)), Err(expired));
    let other = SigningKey::generate(&mut rand::rng()).public_jwk();
    let refused = IssuerMetadata::verify(&signed, &other, &issuer_id(), NOW, 5).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Token {
                source: air_jwt::Error::BadSignature { .. },
                ..
            }
        ),
        "{refused:?}"
    );
}

fn key_attestation(
    provider: &SigningKey,
    keys: &[&SigningKey],
    change: fn(&mut KeyAttestationOptions),
) -> String {
    let mut options = KeyAttestationOptions {
        keys: keys.iter().map(|key| key.public_jwk()).collect(),
        issued_at: NOW,
        expires_at: Some(after(60)),
        nonce: Some("nonce".into()),
        key_storage: vec!["iso_18045_high".into()],
        ..KeyAttestationOptions::default()
    };
    change(&mut options);
    options.sign(provider, None)
}

fn verify_attestation(
    jwt: &str,
    provider: &SigningKey,
    is_proof: bool,
) -> Result<VerifiedKeyAttestation, Error> {
    let required = json!({ "key_storage": ["iso_18045_high"] });
    let policy = KeyAttestationPolicy {
        required: required.as_object(),
        algorithms: &[],
        is_proof,
        requires_nonce: true,
        now: NOW,
        skew: 5,
    };
    KeyAttestation::parse(jwt)?.verify(&provider.public_jwk(), &policy)
}

#[test]
fn vci_issuer_fail_on_invalid_key_attestation_signature() {
    let [provider, other, key] = [(); 3].map(|()| SigningKey::generate(&mut rand::rng()));
    let attestation = key_attestation(&provider, &[&key], |_| ());
    assert!(verify_attestation(&attestation, &provider, true).is_ok());
    assert_eq!(
        code(verify_attestation(&attestation, &other, true)),
        ErrorCode::InvalidProof
    );
}

/// `OpenID4VCI` 1.0, appendix F.1 and F.3: the algorithms of the metadata.
#[test]
fn a_key_attestation_has_an_accepted_algorithm() {
    let [provider, key] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let attestation = key_attestation(&provider, &[&key], |_| ());
    let verified = |algorithms: &[String]| {
        let policy = KeyAttestationPolicy {
            required: None,
            algorithms,
            is_proof: true,
            requires_nonce: true,
            now: NOW,
            skew: 5,
        };
        KeyAttestation::parse(&attestation).and_then(|it| it.verify(&provider.public_jwk(), &policy))
    };
    assert!(verified(&["ES256".to_owned()]).is_ok());
    let refused = verified(&["RS256".to_owned()]);
    assert!(
        matches!(
            refused,
            Err(Error::Issuance {
                rule: Rule::ProofAlgorithm,
                ..
            })
        ),
        "{refused:?}"
    );
}

/// `OpenID4VCI` 1.0, appendix D.1: each rule of a key attestation.
#[test]
fn a_key_attestation_that_breaks_a_rule_is_an_invalid_proof() {
    let [provider, key, other] = [(); 3].map(|()| SigningKey::generate(&mut rand::rng()));
    let refused = |change: fn(&mut KeyAttestationOptions), is_proof| {
        let attestation = key_attestation(&provider, &[&key], change);
        let error = verify_attestation(&attestation, &provider, is_proof).unwrap_err();
        match error {
            Error::Issuance { rule, .. } => rule,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(refused(|one| one.keys.clear(), true), Rule::AttestedKeys);
    assert_eq!(
        refused(|one| one.key_storage.clear(), true),
        Rule::AttestationLevel
    );
    assert_eq!(refused(|one| one.nonce = None, true), Rule::ProofNonceMissing);
    assert_eq!(refused(|one| one.expires_at = None, false), Rule::Missing);
    assert_eq!(
        refused(|one| one.expires_at = Some(before(60)), true),
        Rule::Validity
    );
    assert_eq!(refused(|one| one.issued_at = after(60), true), Rule::Validity);
    let jwt = jws::sign(&provider, "JWT", &json!({}));
    assert_eq!(code(KeyAttestation::parse(&jwt)), ErrorCode::InvalidProof);

    let attestation = key_attestation(&provider, &[&other, &key], |_| ());
    let issuer = issuer_id();
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce: Some("nonce"),
        client_id: None,
        key: ProofKey::Jwk,
    };
    let proof = verify(&prove_attested(&key, &options, &attestation)).unwrap();
    let verified = verify_attestation(proof.require_attestation().unwrap(), &provider, false).unwrap();
    assert_eq!(verified.check_proof(&proof), Ok(()));
    let foreign = SigningKey::generate(&mut rand::rng());
    let proof = verify(&prove_attested(&foreign, &options, &attestation)).unwrap();
    assert_eq!(code(verified.check_proof(&proof)), ErrorCode::InvalidProof);
    let plain = verify(&prove(&key, &options)).unwrap();
    assert_eq!(code(plain.require_attestation()), ErrorCode::InvalidProof);
}

const SERVER: &str = "https://issuer.example";

/// The wallet's proof of possession beside an honest attestation of `instance`.
fn with_pop(
    instance: &SigningKey,
    signer: &SigningKey,
    audience: &str,
    change: fn(String) -> String,
) -> Result<AttestedClient, air_jwt::Error> {
    let attester = SigningKey::generate(&mut rand::rng());
    let attestation = attestation(&attestation_claims(instance), &attester, &attester)?;
    let pop = change(Pop::new(audience).sign(signer, NOW, &mut rand::rng()));
    attestation.with_pop([pop.as_str()], &PopRules::new(SERVER), NOW)
}

#[test]
fn vci_issuer_fail_on_invalid_client_attestation_pop_signature() {
    let key = SigningKey::generate(&mut rand::rng());
    assert!(with_pop(&key, &key, SERVER, |pop| pop).is_ok());
    let forged = |pop: String| format!("{}.{}", pop.rsplit_once('.').unwrap().0, "A".repeat(86));
    let token = Token::Pop;
    refuses_client(
        with_pop(&key, &key, SERVER, forged),
        rule(AttestationError::BadSignature { token }),
    );
}

#[test]
fn vci_issuer_fail_on_client_attestation_pop_wrong_aud() {
    let key = SigningKey::generate(&mut rand::rng());
    let expected = SERVER.to_owned();
    refuses_client(
        with_pop(&key, &key, "https://other.example", |pop| pop),
        rule(AttestationError::WrongAudience { expected }),
    );
}

#[test]
fn vci_issuer_fail_on_mismatched_client_attestation_pop_key() {
    let [key, other] = [(); 2].map(|()| SigningKey::generate(&mut rand::rng()));
    let token = Token::Pop;
    refuses_client(
        with_pop(&key, &other, SERVER, |pop| pop),
        rule(AttestationError::BadSignature { token }),
    );
}
