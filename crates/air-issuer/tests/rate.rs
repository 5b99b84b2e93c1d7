//! The limit of the rate of each API key.

use crate::support::TestEnv;

const HISTORY: &str = "/admin/issuance-history";

#[tokio::test]
async fn a_key_beyond_its_rate_is_told_when_to_try_again() {
    let env = TestEnv::new().await;
    let issuer = env.try_start(env.config(&[], "rate-limit = 1\n")).await.unwrap();
    assert_eq!(issuer.get(HISTORY).await.status, 200);
    let mut refused = None;
    // All of them would need a minute within the limit.
    for _ in 0..60 {
        let response = issuer.get(HISTORY).await;
        if response.status != 200 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("the limit is reached");
    assert_eq!(refused.status, 429);
    assert_eq!(refused.headers["retry-after"], "1");
    let body = refused.json();
    assert_eq!(
        (&body["statusCode"], &body["code"]),
        (&429.into(), &"rate_limited".into())
    );

    assert_eq!(
        issuer.issue(&env.request()).await,
        404,
        "another key: no schema is configured"
    );
    assert_eq!(issuer.get("/.well-known/did.json").await.status, 200);
}
