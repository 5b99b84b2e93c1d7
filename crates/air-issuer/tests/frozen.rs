//! Settings that the first credential fixes.

use air_issuer::Error;

use crate::support::TestEnv;

#[tokio::test]
async fn settings_change_before_the_first_credential_and_never_after() {
    let env = TestEnv::new().await;
    let changes: [(&str, (&str, &str), &str); 2] = [
        ("partition-size", ("SD_JWT_TSL_PARTITION_SIZE", "24"), ""),
        ("origin", ("ISSUER_ORIGIN", "https://other.example"), ""),
    ];
    // Without a credential, each may change, and change back.
    for (_, variable, toml) in &changes {
        drop(env.try_start(env.config(&[*variable], toml)).await.unwrap());
    }
    drop(env.try_start(env.config(&[], "iss = \"origin\"")).await.unwrap());
    let issuer = env.start().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    drop(issuer);

    for (expected, variable, toml) in changes {
        let refused = env.try_start(env.config(&[variable], toml)).await.err().unwrap();
        assert!(
            matches!(refused, Error::Frozen { name, .. } if name == expected),
            "{refused}"
        );
        assert!(refused.to_string().contains("set it back"), "{refused}");
    }
    let refused = env
        .try_start(env.config(&[], "iss = \"origin\""))
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, Error::Frozen { name: "iss", .. }), "{refused}");
    let refused = env
        .try_start(env.config(&[("SD_JWT_TSL_PARTITION_SIZE", "")], ""))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(
            refused,
            Error::Frozen {
                name: "partition-size",
                ..
            }
        ),
        "{refused}"
    );
    drop(env.start().await);
}

#[tokio::test]
async fn the_other_form_of_iss_is_used_everywhere() {
    use air_jwt::{JwkSet, jws::Unverified};
    use air_vc::Verifier;

    let env = TestEnv::new().await;
    let toml = "iss = \"origin\"\nschemas = [{ id = \"member\", valid-for = \"1d\", document = \"member.json\", \
                claims = { table = \"members.csv\" } }]";
    let issuer = env.try_start(env.config(&[], toml)).await.unwrap();
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let credential = crate::support::open(&env, &env.platform.stored()[0]);
    let metadata = issuer.get("/.well-known/jwt-vc-issuer").await.json();
    let keys = JwkSet::from_slice(metadata["jwks"].to_string().as_bytes()).unwrap();
    let verifier = Verifier::new("https://issuer.example", &keys);
    let named = verifier.named_lists(&credential).unwrap().token.unwrap();
    let list = issuer.get("/statuslist/0").await;
    let lists = [named.verify(&list.body, env.now()).unwrap()];
    assert!(
        verifier
            .with_status_lists(&lists)
            .verify(&credential, env.now())
            .is_ok()
    );
    let token = Unverified::parse(credential.split('~').next().unwrap(), 100_000).unwrap();
    assert_eq!(
        token.header()["kid"],
        metadata["jwks"]["keys"][0]["kid"],
        "the bare id"
    );
}
