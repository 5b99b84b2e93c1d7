//! The documented catalogue by typed calls, against a real platform.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::{
    collections::HashSet,
    pin::pin,
    sync::atomic::{AtomicU32, Ordering},
};

use air_api::catalogue::{CatalogueSearch, Listing, SortOrder};
use air_client::{
    AirClient, Error,
    catalogue::{Found, everything},
};
use air_sandbox::TestPlatform;
use futures_util::{StreamExt, TryStreamExt};
use serde_json::json;

async fn with_schemas(count: usize) -> (TestPlatform, AirClient) {
    let platform = TestPlatform::start().await.unwrap();
    publish(&platform, count).await;
    let client = AirClient::at(&platform.url()).unwrap();
    (platform, client)
}

/// The number of the next partner: a seed with the name of a partner must repeat its values.
static NUMBER: AtomicU32 = AtomicU32::new(1);

async fn publish(platform: &TestPlatform, count: usize) {
    let form = |number: usize| {
        json!({ "key": number.to_string(), "title": format!("Income {number}"),
            "attributes": [{ "name": "bracket", "type": "string" }] })
    };
    let of_each = |number: usize| json!({ "key": number.to_string(), "schema": number.to_string() });
    let seed = json!({
        "partner": { "name": format!("Income Office {}", NUMBER.fetch_add(1, Ordering::Relaxed)), "jwksUrl": "http://localhost/jwks.json" },
        "schemas": (0..count).map(form).collect::<Vec<_>>(),
        "programs": [{ "key": "0", "schema": "0", "publish": true }],
        "verificationPrograms": (0..count).map(of_each).collect::<Vec<_>>(),
    });
    platform
        .partner_of(serde_json::from_value(seed).unwrap())
        .await
        .unwrap();
}

#[tokio::test]
async fn a_stream_has_every_record_once_whatever_the_size_of_a_page() {
    let (_platform, client) = with_schemas(23).await;
    let catalogue = client.catalogue();
    for limit in [1, 7, 24, 100] {
        for sort_order in [SortOrder::Asc, SortOrder::Desc] {
            let listing = Listing {
                limit,
                sort_order,
                ..everything()
            };
            let schemas: Vec<_> = catalogue.schemas(listing).try_collect().await.unwrap();
            let ids: HashSet<_> = schemas
                .iter()
                .map(|schema| schema.schema_id.to_string())
                .collect();
            assert_eq!((schemas.len(), ids.len()), (24, 24), "{limit}");
            let programs: Vec<_> = catalogue.programs(listing).try_collect().await.unwrap();
            assert_eq!(programs.len(), 24);
        }
    }
}

#[tokio::test]
async fn what_is_published_meanwhile_doubles_nothing_and_hides_nothing() {
    let (platform, client) = with_schemas(5).await;
    for sort_order in [SortOrder::Asc, SortOrder::Desc] {
        let listing = Listing {
            limit: 3,
            sort_order,
            ..everything()
        };
        let before: Vec<_> = client.catalogue().schemas(listing).try_collect().await.unwrap();
        let mut schemas = pin!(client.catalogue().schemas(listing));
        let mut seen = vec![schemas.try_next().await.unwrap().unwrap()];
        publish(&platform, 2).await;
        while let Some(schema) = schemas.try_next().await.unwrap() {
            seen.push(schema);
        }
        let ids: Vec<_> = seen.iter().map(|schema| schema.schema_id.to_string()).collect();
        let distinct: HashSet<_> = ids.iter().collect();
        assert_eq!(distinct.len(), ids.len(), "{sort_order:?}");
        for schema in before {
            assert!(distinct.contains(&schema.schema_id.to_string()), "{sort_order:?}");
        }
    }
}

#[tokio::test]
async fn each_page_of_the_catalogue_has_its_call() {
    let (platform, client) = with_schemas(1).await;
    let (catalogue, ids) = (client.catalogue(), platform.ids());
    let page = catalogue.schemas_page(Listing::default()).await.unwrap();
    assert_eq!((page.current, page.size, page.total), (1, 10, 2));
    let schema = catalogue.schema(&ids.schemas["adult"]).await.unwrap();
    assert_eq!(schema.title, "Adult");
    assert_eq!(schema.credentials.unwrap().len(), 2, "drafts are not listed");
    let credential = catalogue.credential(&ids.programs["adult"]).await.unwrap();
    assert_eq!(
        credential.credential.issuer.issuer_did.as_ref(),
        Some(platform.issuer_did())
    );
    assert!(matches!(
        catalogue.credential(&ids.programs["draft"]).await,
        Err(Error::NotFound { .. })
    ));
    assert!(client.is_in_catalogue(&ids.programs["adult"]).await.unwrap());
    let program = catalogue
        .program(&ids.verification_programs["adult"])
        .await
        .unwrap();
    assert_eq!(program.verifier_name, "Zenith");
    let programs = catalogue.programs_page(everything()).await.unwrap();
    assert_eq!(programs.records.len(), 2);
    let too_many = Listing {
        limit: 101,
        ..everything()
    };
    let refused: Vec<_> = catalogue.schemas(too_many).collect().await;
    assert!(matches!(refused.as_slice(), [Err(Error::Rejected { .. })]));
}

#[tokio::test]
async fn a_search_finds_all_of_its_groups() {
    let (_platform, client) = with_schemas(53).await;
    let search = CatalogueSearch {
        q: "income".to_owned(),
        page: 1,
        limit: 50,
    };
    let results = client.catalogue().search(&search).await.unwrap();
    assert_eq!((results.programs.items.len(), results.programs.total), (50, 53));
    let found: Vec<Found> = client.catalogue().find("income").try_collect().await.unwrap();
    let programs = found.iter().filter(|found| matches!(found, Found::Program(_)));
    let issuers = found.iter().filter(|found| matches!(found, Found::Issuer(_)));
    assert_eq!((programs.count(), issuers.count()), (53, 1));
    let none: Vec<_> = client.catalogue().find("").collect().await;
    assert!(matches!(none.as_slice(), [Err(Error::Rejected { .. })]));
}
