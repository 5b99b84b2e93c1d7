//! Documents of the platform against the JSON Schemas of the OpenID Foundation's conformance suite.

use air_oid4vc::vci::{FormatMetadata, OfferLink};
use jsonschema::Validator;
use serde_json::{Value, json};

use super::{
    code_flow::CodeFlow,
    presentations::{asked, fetched},
    wallet::{Wallet, keys},
};
use crate::support::TestEnv;

/// A schema of the vectors of air-oid4vc.
fn schema(name: &str) -> Validator {
    let folder = "../air-oid4vc/tests/vectors/openid-conformance/schemas";
    let path = format!("{}/{folder}/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    jsonschema::options()
        .should_validate_formats(true)
        .build(&serde_json::from_str(&text).unwrap())
        .unwrap()
}

#[track_caller]
fn assert_valid(schema: &Validator, document: &Value) {
    let errors: Vec<String> = schema
        .iter_errors(document)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}: {document}");
}

async fn json_at(env: &TestEnv, url: &str) -> Value {
    env.http.get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn metadata_of_the_issuer_and_of_its_types() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let metadata = json_at(&env, &wallet.issuer.metadata_url()).await;
    assert_valid(&schema("oid4vci-credential_issuer_metadata-1_0"), &metadata);
    let server = json_at(&env, &wallet.issuer.authorization_server_metadata_url()).await;
    assert_valid(&schema("rfc8414-oauth_authorization_server_metadata"), &server);
    let mut types = 0;
    for configuration in wallet.metadata().await.configurations.values() {
        if let FormatMetadata::SdJwtVc { vct } = &configuration.format {
            let mut document = json_at(&env, vct).await;
            // The schema is of draft 13 of SD-JWT VC; the member is of a later one.
            document.as_object_mut().unwrap().remove("aka_vcts");
            assert_valid(&schema("sdjwtvc-type_metadata"), &document);
            types += 1;
        }
    }
    assert!(types > 0);
}

#[tokio::test]
async fn offers_of_both_grants() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let schema = schema("oid4vci-credential_offer-1_0");
    let (authorized, _) = CodeFlow::new(&env).offered().await;
    for created in [wallet.offered(json!({ "txCode": true })).await, authorized] {
        let OfferLink::Uri(uri) = OfferLink::parse(created["url"].as_str().unwrap()).unwrap() else {
            panic!("not by reference");
        };
        assert_valid(&schema, &json_at(&env, &uri).await);
        let OfferLink::Offer(offer) = OfferLink::parse(created["urlByValue"].as_str().unwrap()).unwrap()
        else {
            panic!("not by value");
        };
        assert_valid(&schema, &offer.to_value());
    }
}

#[tokio::test]
async fn credential_requests_that_the_platform_accepts() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let token = wallet.redeem(&wallet.offered(json!({})).await).await;
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order(&keys(2), &nonce);
    assert_valid(&schema("oid4vci-credential_request-1_0"), &order);
    wallet.request(&token, &order).await.assert_ok();
}

#[tokio::test]
async fn queries_of_presentation_requests() {
    let env = TestEnv::start().await;
    let schema = schema("oid4vp-dcql_request");
    for formats in [
        json!(["dc+sd-jwt"]),
        json!(["mso_mdoc"]),
        json!(["dc+sd-jwt", "mso_mdoc"]),
    ] {
        let created = asked(&env, json!({ "formats": formats })).await;
        let request = fetched(&env, &created).await;
        assert_valid(&schema, &request.query().to_value());
    }
}
