//! Settings that the first credential fixes.

use air_issuer::Error;

use crate::support::World;

#[tokio::test]
async fn settings_change_before_the_first_credential_and_never_after() {
    let world = World::new().await;
    let changes: [(&str, (&str, &str), &str); 2] = [
        ("partition-size", ("SD_JWT_TSL_PARTITION_SIZE", "24"), ""),
        ("origin", ("ISSUER_ORIGIN", "https://other.example"), ""),
    ];
    // Without a credential, each may change, and change back.
    for (_, variable, toml) in &changes {
        drop(world.try_start(world.config(&[*variable], toml)).await.unwrap());
    }
    drop(
        world
            .try_start(world.config(&[], "iss = \"origin\""))
            .await
            .unwrap(),
    );
    let issuer = world.start().await;
    assert_eq!(issuer.issue(&world.request()).await, 201);
    drop(issuer);

    for (expected, variable, toml) in changes {
        let refused = world
            .try_start(world.config(&[variable], toml))
            .await
            .err()
            .unwrap();
        assert!(
            matches!(refused, Error::Frozen { name, .. } if name == expected),
            "{refused}"
        );
        assert!(refused.to_string().contains("set it back"), "{refused}");
    }
    let refused = world
        .try_start(world.config(&[], "iss = \"origin\""))
        .await
        .err()
        .unwrap();
    assert!(matches!(refused, Error::Frozen { name: "iss", .. }), "{refused}");
    let refused = world
        .try_start(world.config(&[("SD_JWT_TSL_PARTITION_SIZE", "")], ""))
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
    drop(world.start().await);
}

#[tokio::test]
async fn the_other_form_of_iss_is_used_everywhere() {
    use air_jwt::{JwkSet, jws::Unverified};
    use air_vc::Verifier;

    let world = World::new().await;
    let toml = "iss = \"origin\"\nschemas = [{ id = \"member\", valid-for = \"1d\", document = \"member.json\", \
                claims = { table = \"members.csv\" } }]";
    let issuer = world.try_start(world.config(&[], toml)).await.unwrap();
    assert_eq!(issuer.issue(&world.request()).await, 201);
    let credential = crate::support::open(&world, &world.platform.stored()[0]);
    let metadata = issuer.get("/.well-known/jwt-vc-issuer").await.json();
    let keys = JwkSet::from_slice(metadata["jwks"].to_string().as_bytes()).unwrap();
    let verifier = Verifier::new("https://issuer.example", &keys);
    let named = verifier.named_lists(&credential).unwrap().token.unwrap();
    let list = issuer.get("/statuslist/0").await;
    let lists = [named.verify(&list.body, world.now()).unwrap()];
    assert!(
        verifier
            .with_status_lists(&lists)
            .verify(&credential, world.now())
            .is_ok()
    );
    let token = Unverified::parse(credential.split('~').next().unwrap(), 100_000).unwrap();
    assert_eq!(
        token.header()["kid"],
        metadata["jwks"]["keys"][0]["kid"],
        "the bare id"
    );
}
