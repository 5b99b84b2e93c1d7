//! The stored document is the one that the code describes.

use std::{fs, io::Write, sync::Arc, time::Duration};

use air_platform::{App, Quotas, Settings};
use air_store::{Data, Store};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use tokio::sync::watch;

use super::{Api, Served, stored};
use crate::{
    Clock, Limits,
    http::{self, budget::BodyBudget, guard::Admin},
};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/docs/openapi.json.gz");

/// Returns the generated document of a platform, and its operations.
async fn generated(has_chain: bool) -> (Value, Served) {
    let app = App::open(Settings {
        store: Store::open(&Data::Memory).await.unwrap(),
        listeners: Vec::new(),
        public_url: "http://127.0.0.1".into(),
        is_local: true,
        has_user_pages: true,
        clock: Clock::system(),
        chain_id: 1,
        quotas: Quotas::default(),
        block_time: Duration::from_secs(1),
        has_chain,
        channel: None,
        proof_program: None,
        predicate_program: None,
        stopped: watch::channel(false).1,
    })
    .await
    .unwrap();
    let admin = Admin::new(Arc::from("token"), false);
    let budget = BodyBudget::new(Limits::default().large_bodies);
    let Api {
        operations, served, ..
    } = http::described_routes(&app, &admin, budget);
    (operations.into_document(), served)
}

/// `SNAPSHOTS=overwrite` updates the file.
#[tokio::test]
async fn the_stored_document_is_generated_from_the_code() {
    let (document, _) = generated(true).await;
    if std::env::var_os("SNAPSHOTS").is_some_and(|action| action == "overwrite") {
        // The header of gzip has no time, so the same document gives the same bytes.
        let mut file = GzEncoder::new(Vec::new(), Compression::best());
        file.write_all(document.to_string().as_bytes()).unwrap();
        fs::write(PATH, file.finish().unwrap()).unwrap();
        return;
    }
    // As texts, because the order of members counts.
    let (text, kept) = (document.to_string(), stored::everything().to_string());
    assert!(
        text == kept,
        "the stored document is another; run this test with SNAPSHOTS=overwrite"
    );
}

/// The routes of a chain are in the stored document, and a platform without a chain does not show them.
#[tokio::test]
async fn a_platform_serves_the_document_of_its_own_operations() {
    for has_chain in [true, false] {
        let (document, served) = generated(has_chain).await;
        let own = stored::document(&served);
        assert_eq!(own["paths"], document["paths"], "with a chain: {has_chain}");
        assert_eq!(
            own["components"], document["components"],
            "with a chain: {has_chain}"
        );
        let (own, text) = (own.to_string(), document.to_string());
        assert!(own == text, "with a chain: {has_chain}");
    }
}
