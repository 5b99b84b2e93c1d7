//! DCQL queries and issued identities of the EUDI reference library for wallets, with the keys of
//! their holders: a wallet presents each identity for its query, and a verifier checks the answer.

use air_ids::UnixTime;
use air_jwt::{JwkSet, SigningKey, VerifyingKey, jws::Unverified};
use air_mdoc::{
    DeviceResponse, IssuerClaim, IssuerSigned, RedirectHandover, SessionTranscript, UntrustedIssuer, to_json,
};
use air_oid4vc::{
    Error,
    dcql::{ClaimsPath, Credential, Mismatch, OptionalSets, Query, Rule},
};
use air_vc::{Challenge, ClaimPath};
use air_x509::{Certificate, CertificateChain};
use serde_json::{Map, Value};

use super::{chained, text};
use crate::support::vector;

/// 2026-07-15: both identities are valid in this month alone.
const NOW: UnixTime = UnixTime::from_secs(1_784_073_600);
const NONCE: &str = "n-0S6_WzA2MjbGciOiJSUzI1NiJ9";
const CLIENT: &str = "x509_san_dns:verifier.example";

fn query(name: &str) -> Query {
    Query::from_value(&vector(&format!("eudi-openid4vp/{name}.json"))).unwrap()
}

fn key(name: &str) -> SigningKey {
    let key = vector(&format!("eudi-openid4vp/example/{name}.json")).to_string();
    SigningKey::from_jwk(key.as_bytes()).unwrap()
}

fn mdoc() -> IssuerSigned {
    let text = text("eudi-openid4vp/example/mso_mdoc_pid-issuersigned.txt");
    IssuerSigned::from_base64url(text.trim()).unwrap()
}

/// The elements of an mdoc as a wallet's query sees them.
fn namespaces(mdoc: &IssuerSigned) -> Map<String, Value> {
    let namespaces = mdoc.namespaces().map(|(namespace, items)| {
        let items = items
            .iter()
            .map(|item| (item.identifier().as_str().to_owned(), to_json(item.value())));
        (namespace.as_str().to_owned(), Value::Object(items.collect()))
    });
    namespaces.collect()
}

/// Takes the key of the signer's certificate. Its chain is for air-x509.
#[expect(clippy::unnecessary_wraps, reason = "it is a decision about trust")]
fn signer(claim: &IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer> {
    let leaf = Certificate::from_der(claim.certificates.leaf()).unwrap();
    Ok(leaf.jwk().unwrap().verifying_key().clone())
}

#[test]
fn queries_parse_and_print() {
    for name in [
        "dcql/basic_example",
        "dcql/mDL-example",
        "dcql/eudi_msomdoc_pid_dcql_query",
        "example/mso_mdoc-pid-dcql-query",
        "example/sd-jwt-vc-pid-dcql-query",
    ] {
        let read = query(name);
        assert_eq!(Query::from_value(&read.to_value()), Ok(read), "{name}");
    }
    // The query for an mdoc has `vct_values`, which is another format's: `doctype_value` is
    // required (appendix B.2.3).
    let faulty = Query::from_value(&vector("eudi-openid4vp/dcql/complex_example.json"));
    let expected = Error::Query {
        pointer: "/credentials/1/meta/doctype_value".into(),
        rule: Rule::DoctypeValue,
    };
    assert_eq!(faulty, Err(expected));
}

#[test]
fn a_wallet_presents_the_mdoc() {
    let mdoc = mdoc();
    let held = namespaces(&mdoc);
    let query = query("example/mso_mdoc-pid-dcql-query");
    let doc_type = mdoc.mso().doc_type().as_str().to_owned();
    let credentials = [Credential::mdoc(&doc_type, &held).bound_to_holder(true)];
    let plan = query.matches(&credentials).plan(OptionalSets::Omit).unwrap();
    let [planned] = &plan.presentations[..] else {
        panic!("{plan:?}");
    };
    let chosen: Vec<(&str, &str)> = planned
        .selection
        .disclosures
        .iter()
        .filter_map(ClaimsPath::mdoc_element)
        .collect();
    assert_eq!(chosen, [("eu.europa.ec.eudi.pid.1", "family_name")]);

    let transcript = SessionTranscript::from(&RedirectHandover {
        client_id: CLIENT,
        nonce: NONCE,
        jwk_thumbprint: None,
        response_uri: "https://verifier.example/response",
    });
    let device = key("mso_mdoc_pid-devicekey");
    let response = mdoc.present(&chosen).unwrap().sign(&device, &transcript).unwrap();
    let response = DeviceResponse::from_base64url(&response.to_base64url()).unwrap();
    let verified = air_mdoc::Verifier::new(&signer)
        .verify(&response, &transcript, NOW)
        .unwrap();
    let shown = namespaces(response.documents()[0].issuer_signed());
    assert_eq!(shown["eu.europa.ec.eudi.pid.1"].as_object().unwrap().len(), 1);
    let presented = Credential::mdoc(&doc_type, &shown).bound_to_holder(verified[0].is_holder_bound());
    query
        .check(&[("eu_europa_ec_eudi_pid_1", vec![presented])])
        .unwrap();
}

/// All elements of the identity: the source's query asks for some that this one does not have.
#[test]
fn the_mdoc_has_no_match_for_the_whole_identity() {
    let mdoc = mdoc();
    let held = namespaces(&mdoc);
    let query = query("dcql/eudi_msomdoc_pid_dcql_query");
    let doc_type = mdoc.mso().doc_type().as_str().to_owned();
    let credentials = [Credential::mdoc(&doc_type, &held).bound_to_holder(true)];
    let matches = query.matches(&credentials);
    let refused = matches.plan(OptionalSets::Omit).unwrap_err();
    assert!(matches!(refused, Error::NoMatch { .. }), "{refused}");
    let mismatches: Vec<(usize, &Mismatch)> = matches.mismatches("query_0").collect();
    assert_eq!(mismatches.len(), 1);
}

#[test]
fn a_wallet_presents_the_sd_jwt_vc() {
    let compact = chained("sd-jwt-vc-pid.txt");
    let credential: air_vc::Credential = compact.trim().parse().unwrap();
    let claims = air_vc::Inspection::of(credential.as_str()).unwrap().claims;
    let query = query("example/sd-jwt-vc-pid-dcql-query");
    let held = [Credential::sd_jwt_vc("urn:eudi:pid:1", &claims).bound_to_holder(true)];
    let plan = query.matches(&held).plan(OptionalSets::Omit).unwrap();
    let disclosed: Vec<Value> = plan.presentations[0]
        .selection
        .disclosures
        .iter()
        .map(ClaimsPath::to_value)
        .collect();
    assert_eq!(disclosed, [serde_json::json!(["family_name"])]);

    let challenge = || Challenge {
        nonce: NONCE.into(),
        audience: CLIENT.into(),
    };
    let holder = key("sd-jwt-vc-pid-key");
    let presentation = credential
        .present(&[ClaimPath::named("family_name")])
        .unwrap()
        .bind(&holder, &challenge(), NOW)
        .unwrap();
    let issuer_jwt = presentation.as_str().split('~').next().unwrap();
    let token = Unverified::parse(issuer_jwt, 1 << 20).unwrap();
    let chain = CertificateChain::from_x5c(&token.header()["x5c"]).unwrap();
    // The certificate has no `kid`: the token's names the list of trusted providers.
    let kid = token.header()["kid"].as_str().unwrap().parse().unwrap();
    let signer = air_jwt::Jwk::new(chain.leaf().jwk().unwrap().verifying_key().clone(), kid);
    let keys = JwkSet::from(signer);
    // The status list of the source's server is not published.
    let verified = air_vc::Verifier::new("https://dev.issuer-backend.eudiw.dev", &keys)
        .requiring_type("urn:eudi:pid:1")
        .requiring_key_binding(challenge())
        .without_status()
        .verify(presentation.as_str(), NOW)
        .unwrap();
    assert!(verified.claims().contains_key("family_name"));
    assert!(!verified.claims().contains_key("given_name"));
    let presented = Credential::sd_jwt_vc("urn:eudi:pid:1", verified.claims()).bound_to_holder(true);
    query
        .check(&[("eu_europa_ec_eudi_pid_1", vec![presented])])
        .unwrap();
}
