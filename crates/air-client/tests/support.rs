//! A platform with one partner that issues and verifies, and a client of it.

use std::time::{SystemTime, UNIX_EPOCH};

use air_api::sandbox::{Seed, Seeded};
use air_client::AirClient;
use air_jwt::{PartnerId, PartnerToken};
use air_sandbox::TestPlatform;
use serde_json::json;

pub(crate) struct TestEnv {
    platform: TestPlatform,
    pub(crate) client: AirClient,
    pub(crate) ids: Seeded,
}

impl TestEnv {
    pub(crate) async fn start() -> Self {
        let seed: Seed = serde_json::from_value(json!({
            "partner": { "name": "Zenith", "jwksUrl": "http://localhost/jwks.json" },
            "schemas": [{ "key": "adult", "title": "Adult",
                "attributes": [{ "name": "age", "type": "integer", "required": true }] }],
            "programs": [
                { "key": "cak", "schema": "adult", "cak": true, "publish": true },
                { "key": "plain", "schema": "adult", "publish": true },
            ],
            "verificationPrograms": [{ "key": "adult", "schema": "adult", "requireCak": true,
                "conditions": [{ "attribute": "age", "operator": "greater", "value": 17 }] }],
        }))
        .unwrap();
        let platform = TestPlatform::builder().seed(seed).start().await.unwrap();
        let client = AirClient::at(&platform.url()).unwrap();
        client.local().ready().await.unwrap();
        let ids = platform.ids().clone();
        Self {
            platform,
            client,
            ids,
        }
    }

    pub(crate) fn token(&self, kind: fn(PartnerId) -> PartnerToken) -> String {
        let token = kind(self.platform.partner_id().clone());
        self.platform.sign(token).unwrap().expose_secret().to_owned()
    }
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
