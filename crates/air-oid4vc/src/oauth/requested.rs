//! The requested credentials: by `scope` or `authorization_details` (OpenID4VCI 1.0, section 5.1).

use serde_json::{Value, json};

use super::{refused, rule::Rule};
use crate::{Document, Error, vci::IssuerMetadata};

/// The maximum number of credentials.
const ITEM_LIMIT: usize = 64;

/// The credentials that a client asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    scopes: Vec<String>,
    configuration_ids: Vec<String>,
}

impl Requested {
    /// By scopes, separated by spaces. HAIP requires scopes.
    #[must_use]
    pub fn scope(scope: &str) -> Self {
        Self {
            scopes: scope
                .split(' ')
                .filter(|word| !word.is_empty())
                .map(str::to_owned)
                .collect(),
            configuration_ids: Vec::new(),
        }
    }

    /// By the ids of credential configurations, in `authorization_details`.
    #[must_use]
    pub fn configurations<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            scopes: Vec::new(),
            configuration_ids: ids.into_iter().map(str::to_owned).collect(),
        }
    }

    /// The requested scopes.
    #[must_use]
    pub fn scopes(&self) -> &[String] {
        &self.scopes
    }

    /// The ids in `authorization_details`. The token response names these credentials too.
    #[must_use]
    pub fn configuration_ids(&self) -> &[String] {
        &self.configuration_ids
    }

    /// The ids of all requested configurations of this issuer. Scopes that are not of a credential are
    /// ignored, unless nothing else was requested.
    ///
    /// # Errors
    /// [`Error::Authorization`] with [`Rule::UnknownCredential`].
    pub fn resolve<'m>(&self, metadata: &'m IssuerMetadata) -> Result<Vec<&'m str>, Error> {
        let has_scope =
            |scope: &Option<String>| scope.as_ref().is_some_and(|scope| self.scopes.contains(scope));
        let mut found = Vec::new();
        for id in &self.configuration_ids {
            let known = metadata.configurations.get_key_value(id);
            let (id, _) =
                known.ok_or_else(|| refused("authorization_details", Rule::AuthorizationDetails))?;
            found.push(id.as_str());
        }
        let by_scope = metadata
            .configurations
            .iter()
            .filter(|(_, one)| has_scope(&one.scope));
        found.extend(by_scope.map(|(id, _)| id.as_str()));
        found.sort_unstable();
        found.dedup();
        if found.is_empty() {
            return Err(refused("scope", Rule::UnknownCredential));
        }
        Ok(found)
    }

    pub(super) fn parse(scope: Option<&str>, details: Option<&str>) -> Result<Self, Error> {
        let malformed = || refused("authorization_details", Rule::AuthorizationDetails);
        let mut requested = Self::scope(scope.unwrap_or_default());
        if let Some(json) = details {
            let value = Document::TokenRequest
                .read(json.as_bytes(), super::LENGTH_LIMIT)
                .map_err(|_| malformed())?;
            let items = value
                .as_array()
                .filter(|items| !items.is_empty())
                .ok_or_else(malformed)?;
            for item in items.iter().take(ITEM_LIMIT + 1) {
                let is_credential = item.get("type").is_some_and(|name| name == "openid_credential");
                let id = item.get("credential_configuration_id").and_then(Value::as_str);
                let id = id
                    .filter(|id| is_credential && !id.is_empty())
                    .ok_or_else(malformed)?;
                requested.configuration_ids.push(id.to_owned());
            }
        }
        if requested.scopes.len() > ITEM_LIMIT || requested.configuration_ids.len() > ITEM_LIMIT {
            return Err(refused("scope", Rule::Limit { most: ITEM_LIMIT }));
        }
        if requested.scopes.is_empty() && requested.configuration_ids.is_empty() {
            return Err(refused("scope", Rule::NothingRequested));
        }
        Ok(requested)
    }

    /// The parameters of a request.
    pub(super) fn to_parameters(&self) -> impl Iterator<Item = (&'static str, Value)> {
        let scope = (!self.scopes.is_empty()).then(|| ("scope", self.scopes.join(" ").into()));
        let details = (!self.configuration_ids.is_empty()).then(|| {
            let items = self
                .configuration_ids
                .iter()
                .map(|id| json!({ "type": "openid_credential", "credential_configuration_id": id }));
            ("authorization_details", items.collect())
        });
        scope.into_iter().chain(details)
    }
}
