//! The list of the user's credentials below the wallet's questions.

use air_jwt::PartnerToken;
use air_sandbox::Data;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{AirkitEnv, EMAIL};
use crate::support::{self, sign};

impl AirkitEnv {
    /// The list that a page with this session shows.
    async fn listed(&self, session: &str) -> Value {
        let (status, _, held) = self.call("credentials", Some(session), &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{held}");
        held
    }

    /// Another partner issues the same credential to the user. Returns the core claim hash.
    async fn issue_from_another_partner(&self) -> String {
        let (key, ids) = self.base.another_partner().await;
        let partner = ids["partnerId"].as_str().unwrap().parse().unwrap();
        let token = PartnerToken::issue_on_behalf(partner, EMAIL.parse().unwrap());
        let order = json!({
            "issuerDid": ids["issuerDid"],
            "credentialId": ids["programs"]["adult"],
            "credentialSubject": { "age": 21, "country": "UTO" },
        });
        let (status, issued) = self
            .base
            .call(
                Method::POST,
                "/v1/credentials/issue-on-behalf",
                Some(&sign(token, &key)),
                Some(&order),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{issued}");
        issued["coreClaimHash"].as_str().unwrap().to_owned()
    }
}

#[tokio::test]
async fn the_list_has_the_states_and_dates_of_now_and_no_claims() {
    let env = AirkitEnv::open().await;
    let (session, _) = env.login(EMAIL).await;
    assert_eq!(
        env.listed(&session).await,
        json!({ "credentials": [], "hasMore": false, "isOfPartner": false })
    );
    env.base.issue_on_behalf(EMAIL, &env.base.order()).await;
    assert_eq!(env.listed(&session).await["credentials"][0]["status"], "valid");
    // The second one replaces the first one, which is revoked.
    env.base.issue_on_behalf(EMAIL, &env.base.order()).await;
    let held = env.listed(&session).await;
    let credentials = held["credentials"].as_array().unwrap();
    let states: Vec<_> = credentials.iter().map(|held| &held["status"]).collect();
    assert_eq!(states, ["valid", "revoked"]);
    assert_eq!(credentials[0]["title"], "Adult");
    assert!(credentials[0]["issuer"].as_str().unwrap().starts_with("Zenith"));
    assert_eq!(credentials[0]["issuedAt"], support::NOW);
    assert!(credentials[0]["expiresAt"].as_u64().unwrap() > support::NOW);
    assert_eq!(credentials[0]["revokedAt"], Value::Null);
    assert_eq!(credentials[1]["revokedAt"], support::NOW);
    assert!(!held.to_string().contains("\"UTO\""), "{held}");
    assert_eq!(env.refusal("credentials", None, &json!({})).await, "UNAUTHORIZED");
    let other = env.login("eve@example.com").await.0;
    assert_eq!(env.listed(&other).await["credentials"], json!([]));
}

#[tokio::test]
async fn the_claims_of_a_credential_are_its_holders() {
    let env = AirkitEnv::open().await;
    let hash = env.base.issue_on_behalf(EMAIL, &env.base.order()).await;
    let which = json!({ "coreClaimHash": hash });
    let (session, _) = env.login(EMAIL).await;
    let (status, _, claims) = env.call("credentials/claims", Some(&session), &which).await;
    assert_eq!(status, StatusCode::OK, "{claims}");
    let country = json!({ "title": "country", "value": "UTO" });
    assert!(
        claims["fields"].as_array().unwrap().contains(&country),
        "{claims}"
    );
    assert_eq!(
        env.refusal("credentials/claims", None, &which).await,
        "UNAUTHORIZED"
    );
    let other = env.login("eve@example.com").await.0;
    assert_eq!(
        env.refusal("credentials/claims", Some(&other), &which).await,
        "CONFIG_ERROR"
    );
    let wrong = json!({ "coreClaimHash": "00" });
    assert_eq!(
        env.refusal("credentials/claims", Some(&session), &wrong).await,
        "INVALID_PARAMETER"
    );
}

/// Beyond loopback, only the partner states whose the address is.
#[tokio::test]
async fn beyond_this_machine_the_list_has_the_pages_own_partner_alone() {
    for (address, count, is_of_partner) in [("127.0.0.1:0", 2, false), ("0.0.0.0:0", 1, true)] {
        let env = AirkitEnv::open_at(address, support::data(Data::Memory).await).await;
        env.base.issue_on_behalf(EMAIL, &env.base.order()).await;
        let hash = env.issue_from_another_partner().await;
        let (session, _) = env.login(EMAIL).await;
        let held = env.listed(&session).await;
        assert_eq!(held["isOfPartner"], is_of_partner, "{address}");
        assert_eq!(
            held["credentials"].as_array().unwrap().len(),
            count,
            "{address}: {held}"
        );
        let of_another = json!({ "coreClaimHash": hash });
        let (status, _, claims) = env.call("credentials/claims", Some(&session), &of_another).await;
        assert_eq!(status.is_success(), !is_of_partner, "{address}: {claims}");
        assert_eq!(
            claims.to_string().contains("UTO"),
            !is_of_partner,
            "{address}: {claims}"
        );
    }
}
