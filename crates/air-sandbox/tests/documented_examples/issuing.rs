//! Issuing on behalf, and the status of a credential.

use std::time::Duration;

use serde_json::json;

use super::{
    forms::{has, is_time, is_uuid, text},
    support::TestEnv,
};

#[tokio::test]
async fn issuing_on_behalf_is_as_documented() {
    let env = TestEnv::start().await;
    let issued = env.issued(env.body(r#"{"isOver18":true}"#, "")).await;
    has(
        &issued,
        &["coreClaimHash", "credentialId", "userUuid"],
        &["sandbox"],
    );
    let hash = text(&issued["coreClaimHash"]);
    assert!(
        hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()),
        "{hash}"
    );
    assert_eq!(
        issued["credentialId"],
        json!(env.platform.program("sealed").unwrap())
    );
    is_uuid(&issued["userUuid"]);

    // `ignore` returns the existing credential, `revoke` (the default) revokes it and issues a new one.
    let ignored = env
        .issued(env.body(r#"{"isOver18":true}"#, r#","onDuplicate":"ignore""#))
        .await;
    for member in ["coreClaimHash", "credentialId", "userUuid"] {
        assert_eq!(ignored[member], issued[member], "{member}");
    }
    let duplicate = &ignored["sandbox"]["duplicate"];
    let earlier = json!([issued["coreClaimHash"]]);
    assert_eq!(
        *duplicate,
        json!({ "outcome": "returned", "coreClaimHashes": earlier })
    );
    assert!(issued.pointer("/sandbox/duplicate").is_none(), "{issued}");
    let default = env.issued(env.body(r#"{"isOver18":true}"#, "")).await;
    assert_ne!(default["coreClaimHash"], issued["coreClaimHash"]);
    assert_eq!(
        default["sandbox"]["duplicate"],
        json!({ "outcome": "revoked", "coreClaimHashes": earlier })
    );
    let reissued = env
        .issued(env.body(r#"{"isOver18":true}"#, r#","onDuplicate":"revoke""#))
        .await;
    assert_ne!(reissued["coreClaimHash"], default["coreClaimHash"]);
    assert_eq!(reissued["userUuid"], issued["userUuid"]);
}

#[tokio::test]
async fn a_status_is_as_documented_and_goes_from_waiting_to_the_chain() {
    let env = TestEnv::start().await;
    let stuck = serde_json::from_value(json!({ "stuckChain": true })).unwrap();
    env.platform.set_faults(stuck).await.unwrap();
    let issued = env.issued(env.body(r#"{"isOver18":true}"#, "")).await;
    let waiting = env.status(&issued["coreClaimHash"]).await;
    let members = [
        "coreClaimHash",
        "issuanceDate",
        "expirationDate",
        "issuerDid",
        "issuerId",
        "schemeId",
        "vcId",
        "vcStatus",
    ];
    has(&waiting, &members, &["sandbox"]);
    assert_eq!(waiting["vcStatus"], "WAIT_ONCHAIN");
    assert_eq!(waiting["coreClaimHash"], issued["coreClaimHash"]);
    assert_eq!(waiting["issuerDid"], json!(env.platform.issuer_did()));
    assert_eq!(waiting["schemeId"], json!(env.platform.ids().schemas["adult"]));
    is_time(&waiting["issuanceDate"]);
    is_time(&waiting["expirationDate"]);

    env.platform
        .set_faults(air_api::sandbox::Faults::default())
        .await
        .unwrap();
    let poll = async {
        loop {
            let status = env.status(&issued["coreClaimHash"]).await;
            match text(&status["vcStatus"]) {
                "ONCHAIN" => return status,
                waiting => assert_eq!(waiting, "WAIT_ONCHAIN"),
            }
        }
    };
    let anchored = tokio::time::timeout(Duration::from_mins(1), poll).await.unwrap();
    has(&anchored, &members, &["sandbox"]);
    for member in members.into_iter().filter(|member| *member != "vcStatus") {
        assert_eq!(anchored[member], waiting[member], "{member}");
    }

    // `expirationDate?`: one that never expires has none.
    let order = env.platform.order("adult", json!({ "isOver18": true })).unwrap();
    let permanent = env.issued(serde_json::to_string(&order).unwrap()).await;
    assert!(
        env.status(&permanent["coreClaimHash"])
            .await
            .get("expirationDate")
            .is_none()
    );
}
