//! The values of a local platform that was seeded, and the registration of the key there.

use std::collections::BTreeMap;

use air_api::sandbox::{ListQuery, ProgramRecord, RegisterKeys, SeededPartner};
use air_client::AirClient;
use air_jwt::SigningKey;
use serde_json::Value;

use super::Ids;
use crate::{exit::Failure, partner::OperatorArgs, sandbox::seeded};

/// A local platform and its seeded partner.
pub(super) struct Sandbox {
    client: AirClient,
    partner: SeededPartner,
}

impl Sandbox {
    pub(super) async fn find(
        url: &str,
        operator: &OperatorArgs,
        name: Option<&str>,
    ) -> Result<Self, Failure> {
        let (client, partner) = seeded::find(url, operator, name).await?;
        Ok(Self { client, partner })
    }

    /// Registers the public key, so that tokens verify without a server for the partner's JWK set.
    pub(super) async fn register(&self, operator: &OperatorArgs, key: &SigningKey) -> Result<(), Failure> {
        let Ok(Value::Object(key)) = serde_json::to_value(key.public_jwk()) else {
            return Err(Failure::failed("the public key is not an object"));
        };
        let keys = RegisterKeys { keys: vec![key] };
        let local = operator.local(&self.client);
        local.register_keys(&self.partner.partner_id, &keys).await?;
        Ok(())
    }

    /// Returns the name of the first published program. A draft can't issue.
    pub(super) async fn published(&self, operator: &OperatorArgs) -> Result<Option<String>, Failure> {
        let local = operator.local(&self.client);
        for (name, id) in &self.partner.programs {
            let page = local.programs(&ListQuery::new(id.as_str())).await?;
            let is_published = |found: &ProgramRecord| found.program == *id && found.published;
            if page.records.iter().any(is_published) {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    pub(super) fn ids(&self) -> Ids {
        Ids {
            partner_id: Some(self.partner.partner_id.clone()),
            issuer: Some(self.partner.issuer_did.clone()),
            programs: texts(&self.partner.programs),
            verification_programs: texts(&self.partner.verification_programs),
        }
    }
}

fn texts<T: ToString>(ids: &BTreeMap<String, T>) -> BTreeMap<String, String> {
    ids.iter()
        .map(|(name, id)| (name.clone(), id.to_string()))
        .collect()
}
