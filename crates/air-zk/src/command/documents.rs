//! Documents that issuer, holder and verifier store or send.

use std::{collections::BTreeMap, time::Duration};

use air_ids::{IssuerDid, SchemaId, UnixTime};
use air_schema::CredentialSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Failure, members::bytes, rejected, usage};
use crate::{Condition, CredentialScheme, EpochSchedule, Predicate, Request, SchemaLayout};

/// What issuer, holder and verifier must know alike, except for the issuer's key.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Terms {
    issuer: String,
    schema_id: String,
    schema: Map<String, Value>,
    /// The number of decimal places of each attribute of type `number`.
    #[serde(default)]
    scales: BTreeMap<String, u8>,
    epoch_seconds: u64,
}

/// The terms with the issuer's public key.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SchemeDocument {
    pub(super) issuer: String,
    /// A Multikey.
    pub(super) public_key: String,
    pub(super) schema_id: String,
    pub(super) epoch_seconds: u64,
    #[serde(default)]
    pub(super) scales: BTreeMap<String, u8>,
    pub(super) schema: Map<String, Value>,
}

impl Terms {
    pub(super) fn with_key(self, public_key: String) -> SchemeDocument {
        SchemeDocument {
            issuer: self.issuer,
            public_key,
            schema_id: self.schema_id,
            epoch_seconds: self.epoch_seconds,
            scales: self.scales,
            schema: self.schema,
        }
    }
}

impl SchemeDocument {
    pub(super) fn scheme(&self) -> Result<CredentialScheme, Failure> {
        let invalid = |name: &str, error: &dyn std::fmt::Display| rejected(format!("`{name}`: {error}"));
        let issuer = IssuerDid::new(self.issuer.as_str()).map_err(|error| invalid("issuer", &error))?;
        let id = SchemaId::new(self.schema_id.as_str()).map_err(|error| invalid("schemaId", &error))?;
        let form = Value::Object(self.schema.clone()).to_string();
        let schema =
            CredentialSchema::from_slice(form.as_bytes()).map_err(|error| invalid("schema", &error))?;
        let scales: Vec<(&str, u8)> = self
            .scales
            .iter()
            .map(|(name, scale)| (name.as_str(), *scale))
            .collect();
        let layout = SchemaLayout::new(id, &schema, &scales)?;
        let schedule = EpochSchedule::new(Duration::from_secs(self.epoch_seconds))?;
        Ok(CredentialScheme::new(
            self.public_key.parse()?,
            issuer,
            layout,
            schedule,
        )?)
    }
}

/// A credential as the wallet stores it, beside the holder's secret.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CredentialDocument {
    pub(super) id: String,
    pub(super) subject: Map<String, Value>,
    /// The signature and the revocation nonce, in hex digits.
    pub(super) signature: String,
}

/// What the issuer stores of a credential, for its epoch tokens.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RecordDocument {
    pub(super) id: String,
    pub(super) revocation_nonce: String,
}

/// A verifier's request.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct RequestDocument {
    pub(super) verifier: String,
    pub(super) program: String,
    pub(super) nonce: String,
    /// Seconds since 1970.
    pub(super) expires_at: u64,
    #[serde(default)]
    pub(super) conditions: Vec<ConditionDocument>,
    #[serde(default)]
    pub(super) disclose: Vec<String>,
}

/// A condition as in the platform's verification programs, or with the operator `between`.
#[derive(Deserialize, Serialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ConditionDocument {
    attribute: String,
    operator: String,
    value: Value,
}

impl RequestDocument {
    pub(super) fn request(&self) -> Result<Request, Failure> {
        let nonce = bytes("nonce", &self.nonce)?;
        let expires_at = UnixTime::from_secs(self.expires_at);
        let mut request = Request::new(self.verifier.as_str(), self.program.as_str(), &nonce, expires_at)?;
        for condition in &self.conditions {
            request = request.prove(condition.condition()?);
        }
        Ok(self.disclose.iter().fold(request, Request::disclose))
    }
}

impl ConditionDocument {
    fn condition(&self) -> Result<Condition, Failure> {
        let value = || self.value.clone();
        let predicate = match (self.operator.as_str(), &self.value) {
            ("equals", _) => Predicate::Equals(value()),
            ("not equals", _) => Predicate::NotEquals(value()),
            ("greater", _) => Predicate::Greater(value()),
            ("less", _) => Predicate::Less(value()),
            ("between", Value::Array(limits)) => match limits.as_slice() {
                [minimum, maximum] => Predicate::Between(minimum.clone(), maximum.clone()),
                _ => return Err(usage("the value of `between` must be an array of two limits")),
            },
            ("in", Value::Array(values)) => Predicate::In(values.clone()),
            ("not in", Value::Array(values)) => Predicate::NotIn(values.clone()),
            ("between" | "in" | "not in", _) => {
                return Err(usage(
                    "the value of `between`, `in` and `not in` must be an array",
                ));
            }
            _ => {
                return Err(usage(
                    "an operator must be equals, not equals, greater, less, between, in or not in",
                ));
            }
        };
        Ok(Condition::new(self.attribute.as_str(), predicate))
    }
}
