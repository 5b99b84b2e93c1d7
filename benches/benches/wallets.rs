//! The protocols of wallets: DCQL, mdocs, the credential endpoint and the response URI.
//! `benches/node/wallets.mjs` does the same.
#![allow(missing_docs, clippy::unwrap_used, reason = "a bench fails by panic")]

use std::{hint::black_box, time::Duration};

use air_jwt::{
    Jwk, JwkSet, SigningKey, VerifyingKey, dpop,
    jwe::{ContentEncryption, DecryptionKey, Jwe},
    jws,
};
use air_mdoc::{
    DeviceResponse, Elements, IssuerClaim, IssuerSigned, KeyAuthorizations, RedirectHandover,
    SessionTranscript, UntrustedIssuer, ValidityInfo, X5Chain, date_time, full_date,
};
use air_oid4vc::{
    dcql::{self, OptionalSets, Query},
    vci::{CredentialRequest, Proof, ProofKey, ProofOptions, ProofPolicy, prove},
    vp::{
        AuthorizationRequest, AuthorizationResponse, ClientId, ClientMetadata, Nonce, Presentation,
        RequestOptions, ResponseBody, VpToken,
    },
};
use air_vc::{Challenge, IssueOptions, Issuer, Verifier};
use air_x509::{Anchors, Certificate, CertificateChain, UnixTime, Validator};
use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
const ISSUER: &str = "https://issuer.example";
const CLIENT: &str = "x509_hash:abc";
const NONCE: &str = "fresh-and-random-00000";
const RESPONSE_URI: &str = "https://verifier.example/response";
const LIMIT: usize = 1024 * 1024;
const DOC_TYPE: &str = "urn:air:KycIdentity";
const SIGNER: &[u8] = include_bytes!("../../crates/air-mdoc/tests/vectors/test-issuer/signer.der");
const ROOT: &[u8] = include_bytes!("../../crates/air-mdoc/tests/vectors/test-issuer/ca.der");
const SIGNER_KEY: &str = include_str!("../../crates/air-mdoc/tests/vectors/test-issuer/signer-key.pem");

fn subject() -> Map<String, Value> {
    benches::schema::subject().as_object().unwrap().clone()
}

fn type_of(number: usize) -> String {
    format!("https://example.com/types/{number}")
}

fn query() -> Value {
    json!({
        "credentials": [
            {
                "id": "identity",
                "format": "dc+sd-jwt",
                "meta": { "vct_values": [type_of(1)] },
                "claims": [
                    { "id": "given", "path": ["givenName"] },
                    { "id": "family", "path": ["familyName"] },
                    { "id": "adult", "path": ["isOver18"], "values": [true] },
                ],
                "claim_sets": [["adult"], ["given", "family"]],
            },
            {
                "id": "document",
                "format": "dc+sd-jwt",
                "meta": { "vct_values": [type_of(3)] },
                "claims": [{ "path": ["documentNumber"] }, { "path": ["nationality"], "values": ["UTO", "XYZ"] }],
            },
        ],
        "credential_sets": [{ "options": [["identity", "document"], ["identity"]] }],
    })
}

fn dcql(criterion: &mut Criterion) {
    let query = Query::from_value(&query()).unwrap();
    let claims = subject();
    let types: Vec<String> = (0..10).map(|index| type_of(index % 5)).collect();
    let held: Vec<_> = types
        .iter()
        .map(|vct| dcql::Credential::sd_jwt_vc(vct, &claims).bound_to_holder(true))
        .collect();
    criterion
        .benchmark_group("dcql-ten")
        .bench_function("air-oid4vc", |bencher| {
            bencher.iter(|| query.matches(black_box(&held)).plan(OptionalSets::Omit).unwrap());
        });
}

/// The subject as elements of an mdoc.
fn elements() -> Elements {
    subject().iter().fold(Elements::new(), |elements, (name, value)| {
        let text = value.as_str().unwrap_or_default();
        let value = match (name.as_str(), value) {
            ("birthDate", _) => full_date(text).unwrap(),
            ("verifiedAt", _) => date_time(text).unwrap(),
            (_, Value::Bool(boolean)) => (*boolean).into(),
            (_, Value::Number(number)) => number.as_f64().unwrap().into(),
            _ => text.into(),
        };
        elements.with(DOC_TYPE, name, value).unwrap()
    })
}

fn mdocs(criterion: &mut Criterion) {
    let (key, device) = (
        SigningKey::from_pem(SIGNER_KEY).unwrap(),
        SigningKey::generate(&mut rand::rng()),
    );
    let options = air_mdoc::IssueOptions {
        doc_type: DOC_TYPE.parse().unwrap(),
        validity: ValidityInfo {
            signed: NOW,
            valid_from: NOW,
            valid_until: NOW.saturating_add(Duration::from_hours(24)),
            expected_update: None,
        },
        device_key: device.verifying_key().clone(),
        key_authorizations: KeyAuthorizations::default(),
        status: None,
    };
    let issuer = air_mdoc::Issuer::new(&key, X5Chain::new(vec![SIGNER.to_vec()]).unwrap());
    let issue = || -> String {
        let issued = issuer.issue(&options, black_box(&elements()), &mut rand::rng());
        issued.unwrap().to_base64url()
    };
    criterion
        .benchmark_group("mdoc-issue")
        .bench_function("air-mdoc", |bencher| bencher.iter(issue));

    let handover = RedirectHandover {
        client_id: CLIENT,
        nonce: NONCE,
        jwk_thumbprint: Some([7; 32]),
        response_uri: RESPONSE_URI,
    };
    let chosen = ["givenName", "birthDate", "isOver18"].map(|name| (DOC_TYPE, name));
    let response = IssuerSigned::from_base64url(&issue())
        .and_then(|credential| credential.present(&chosen))
        .and_then(|shown| shown.sign(&device, &SessionTranscript::from(&handover)))
        .unwrap()
        .to_base64url();
    let anchors = Anchors::new([Certificate::from_der(ROOT).unwrap()]).unwrap();
    let by_chain = |claim: &IssuerClaim<'_>| -> Result<VerifyingKey, UntrustedIssuer> {
        let chain = CertificateChain::from_ders(claim.certificates.iter()).map_err(UntrustedIssuer::new)?;
        let valid = Validator::new(&anchors)
            .validate(chain, NOW)
            .map_err(UntrustedIssuer::new)?;
        let key = valid.jwk().map_err(UntrustedIssuer::new)?;
        Ok(key.verifying_key().clone())
    };
    criterion
        .benchmark_group("mdoc-verify")
        .bench_function("air-mdoc", |bencher| {
            bencher.iter(|| {
                let response = DeviceResponse::from_base64url(black_box(&response)).unwrap();
                let transcript = SessionTranscript::from(&handover);
                air_mdoc::Verifier::new(&by_chain)
                    .verify(&response, &transcript, NOW)
                    .unwrap()
            });
        });
}

fn terms(holder: Jwk) -> IssueOptions {
    IssueOptions {
        vct: type_of(1),
        issued_at: NOW,
        expires_at: Some(NOW.saturating_add(Duration::from_hours(24))),
        holder_key: Some(holder),
        ..IssueOptions::default()
    }
}

/// The credential endpoint: the access token, the DPoP proof and the key proof are verified, and an
/// SD-JWT VC is issued.
fn issuing(criterion: &mut Criterion) {
    let mut rng = rand::rng();
    let [server, wallet, holder, issuer_key] = [(); 4].map(|()| SigningKey::generate(&mut rng));
    let endpoint = format!("{ISSUER}/credential");
    let jkt = wallet.public_jwk().thumbprint().to_string();
    let end = NOW.saturating_add(Duration::from_hours(1));
    let token = jws::sign(
        &server,
        "at+jwt",
        &json!({ "iss": ISSUER, "aud": ISSUER, "sub": "ada", "exp": end, "cnf": { "jkt": jkt } }),
    );
    let proof = dpop::Proof::new("POST", &endpoint)
        .unwrap()
        .with_access_token(&token)
        .sign(&wallet, NOW, &mut rng);
    let issuer_id = ISSUER.parse().unwrap();
    let key_proof = prove(
        &holder,
        &ProofOptions {
            issuer: &issuer_id,
            now: NOW,
            nonce: Some("c-nonce"),
            client_id: None,
            key: ProofKey::Jwk,
        },
    );
    let request =
        json!({ "credential_configuration_id": "kyc", "proofs": { "jwt": [key_proof] } }).to_string();
    let algorithms = ["ES256".to_owned()];
    let policy = ProofPolicy {
        issuer: &issuer_id,
        algorithms: &algorithms,
        requires_nonce: true,
        client_id: None,
        now: NOW,
        maximum_age: 300,
        skew: 60,
    };
    let (subject, server_key) = (subject(), server.public_jwk());
    let issue = || {
        let verified = jws::Unverified::parse(black_box(&token), LIMIT).unwrap();
        verified.verify_signature(&server_key).unwrap();
        dpop::ProofVerifier::new("POST", &endpoint)
            .unwrap()
            .with_access_token(&token, &jkt)
            .verify([proof.as_str()], NOW)
            .unwrap();
        let request = CredentialRequest::parse(request.as_bytes()).unwrap();
        let proofs = request.proofs.unwrap();
        let proof = Proof::parse(proofs.texts().next().unwrap()).unwrap();
        let holder = proof.verify(&policy, None).unwrap();
        Issuer::new(ISSUER, &issuer_key)
            .issue(&terms(holder.key), &subject, &mut rand::rng())
            .unwrap()
    };
    criterion
        .benchmark_group("vci-issue")
        .bench_function("air", |bencher| bencher.iter(issue));
}

/// The response URI: the response is decrypted, the SD-JWT VC with its key binding is verified, and
/// the query is checked.
fn verifying(criterion: &mut Criterion) {
    let mut rng = rand::rng();
    let (issuer_key, holder) = (SigningKey::generate(&mut rng), SigningKey::generate(&mut rng));
    let key = DecryptionKey::generate(&mut rng);
    let mut identity = query();
    identity.as_object_mut().unwrap().remove("credential_sets");
    identity["credentials"].as_array_mut().unwrap().truncate(1);
    let query = Query::from_value(&identity).unwrap();
    let jwk = serde_json::to_value(key.encryption_key()).unwrap();
    let metadata = ClientMetadata {
        keys: vec![jwk.as_object().unwrap().clone()],
        enc_values: vec!["A256GCM".into()],
        ..ClientMetadata::for_query(&query)
    };
    let options = RequestOptions {
        encrypted: true,
        state: Some(Nonce::from_random(&[1; 16]).unwrap()),
        client_metadata: Some(metadata),
        ..RequestOptions::default()
    };
    let nonce = Nonce::from_random(&[2; 16]).unwrap();
    let client = ClientId::x509_hash(SIGNER);
    let request = AuthorizationRequest::direct_post(client, RESPONSE_URI, nonce, query, options).unwrap();
    let challenge = Challenge {
        nonce: request.nonce().as_str().to_owned(),
        audience: request.audience(None).unwrap(),
    };
    let credential = Issuer::new(ISSUER, &issuer_key)
        .issue(&terms(holder.public_jwk()), &subject(), &mut rng)
        .unwrap();
    let shown = ["givenName", "familyName", "isOver18"].map(|name| name.parse().unwrap());
    let presented = credential
        .present(&shown)
        .and_then(|shown| shown.bind(&holder, &challenge, NOW))
        .unwrap();
    let token = VpToken::new().with("identity", Presentation::Text(presented.as_str().to_owned()));
    let response = AuthorizationResponse::presented(token, &request);
    let plaintext = Value::Object(response.to_members()).to_string();
    let jwe = key
        .encryption_key()
        .encrypt(ContentEncryption::A256Gcm, plaintext.as_bytes(), &mut rng);
    let form = ResponseBody::Encrypted(jwe).to_form();
    let keys = JwkSet::from(issuer_key.public_jwk());
    let verifier = Verifier::new(ISSUER, &keys).requiring_key_binding(challenge);
    let verify = || {
        let body = ResponseBody::parse(black_box(form.as_bytes())).unwrap();
        body.check_mode(&request).unwrap();
        let ResponseBody::Encrypted(jwe) = body else {
            unreachable!("the response is encrypted")
        };
        let plaintext = Jwe::parse(&jwe, LIMIT).and_then(|jwe| jwe.decrypt(&key)).unwrap();
        let response = AuthorizationResponse::parse_json(&plaintext).unwrap();
        response.check_state(&request).unwrap();
        let AuthorizationResponse::Presented { vp_token, .. } = response else {
            unreachable!("the wallet presents")
        };
        vp_token.check_shape(request.query()).unwrap();
        let (id, presentations) = vp_token.presentations().next().unwrap();
        let Some(Presentation::Text(text)) = presentations.first() else {
            unreachable!("the presentation is text")
        };
        let verified = verifier.verify(text, NOW).unwrap();
        let vct = type_of(1);
        let credential = dcql::Credential::sd_jwt_vc(&vct, verified.claims()).bound_to_holder(true);
        request.query().check(&[(id, vec![credential])]).unwrap()
    };
    criterion
        .benchmark_group("vp-verify")
        .bench_function("air", |bencher| bencher.iter(verify));
}

/// Decrypts an encrypted message of 3 kB.
fn decrypting(criterion: &mut Criterion) {
    let mut rng = rand::rng();
    let key = DecryptionKey::generate(&mut rng);
    let message = key
        .encryption_key()
        .encrypt(ContentEncryption::A256Gcm, &[b'a'; 3000], &mut rng);
    let decrypt = || {
        let jwe = Jwe::parse(black_box(&message), LIMIT);
        jwe.and_then(|jwe| jwe.decrypt(&key)).unwrap()
    };
    criterion
        .benchmark_group("jwe-decrypt")
        .bench_function("air-jwt", |bencher| bencher.iter(decrypt));
}

criterion_group!(benches, dcql, mdocs, issuing, verifying, decrypting);
criterion_main!(benches);
