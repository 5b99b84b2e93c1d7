//! Accounts, schemas and programs, which the hosted platform manages in its dashboard.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Condition, Expiration, NewIssuerBackend, ProofSuite};
use crate::{
    IssuerDid, PartnerId, PlatformTime, ProgramId, SchemaId, VerificationProgramId, WebOrigin, WebUrl, whole,
    wire,
};

/// The line that `air sandbox up` prints when the platform answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Ready {
    /// Always `true`.
    pub ready: bool,
    /// The URL of the platform, without a path.
    pub url: String,
    /// The base of the documented API: `url` and `/v1`.
    pub api_url: String,
    /// The URL of the AIR Kit SDK's pages, with `--airkit`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub airkit_url: Option<String>,
    /// The ids of what the file of `--seed` names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seeded: Option<Seeded>,
    /// The operator token of this start: what set-up calls, events and logs of everyone, and the
    /// dashboard take as bearer or login.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub admin_token: Option<String>,
    /// Whether they require it; else a client of this machine is the operator without it.
    #[serde(default)]
    pub admin_token_required: bool,
    /// A file of 0600 that has the token while the platform runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin_token_file: Option<String>,
    /// The URL of the dashboard. If a token is required, the link logs one browser in, once.
    #[serde(default)]
    pub dashboard_url: String,
}

/// `POST /sandbox/v1/partners`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPartner {
    /// Shown to users who are asked for consent.
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::partner_name"))]
    pub name: String,
    /// Where the partner publishes its keys: https, or http on loopback. Without it, only the keys
    /// count that the operator registers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<WebUrl>,
    /// Up to three web origins.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schemars(length(max = 3)))]
    pub allowed_origins: Vec<WebOrigin>,
    /// Whether it may issue on behalf of users.
    #[serde(default)]
    pub issue_on_behalf: bool,
}

/// A partner with its issuer and verifier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedPartner {
    /// The account.
    pub partner_id: PartnerId,
    /// Its issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// Its verifier.
    pub verifier_did: String,
}

/// `POST /sandbox/v1/schemas`: a published schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateSchema {
    /// The partner that publishes it.
    pub partner_id: PartnerId,
    /// The dashboard's form: title, type, version, description, attributes.
    #[cfg_attr(
        feature = "openapi",
        schemars(schema_with = "crate::openapi::credential_schema")
    )]
    pub schema: Map<String, Value>,
}

/// The schema's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedSchema {
    /// The id.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
}

/// `POST /sandbox/v1/programs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a member of the wire")]
pub struct CreateProgram {
    /// The partner that owns it.
    pub partner_id: PartnerId,
    /// The schema of its subjects.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// Compliance encryption.
    #[serde(default)]
    pub cak: bool,
    /// The validity of its credentials.
    #[serde(default)]
    pub expiration: Expiration,
    /// The last second in which it issues; `None` is for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessible_until: Option<PlatformTime>,
    /// The maximum number of credentials that it issues.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "whole::optional"
    )]
    pub maximum_issuance: Option<u64>,
    /// A name for people; at most 200 characters. Without one, pages show the schema's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::program_name"))]
    pub name: Option<String>,
    /// The suite of W3C credentials that holders get beside the SD-JWT VC. Without one, there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofSuite>,
    /// Whether W3C credentials have no status entry, so that presentations are unlinkable: only with `bbs-2023`, and with an expiration of
    /// at most 90 days, since a W3C credential that the holder has taken can't be revoked.
    #[serde(default)]
    pub unlinkable: bool,
    /// Whether holders can prove conditions on its credentials without the values. Experimental, not audited. The platform must have the
    /// option. It can't be changed afterwards.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub predicate_proofs: bool,
    /// The decimal places (0 to 18) of each attribute of type `number`, with predicate proofs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scales: BTreeMap<String, u8>,
    /// `false` leaves a draft, which can't issue.
    pub publish: bool,
}

/// The program's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedProgram {
    /// The id; `credentialId` on the wire.
    #[serde(rename = "credentialId")]
    pub program: ProgramId,
}

/// `POST /sandbox/v1/verification-programs`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateVerificationProgram {
    /// The partner that owns it.
    pub partner_id: PartnerId,
    /// The schema of the credentials that it accepts.
    #[serde(deserialize_with = "wire::id")]
    pub schema_id: SchemaId,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Whether it asks for the CAK's private key.
    #[serde(default)]
    pub require_cak: bool,
    /// A name for people; at most 200 characters. Without one, pages show the schema's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::program_name"))]
    pub name: Option<String>,
    /// The issuers whose credentials it accepts: a trust list whose `issuers` have a `name`, one of
    /// `did`, `keys` and `x509`, and `types`; at most 128 KiB. Issuers of this platform are
    /// accepted only if the list has them, and only presentation requests can use the program.
    /// Without a list, it accepts the issuers of this platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_list: Option<Map<String, Value>>,
    /// The suites of W3C credentials that it accepts beside other formats. Without any, it accepts none. A program with a trust list can't
    /// have suites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schemars(length(max = 4), extend("uniqueItems" = true)))]
    pub proofs: Vec<ProofSuite>,
    /// The issuance program with predicate proofs whose credentials it accepts proofs of, instead of the credentials. Experimental, not
    /// audited. It needs conditions, each of which can be proved, and excludes `requireCak`, `trustList` and `proofs`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicate_proofs_of: Option<ProgramId>,
}

/// The verification program's id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CreatedVerificationProgram {
    /// The id.
    pub program_id: VerificationProgramId,
}

/// `PUT /sandbox/v1/verification-programs/{program}/trust-list`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReplaceTrustList {
    /// The new list, with which open presentation requests are checked from now on.
    pub trust_list: Map<String, Value>,
}

/// The issuers of a verification program's trust list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct TrustedIssuers {
    /// The verification program.
    pub program_id: VerificationProgramId,
    /// The names of the issuers; none without a list.
    pub issuers: Vec<String>,
}

/// `POST /sandbox/v1/seed`, and the file of `air sandbox seed`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Seed {
    /// The account.
    pub partner: NewPartner,
    /// The backend of an issuer that signs itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer_backend: Option<NewIssuerBackend>,
    /// Schemas, published.
    #[serde(default)]
    pub schemas: Vec<SeedSchema>,
    /// Issuance programs.
    #[serde(default)]
    pub programs: Vec<SeedProgram>,
    /// Verification programs.
    #[serde(default)]
    pub verification_programs: Vec<SeedVerificationProgram>,
}

/// A schema under a key of the file's own.
#[derive(Clone, Debug, PartialEq)]
pub struct SeedSchema {
    /// Its name in other parts of the file.
    pub key: String,
    /// The dashboard's form.
    pub form: Map<String, Value>,
}

/// A program of a seed file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedProgram {
    /// Its name in the output.
    pub key: String,
    /// A schema's key: a program issues by its partner's own schemas.
    pub schema: String,
    /// Compliance encryption.
    #[serde(default)]
    pub cak: bool,
    /// The validity of its credentials.
    #[serde(default)]
    pub expiration: Expiration,
    /// The last second in which it issues; `None` is for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accessible_until: Option<PlatformTime>,
    /// The maximum number of credentials that it issues.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "whole::optional"
    )]
    pub maximum_issuance: Option<u64>,
    /// A name for people; at most 200 characters. Without one, pages show the schema's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::program_name"))]
    pub name: Option<String>,
    /// The suite of W3C credentials that holders get beside the SD-JWT VC. Without one, there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<ProofSuite>,
    /// Whether W3C credentials have no status entry, so that presentations are unlinkable: only with `bbs-2023`, and with an expiration of
    /// at most 90 days, since a W3C credential that the holder has taken can't be revoked.
    #[serde(default)]
    pub unlinkable: bool,
    /// `false` leaves a draft.
    pub publish: bool,
}

/// A verification program of a seed file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SeedVerificationProgram {
    /// Its name in the output.
    pub key: String,
    /// A schema's key, or the id of one that is published.
    pub schema: String,
    /// All must hold.
    #[serde(default)]
    pub conditions: Vec<Condition>,
    /// Whether it asks for the CAK's private key.
    #[serde(default)]
    pub require_cak: bool,
    /// The issuers whose credentials it accepts: a trust list whose `issuers` have a `name`, one of
    /// `did`, `keys` and `x509`, and `types`; at most 128 KiB. Issuers of this platform are
    /// accepted only if the list has them, and only presentation requests can use the program.
    /// Without a list, it accepts the issuers of this platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trust_list: Option<Map<String, Value>>,
    /// The suites of W3C credentials that it accepts beside other formats. Without any, it accepts none. A program with a trust list can't
    /// have suites.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "openapi", schemars(length(max = 4), extend("uniqueItems" = true)))]
    pub proofs: Vec<ProofSuite>,
    /// A name for people; at most 200 characters. Without one, pages show the schema's title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schemars(schema_with = "crate::openapi::program_name"))]
    pub name: Option<String>,
}

/// The IDs of everything that a seed file names, whether this seed or an earlier one created it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct Seeded {
    /// The account.
    pub partner_id: PartnerId,
    /// Its issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// Its verifier.
    pub verifier_did: String,
    /// Ids by key.
    #[serde(deserialize_with = "wire::ids_by_name")]
    pub schemas: BTreeMap<String, SchemaId>,
    /// Ids by key.
    pub programs: BTreeMap<String, ProgramId>,
    /// Ids by key.
    pub verification_programs: BTreeMap<String, VerificationProgramId>,
}

/// A partner that a seed file created, with everything that its files named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SeededPartner {
    /// The account's name, which identifies it in seed files.
    pub name: String,
    /// The URL of the partner's published keys, if it publishes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub jwks_url: Option<WebUrl>,
    /// The account.
    pub partner_id: PartnerId,
    /// Its issuer.
    #[serde(deserialize_with = "wire::id")]
    pub issuer_did: IssuerDid,
    /// Its verifier.
    pub verifier_did: String,
    /// Ids by key.
    #[serde(deserialize_with = "wire::ids_by_name")]
    pub schemas: BTreeMap<String, SchemaId>,
    /// Ids by key.
    pub programs: BTreeMap<String, ProgramId>,
    /// Ids by key.
    pub verification_programs: BTreeMap<String, VerificationProgramId>,
}

/// `GET /sandbox/v1/seed`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct SeededPartners {
    /// Newest first, at most 100.
    pub partners: Vec<SeededPartner>,
}

/// `POST /sandbox/v1/partners/{partner}/keys`: a JWK set with public keys.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RegisterKeys {
    /// Public keys that verify the partner's tokens beside those at its JWKS URL. A key replaces
    /// one with the same id, and the ten newest keys stay.
    #[cfg_attr(feature = "openapi", schemars(length(min = 1, max = 10)))]
    pub keys: Vec<Map<String, Value>>,
}

/// The keys that are registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct RegisteredKeys {
    /// The account.
    pub partner_id: PartnerId,
    /// Their ids.
    pub kids: Vec<String>,
}

/// On the wire the key is a member beside those of the form.
impl Serialize for SeedSchema {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = self.form.clone();
        members.insert("key".into(), Value::String(self.key.clone()));
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for SeedSchema {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut form = Map::deserialize(deserializer)?;
        match form.remove("key") {
            Some(Value::String(key)) => Ok(Self { key, form }),
            _ => Err(serde::de::Error::custom(
                "a schema of a seed file needs a `key`, a string",
            )),
        }
    }
}
