//! The differences between what exists and what a seed file wants.

use std::{collections::BTreeSet, fmt::Display};

use air_api::{
    PlatformTime, WebOrigin, WebUrl,
    sandbox::{Condition, CreateProgram, CreateVerificationProgram, NewPartner, ProofSuite},
};
use air_fetch::redacted;
use air_schema::CredentialSchema;
use air_store::{
    issuer_backends::IssuerBackend,
    partners::Partner,
    programs::{Program, VerificationProgram},
};
use serde_json::{Map, Value};

use crate::Refusal;

/// The members that differ, each with what exists and what the file wants, if they are short.
#[derive(Debug, Default)]
pub(super) struct Differences(Vec<String>);

impl Differences {
    pub(super) fn of_partner(exists: &Partner, wanted: &NewPartner) -> serde_json::Result<Self> {
        let origins: Vec<WebOrigin> = serde_json::from_str(&exists.allowed_origins)?;
        let mut differences = Self::default();
        if exists.jwks_url != wanted.jwks_url {
            let shown = |url: &Option<WebUrl>| {
                url.as_ref()
                    .map_or_else(|| "none".to_owned(), |url| redacted(url.as_str()))
            };
            let [exists, wanted] = [&exists.jwks_url, &wanted.jwks_url].map(shown);
            differences.note("jwksUrl", &exists, &wanted);
        }
        if origins != wanted.allowed_origins {
            differences.0.push("`allowedOrigins`".to_owned());
        }
        differences.compare("issueOnBehalf", exists.issue_on_behalf, wanted.issue_on_behalf);
        Ok(differences)
    }

    /// The API key is a secret, so only whether it differs is shown.
    pub(super) fn of_issuer_backends(exists: &IssuerBackend, wanted: &IssuerBackend) -> Self {
        let mut differences = Self::default();
        differences.compare("did", &exists.did, &wanted.did);
        for (member, exists, wanted) in [
            (
                "availableVcApiUrl",
                &exists.available_vc_url,
                &wanted.available_vc_url,
            ),
            ("issueVcApiUrl", &exists.issue_vc_url, &wanted.issue_vc_url),
        ] {
            if exists != wanted {
                differences.note(member, &redacted(exists), &redacted(wanted));
            }
        }
        if exists.revocation_status_url != wanted.revocation_status_url {
            differences.0.push("`revocationStatusApiUrl`".to_owned());
        }
        if exists.api_key != wanted.api_key {
            differences.0.push("`apiKey`".to_owned());
        }
        differences
    }

    pub(super) fn of_schemas(exists: &CredentialSchema, wanted: &CredentialSchema) -> Self {
        let mut differences = Self::default();
        differences.compare("title", exists.title(), wanted.title());
        differences.compare("type", exists.type_name(), wanted.type_name());
        differences.compare("version", exists.version(), wanted.version());
        if exists.description() != wanted.description() {
            differences.0.push("`description`".to_owned());
        }
        let attribute = |schema: &CredentialSchema, name: &str| {
            schema
                .attributes()
                .iter()
                .find(|attribute| attribute.name().as_str() == name)
                .cloned()
        };
        let names: BTreeSet<String> = [exists, wanted]
            .iter()
            .flat_map(|schema| schema.attributes())
            .map(|attribute| attribute.name().to_string())
            .collect();
        for name in names {
            match (attribute(exists, &name), attribute(wanted, &name)) {
                (Some(exists), Some(wanted)) if exists == wanted => {}
                (Some(_), Some(_)) => differences.0.push(format!("the attribute `{name}`")),
                (None, _) => differences.0.push(format!("the attribute `{name}` is new")),
                (_, None) => differences.0.push(format!("the attribute `{name}` is missing")),
            }
        }
        if differences.0.is_empty() && exists != wanted {
            differences.0.push("the order of the attributes".to_owned());
        }
        differences
    }

    /// Publication is no difference: a draft may be published, and a published program stays published.
    pub(super) fn of_programs(exists: &Program, wanted: &CreateProgram) -> Self {
        let number = |number: Option<u64>| number.map_or("none".to_owned(), |number| number.to_string());
        let time = |time: Option<PlatformTime>| time.map_or("none".to_owned(), |time| time.to_string());
        let mut differences = Self::default();
        differences.compare("schema", &exists.schema_id, wanted.schema_id.as_str());
        differences.compare("cak", exists.cak, wanted.cak);
        differences.compare("expiration", exists.expiration, wanted.expiration);
        let until = exists.accessible_until.map(PlatformTime::from_unix);
        differences.compare("accessibleUntil", time(until), time(wanted.accessible_until));
        differences.compare(
            "maximumIssuance",
            number(exists.maximum_issuance),
            number(wanted.maximum_issuance),
        );
        let suite = |suite: Option<ProofSuite>| suite.map_or("none", ProofSuite::as_str);
        differences.compare("proof", suite(exists.proof), suite(wanted.proof));
        differences.compare("unlinkable", exists.unlinkable, wanted.unlinkable);
        differences.compare_names(exists.name.as_deref(), wanted.name.as_deref());
        differences
    }

    pub(super) fn of_verification_programs(
        exists: &VerificationProgram,
        wanted: &CreateVerificationProgram,
    ) -> serde_json::Result<Self> {
        let conditions: Vec<Condition> = serde_json::from_str(&exists.conditions)?;
        let mut differences = Self::default();
        differences.compare("schema", &exists.schema_id, wanted.schema_id.as_str());
        if conditions != wanted.conditions {
            differences.0.push("`conditions`".to_owned());
        }
        differences.compare("requireCak", exists.require_cak, wanted.require_cak);
        let trust_list: Option<Map<String, Value>> = exists
            .trust_list
            .as_deref()
            .map(serde_json::from_str)
            .transpose()?;
        if trust_list != wanted.trust_list {
            differences.0.push("`trustList`".to_owned());
        }
        let mut proofs: Vec<ProofSuite> = exists
            .proofs
            .as_deref()
            .map_or_else(|| Ok(Vec::new()), serde_json::from_str)?;
        let mut wanted_proofs = wanted.proofs.clone();
        proofs.sort_unstable();
        wanted_proofs.sort_unstable();
        if proofs != wanted_proofs {
            differences.0.push("`proofs`".to_owned());
        }
        differences.compare_names(exists.name.as_deref(), wanted.name.as_deref());
        Ok(differences)
    }

    /// Rejects the file if there is a difference.
    pub(super) fn check(self, what: &str) -> Result<(), Refusal> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(Refusal::conflict(format!(
            "{what} exists, and the seed differs from it: {}; restore the values, or choose another name",
            self.0.join(", ")
        )))
    }

    fn compare(&mut self, member: &str, exists: impl Display, wanted: impl Display) {
        let (exists, wanted) = (exists.to_string(), wanted.to_string());
        if exists != wanted {
            self.note(member, &exists, &wanted);
        }
    }

    /// A file without a name for a program keeps the name that the program has.
    fn compare_names(&mut self, exists: Option<&str>, wanted: Option<&str>) {
        if let Some(wanted) = wanted {
            self.compare("name", exists.unwrap_or("none"), wanted);
        }
    }

    fn note(&mut self, member: &str, exists: &str, wanted: &str) {
        self.0.push(format!("`{member}` is {exists}, not {wanted}"));
    }
}
