//! Offers, metadata, proofs, requests and responses exchanged with npm `@openid4vc`, in both
//! directions. The packages are in `node/`; `cargo xtask oid4vc` installs them.

use air_jwt::SigningKey;
use air_oid4vc::{
    dcql::Query,
    vci::{
        CredentialOffer, CredentialRequest, IssuerId, IssuerMetadata, OPENID_CREDENTIAL_OFFER, OfferLink,
        Proof, ProofKey, ProofOptions, ProofPolicy, Proofs, RequestedCredential, prove,
    },
    vp::{
        AuthorizationRequest, AuthorizationResponse, ClientId, ClientMetadata, Invocation, Nonce, OPENID4VP,
        Presentation, RequestOptions, RequestUriMethod, Signature, TransactionData, VpToken,
    },
};
use serde_json::{Map, Value, json};

use crate::support::{node::ask, object};
use crate::times::NOW;

const ISSUER: &str = "https://issuer.example/tenant";
const RESPONSE_URI: &str = "https://verifier.example/post";

fn issuer() -> IssuerId {
    ISSUER.parse().unwrap()
}

fn metadata() -> IssuerMetadata {
    let value = json!({
        "credential_issuer": ISSUER,
        "credential_endpoint": "https://issuer.example/credential",
        "nonce_endpoint": "https://issuer.example/nonce",
        "deferred_credential_endpoint": "https://issuer.example/deferred",
        "notification_endpoint": "https://issuer.example/notification",
        "batch_credential_issuance": { "batch_size": 3 },
        "credential_configurations_supported": {
            "pid": {
                "format": "dc+sd-jwt", "vct": "https://issuer.example/pid", "scope": "pid",
                "cryptographic_binding_methods_supported": ["jwk"],
                "proof_types_supported": { "jwt": { "proof_signing_alg_values_supported": ["ES256"] } },
            },
            "mdl": { "format": "mso_mdoc", "doctype": "org.iso.18013.5.1.mDL", "scope": "mdl" },
        },
    });
    IssuerMetadata::parse(value.to_string().as_bytes(), &issuer()).unwrap()
}

fn offer() -> CredentialOffer {
    let offer = json!({
        "credential_issuer": ISSUER, "credential_configuration_ids": ["pid", "mdl"],
        "grants": {
            "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
                "pre-authorized_code": "code ä+&", "tx_code": { "length": 6, "description": "By mail" },
            },
            "authorization_code": { "issuer_state": "state" },
        },
    });
    CredentialOffer::parse(offer.to_string().as_bytes()).unwrap()
}

fn query() -> Query {
    Query::from_value(&json!({ "credentials": [{
        "id": "pid", "format": "dc+sd-jwt", "meta": { "vct_values": ["https://issuer.example/pid"] },
        "claims": [{ "path": ["name"] }, { "path": ["degrees", null, "type"], "values": ["BSc", 1, true] }],
    }] }))
    .unwrap()
}

fn unsigned_request() -> AuthorizationRequest {
    let client = ClientId::RedirectUri(RESPONSE_URI.into());
    let options = RequestOptions {
        state: Some(Nonce::from_random(&[1; 16]).unwrap()),
        client_metadata: Some(ClientMetadata::for_query(&query())),
        transaction_data: vec![transaction()],
        ..RequestOptions::default()
    };
    let nonce = Nonce::from_random(&[2; 16]).unwrap();
    AuthorizationRequest::direct_post(client, RESPONSE_URI, nonce, query(), options).unwrap()
}

fn transaction() -> TransactionData {
    TransactionData::new("payment", &["pid"], Map::new()).unwrap()
}

fn links() -> [String; 2] {
    let reference = Invocation::ByReference {
        client_id: ClientId::x509_hash(b"certificate"),
        request_uri: "https://verifier.example/request/1".into(),
        method: RequestUriMethod::Post,
    };
    let unsigned = Invocation::Unsigned(Box::new(unsigned_request()));
    [reference.to_link(OPENID4VP), unsigned.to_link(OPENID4VP)]
}

/// The public members of a key.
fn public(key: &SigningKey) -> Value {
    let jwk = json!(key.public_jwk());
    json!({ "kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"] })
}

fn our_proof(key: &SigningKey) -> String {
    let issuer = issuer();
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce: Some("nonce"),
        client_id: None,
        key: ProofKey::Jwk,
    };
    prove(key, &options)
}

fn question(key: &SigningKey) -> Value {
    let proof = our_proof(key);
    let request = CredentialRequest {
        credential: RequestedCredential::Configuration("pid".into()),
        proofs: Some(Proofs::jwt([proof.clone()])),
        response_encryption: None,
    };
    let link = OfferLink::Offer(Box::new(offer())).to_link(OPENID_CREDENTIAL_OFFER);
    let response = AuthorizationResponse::presented(
        VpToken::new().with("pid", Presentation::Text("a.b.c~".into())),
        &unsigned_request(),
    );
    let server = json!({
        "issuer": ISSUER, "token_endpoint": "https://issuer.example/token",
        "pre-authorized_grant_anonymous_access_supported": true,
    });
    json!({
        "key": serde_json::from_str::<Value>(&key.expose_jwk()).unwrap(),
        "publicKey": public(key),
        "issuer": ISSUER,
        "nonce": "nonce",
        "now": NOW,
        "documents": {
            (issuer().metadata_url()): metadata().to_value(),
            (issuer().authorization_server_metadata_url()): server,
        },
        "configurations": ["pid", "mdl"],
        "grants": offer().to_value()["grants"],
        "offers": [link],
        "proof": proof,
        "credentialRequest": request.to_value(),
        "requests": links(),
        "theirRequest": unsigned_request().to_members(),
        "certificate": "Y2VydGlmaWNhdGU=",
        "transactionData": [transaction().as_str()],
        "response": response.to_members(),
    })
}

#[test]
#[ignore = "needs Node and its packages: cargo xtask oid4vc installs them"]
fn openid4vc_in_node_reads_ours_and_we_read_theirs() {
    let key = SigningKey::generate(&mut rand::rng());
    let question = question(&key);
    let answer = ask("messages.mjs", &question);

    // Issuance: they read ours.
    assert_eq!(answer["metadata"], metadata().to_value());
    assert_eq!(answer["offers"], json!([offer().to_value()]));
    assert_eq!(answer["verifiedProof"]["nonce"], "nonce");
    assert_eq!(answer["verifiedProof"]["key"]["x"], public(&key)["x"]);
    assert_eq!(answer["credentialRequest"]["configuration"], "pid");
    assert_eq!(
        answer["credentialRequest"]["proofs"],
        question["credentialRequest"]["proofs"]
    );

    // Issuance: we read theirs.
    let theirs = OfferLink::parse(answer["theirOffer"].as_str().unwrap()).unwrap();
    assert_eq!(theirs, OfferLink::Offer(Box::new(offer())));
    assert_eq!(offer().check_metadata(&metadata()), Ok(()));
    let issuer = issuer();
    let policy = ProofPolicy {
        issuer: &issuer,
        algorithms: &["ES256".to_owned()],
        requires_nonce: true,
        client_id: None,
        now: NOW,
        maximum_age: 60,
        skew: 0,
    };
    let proof = Proof::parse(answer["theirProof"].as_str().unwrap()).unwrap();
    let verified = proof.verify(&policy, None).unwrap();
    assert_eq!(verified.key.thumbprint(), key.public_jwk().thumbprint());
    assert_eq!(verified.nonce.as_deref(), Some("nonce"));

    // Presentation: they read ours.
    let (reference, unsigned) = (&answer["requests"][0], &answer["requests"][1]);
    assert_eq!(reference["type"], "jar");
    assert_eq!(reference["params"]["request_uri_method"], "post");
    assert_eq!(unsigned["type"], "openid4vp");
    let read = AuthorizationRequest::from_members(object(&unsigned["params"]), Signature::Absent);
    assert_eq!(read.unwrap(), unsigned_request());
    assert_eq!(answer["transactionData"], json!([transaction().members()]));
    assert_eq!(answer["response"]["vp_token"], json!({ "pid": ["a.b.c~"] }));

    // Presentation: we read theirs.
    let theirs = Invocation::parse(answer["theirRequest"].as_str().unwrap()).unwrap();
    assert_eq!(theirs, Invocation::Unsigned(Box::new(unsigned_request())));
    let hash = ClientId::x509_hash(b"certificate").to_string();
    assert_eq!(
        hash,
        format!("x509_hash:{}", answer["x509Hash"].as_str().unwrap())
    );
}
