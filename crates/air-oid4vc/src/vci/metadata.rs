//! The metadata of an issuer and of its authorization server (OpenID4VCI 1.0, sections 12.2 and 12.3).

use std::{collections::BTreeMap, time::Duration};

use air_ids::UnixTime;
use air_jwt::{Jwk, NumericDate, Signer, SignerError, SigningKey, jws};
use serde_json::{Map, Value, json};

use super::{encryption, issuer_id::IssuerId, members::Members, rule::Rule};
use crate::{Document, Error};

/// The `typ` of signed metadata.
pub const METADATA_TYPE: &str = "openidvci-issuer-metadata+jwt";
/// The maximum length of metadata in bytes.
const LENGTH_LIMIT: usize = 1024 * 1024;
/// The maximum number of configurations, servers, keys and algorithms.
const ITEM_LIMIT: usize = 512;

/// The metadata of a credential issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuerMetadata {
    /// `credential_issuer`.
    pub issuer: IssuerId,
    /// `authorization_servers`; empty if the issuer is its own authorization server.
    pub authorization_servers: Vec<IssuerId>,
    /// `credential_endpoint`.
    pub credential_endpoint: String,
    /// `nonce_endpoint`. Proofs need a `c_nonce` if it is present.
    pub nonce_endpoint: Option<String>,
    /// `deferred_credential_endpoint`.
    pub deferred_credential_endpoint: Option<String>,
    /// `notification_endpoint`.
    pub notification_endpoint: Option<String>,
    /// The maximum number of proofs in one request, 2 or more; absent for a single one.
    pub batch_size: Option<u64>,
    /// The offered credentials, by their identifier.
    pub configurations: BTreeMap<String, CredentialConfiguration>,
    /// Every other member, such as `display` and the parameters of encryption.
    pub other: Map<String, Value>,
}

/// A credential that an issuer offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialConfiguration {
    /// The format and the type.
    pub format: FormatMetadata,
    /// The scope that requests it.
    pub scope: Option<String>,
    /// The kinds of keys that the credential is bound to (`jwk`, `cose_key`, `did:…`); empty if it is
    /// bound to none.
    pub binding_methods: Vec<String>,
    /// The proof types, with the parameters of each.
    pub proof_types: BTreeMap<String, ProofTypeMetadata>,
    /// Every other member, such as `credential_metadata`.
    pub other: Map<String, Value>,
}

/// The parameters of a proof type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofTypeMetadata {
    /// The algorithms that the issuer accepts.
    pub algorithms: Vec<String>,
    /// The required key attestation, if one is required.
    pub key_attestation: Option<Map<String, Value>>,
}

/// The format of a credential, with the type that it requires.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FormatMetadata {
    /// `dc+sd-jwt` (appendix A.3).
    SdJwtVc {
        /// The type.
        vct: String,
    },
    /// `mso_mdoc` (appendix A.2).
    Mdoc {
        /// The document type.
        doctype: String,
    },
    /// `jwt_vc_json`, `jwt_vc_json-ld` or `ldp_vc` (appendix A.1).
    W3c {
        /// The name of the format.
        format: String,
        /// `credential_definition`.
        definition: Map<String, Value>,
    },
    /// A format of another specification.
    Unknown(String),
}

const ENDPOINTS: [&str; 4] = [
    "credential_endpoint",
    "nonce_endpoint",
    "deferred_credential_endpoint",
    "notification_endpoint",
];

impl IssuerMetadata {
    /// Reads the metadata that was fetched from [`IssuerId::metadata_url`] of this issuer.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`], or [`Error::Issuance`], with [`Rule::SameIssuer`] when the
    /// metadata is another issuer's.
    pub fn parse(json: &[u8], issuer: &IssuerId) -> Result<Self, Error> {
        match Document::IssuerMetadata.read(json, LENGTH_LIMIT)? {
            Value::Object(members) => Self::from_members(&members, issuer),
            _ => Err(refused("", Rule::Type)),
        }
    }

    /// Reads signed metadata (section 12.2.3). The caller has decided that the key is trusted.
    ///
    /// # Errors
    /// As [`Self::parse`], [`Error::Token`], or [`Error::Issuance`] with [`Rule::MetadataType`] or
    /// [`Rule::Validity`].
    pub fn verify(jwt: &str, key: &Jwk, issuer: &IssuerId, now: UnixTime, skew: u64) -> Result<Self, Error> {
        let document = Document::IssuerMetadata;
        let refused_token = |source| Error::Token { document, source };
        let token = jws::Unverified::parse(jwt, LENGTH_LIMIT).map_err(refused_token)?;
        if !token.is_typed(METADATA_TYPE) {
            return Err(refused("typ", Rule::MetadataType));
        }
        token.verify_signature(key).map_err(refused_token)?;
        let claims = document.read_payload(jwt)?;
        if claims.get("sub").and_then(Value::as_str) != Some(issuer.as_str()) {
            return Err(refused("sub", Rule::SameIssuer));
        }
        let skew = Duration::from_secs(skew);
        let date = |name: &str| claims.get(name).and_then(NumericDate::from_json);
        let issued = date("iat").ok_or_else(|| refused("iat", Rule::Missing))?;
        if issued.ceil() > now.saturating_add(skew) {
            return Err(refused("iat", Rule::Validity));
        }
        let is_expired = date("exp").is_some_and(|end| end.floor() <= now.saturating_sub(skew));
        if is_expired || claims.contains_key("exp") && date("exp").is_none() {
            return Err(refused("exp", Rule::Validity));
        }
        let mut claims = claims;
        for name in ["sub", "iat", "exp", "iss", "nbf"] {
            claims.remove(name);
        }
        Self::from_members(&claims, issuer)
    }

    /// Signs the metadata (section 12.2.3), for the media type `application/jwt`. HAIP requires a chain.
    #[must_use]
    pub fn sign(
        &self,
        key: &SigningKey,
        x5c: Option<&jws::X5c>,
        now: UnixTime,
        expires_at: Option<UnixTime>,
    ) -> String {
        jws::sign_x5c(key, METADATA_TYPE, x5c, &self.to_claims(now, expires_at))
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// The error of the signer.
    pub async fn sign_with(
        &self,
        signer: &impl Signer,
        x5c: Option<&jws::X5c>,
        now: UnixTime,
        expires_at: Option<UnixTime>,
    ) -> Result<String, SignerError> {
        jws::sign_x5c_with(signer, METADATA_TYPE, x5c, &self.to_claims(now, expires_at)).await
    }

    /// The claims of signed metadata.
    fn to_claims(&self, now: UnixTime, expires_at: Option<UnixTime>) -> Value {
        let mut claims = self.to_value();
        if let Value::Object(members) = &mut claims {
            members.insert("sub".into(), self.issuer.as_str().into());
            members.insert("iat".into(), now.as_secs().into());
            if let Some(at) = expires_at {
                members.insert("exp".into(), at.as_secs().into());
            }
        }
        claims
    }

    fn from_members(object: &Map<String, Value>, issuer: &IssuerId) -> Result<Self, Error> {
        let members = Members::of_map(object, "");
        if members.required_text("credential_issuer")? != issuer.as_str() {
            return Err(refused("credential_issuer", Rule::SameIssuer));
        }

        let name = "credential_configurations_supported";
        let configurations = members
            .object(name)?
            .ok_or_else(|| refused(name, Rule::Missing))?;
        if configurations.len() > ITEM_LIMIT {
            return Err(refused(name, Rule::Limit { most: ITEM_LIMIT }));
        }
        let configurations = configurations
            .iter()
            .map(|(id, configuration)| Ok((id.clone(), CredentialConfiguration::parse(configuration)?)));
        let known = |name: &str| {
            ENDPOINTS.contains(&name)
                || matches!(
                    name,
                    "credential_issuer"
                        | "authorization_servers"
                        | "batch_credential_issuance"
                        | "credential_configurations_supported"
                )
        };
        Ok(Self {
            issuer: issuer.clone(),
            authorization_servers: authorization_servers(&members)?,
            credential_endpoint: members
                .endpoint("credential_endpoint")?
                .ok_or_else(|| refused("credential_endpoint", Rule::Missing))?,
            nonce_endpoint: members.endpoint("nonce_endpoint")?,
            deferred_credential_endpoint: members.endpoint("deferred_credential_endpoint")?,
            notification_endpoint: members.endpoint("notification_endpoint")?,
            batch_size: batch_size(&members)?,
            configurations: configurations.collect::<Result<_, Error>>()?,
            other: rest(object, known),
        })
    }

    /// Checks the rules that an issuer must follow, beside those that a wallet can rely on: binding
    /// methods and proof types are both present or both absent, and the parameters of encryption
    /// are complete.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::BindingMethods`], [`Rule::Missing`] or [`Rule::Type`], or a rule of
    /// [`Self::parse`].
    pub fn check_as_issuer(&self) -> Result<(), Error> {
        let written = self.to_value().to_string();
        Self::parse(written.as_bytes(), &self.issuer)?;
        encryption::check(&self.other)?;
        let has_both = |configuration: &CredentialConfiguration| {
            configuration.binding_methods.is_empty() == configuration.proof_types.is_empty()
        };
        if self.configurations.values().all(has_both) {
            return Ok(());
        }
        Err(refused(
            "credential_configurations_supported/proof_types_supported",
            Rule::BindingMethods,
        ))
    }

    /// The identifiers whose metadata names the endpoints for tokens: the authorization servers, or
    /// the issuer itself.
    #[must_use]
    pub fn token_issuers(&self) -> &[IssuerId] {
        if self.authorization_servers.is_empty() {
            std::slice::from_ref(&self.issuer)
        } else {
            &self.authorization_servers
        }
    }

    /// The metadata as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = self.other.clone();
        let mut insert = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.into(), value);
            }
        };
        let servers: Vec<&str> = self.authorization_servers.iter().map(IssuerId::as_str).collect();
        let text = |text: &Option<String>| text.as_deref().map(Value::from);
        let configurations = self.configurations.iter();
        let configurations = configurations.map(|(id, configuration)| (id.clone(), configuration.to_value()));
        insert("credential_issuer", Some(self.issuer.as_str().into()));
        insert(
            "authorization_servers",
            (!servers.is_empty()).then(|| json!(servers)),
        );
        insert(
            "credential_endpoint",
            Some(self.credential_endpoint.as_str().into()),
        );
        insert("nonce_endpoint", text(&self.nonce_endpoint));
        insert(
            "deferred_credential_endpoint",
            text(&self.deferred_credential_endpoint),
        );
        insert("notification_endpoint", text(&self.notification_endpoint));
        insert(
            "batch_credential_issuance",
            self.batch_size.map(|size| json!({ "batch_size": size })),
        );
        insert(
            "credential_configurations_supported",
            Some(Value::Object(configurations.collect())),
        );
        Value::Object(members)
    }
}

impl CredentialConfiguration {
    fn parse(value: &Value) -> Result<Self, Error> {
        const PLACE: &str = "/credential_configurations_supported";
        let members = Members::of(value, PLACE)?;
        let format = members.required_text("format")?;
        let wrong_type = |name| members.refused(name, Rule::FormatType);
        let text = |name| match members.text(name) {
            Ok(Some(text)) => Ok(text.to_owned()),
            _ => Err(wrong_type(name)),
        };
        let (format, type_name) = match format {
            "dc+sd-jwt" => (FormatMetadata::SdJwtVc { vct: text("vct")? }, "vct"),
            "mso_mdoc" => (
                FormatMetadata::Mdoc {
                    doctype: text("doctype")?,
                },
                "doctype",
            ),
            "jwt_vc_json" | "jwt_vc_json-ld" | "ldp_vc" => {
                let definition = members.object("credential_definition").ok().flatten();
                let definition =
                    definition.filter(|members| members.get("type").is_some_and(Value::is_array));
                let definition = definition
                    .ok_or_else(|| wrong_type("credential_definition"))?
                    .clone();
                let format = format.to_owned();
                (
                    FormatMetadata::W3c { format, definition },
                    "credential_definition",
                )
            }
            other => (FormatMetadata::Unknown(other.to_owned()), "format"),
        };
        let proof_types = members
            .object("proof_types_supported")?
            .cloned()
            .unwrap_or_default();
        let proof_types = proof_types.iter().map(|(name, value)| {
            let members = Members::of(
                value,
                "/credential_configurations_supported/proof_types_supported",
            )?;
            let algorithms = members.texts("proof_signing_alg_values_supported")?;
            if algorithms.is_empty() {
                return Err(members.refused("proof_signing_alg_values_supported", Rule::Missing));
            }
            let key_attestation = members.object("key_attestations_required")?.cloned();
            Ok((
                name.clone(),
                ProofTypeMetadata {
                    algorithms,
                    key_attestation,
                },
            ))
        });
        let known = [
            "format",
            type_name,
            "scope",
            "cryptographic_binding_methods_supported",
            "proof_types_supported",
        ];
        Ok(Self {
            format,
            scope: members.text("scope")?.map(str::to_owned),
            binding_methods: members.texts("cryptographic_binding_methods_supported")?,
            proof_types: proof_types.collect::<Result<_, Error>>()?,
            other: value
                .as_object()
                .map(|object| rest(object, |name| known.contains(&name)))
                .unwrap_or_default(),
        })
    }

    fn to_value(&self) -> Value {
        let mut members = self.other.clone();
        let (format, type_of_format) = match &self.format {
            FormatMetadata::SdJwtVc { vct } => ("dc+sd-jwt", Some(("vct", json!(vct)))),
            FormatMetadata::Mdoc { doctype } => ("mso_mdoc", Some(("doctype", json!(doctype)))),
            FormatMetadata::W3c { format, definition } => (
                format.as_str(),
                Some(("credential_definition", json!(definition))),
            ),
            FormatMetadata::Unknown(format) => (format.as_str(), None),
        };
        members.insert("format".into(), format.into());
        if let Some((name, value)) = type_of_format {
            members.insert(name.into(), value);
        }
        if let Some(scope) = &self.scope {
            members.insert("scope".into(), scope.as_str().into());
        }
        if !self.binding_methods.is_empty() {
            members.insert(
                "cryptographic_binding_methods_supported".into(),
                json!(self.binding_methods),
            );
        }
        if !self.proof_types.is_empty() {
            let types = self.proof_types.iter().map(|(name, parameters)| {
                let mut members = Map::new();
                members.insert(
                    "proof_signing_alg_values_supported".into(),
                    json!(parameters.algorithms),
                );
                if let Some(required) = &parameters.key_attestation {
                    members.insert("key_attestations_required".into(), json!(required));
                }
                (name.clone(), Value::Object(members))
            });
            members.insert("proof_types_supported".into(), Value::Object(types.collect()));
        }
        Value::Object(members)
    }
}

/// The metadata of an authorization server (RFC 8414), as far as wallets need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationServerMetadata {
    /// `issuer`.
    pub issuer: IssuerId,
    /// `token_endpoint`.
    pub token_endpoint: Option<String>,
    /// `authorization_endpoint`.
    pub authorization_endpoint: Option<String>,
    /// `pushed_authorization_request_endpoint` (RFC 9126).
    pub pushed_authorization_request_endpoint: Option<String>,
    /// `grant_types_supported`; the default of RFC 8414 if it is absent.
    pub grant_types: Vec<String>,
    /// `dpop_signing_alg_values_supported` (RFC 9449).
    pub dpop_algorithms: Vec<String>,
    /// `pre-authorized_grant_anonymous_access_supported`.
    pub anonymous_pre_authorized: bool,
    /// Every other member.
    pub other: Map<String, Value>,
}

impl AuthorizationServerMetadata {
    /// Reads the metadata that was fetched from [`IssuerId::authorization_server_metadata_url`] of this
    /// server.
    ///
    /// # Errors
    /// As [`IssuerMetadata::parse`].
    pub fn parse(json: &[u8], issuer: &IssuerId) -> Result<Self, Error> {
        let value = Document::AuthorizationServerMetadata.read(json, LENGTH_LIMIT)?;
        let members = Members::of(&value, "")?;
        if members.required_text("issuer")? != issuer.as_str() {
            return Err(refused("issuer", Rule::SameIssuer));
        }

        let grant_types = members.texts("grant_types_supported")?;
        let default = || vec!["authorization_code".to_owned(), "implicit".to_owned()];
        let known = [
            "issuer",
            "token_endpoint",
            "authorization_endpoint",
            "pushed_authorization_request_endpoint",
            "grant_types_supported",
            "dpop_signing_alg_values_supported",
            ANONYMOUS,
        ];
        Ok(Self {
            issuer: issuer.clone(),
            token_endpoint: members.endpoint("token_endpoint")?,
            authorization_endpoint: members.endpoint("authorization_endpoint")?,
            pushed_authorization_request_endpoint: members
                .endpoint("pushed_authorization_request_endpoint")?,
            grant_types: if grant_types.is_empty() {
                default()
            } else {
                grant_types
            },
            dpop_algorithms: members.texts("dpop_signing_alg_values_supported")?,
            anonymous_pre_authorized: members.boolean(ANONYMOUS)?.unwrap_or(false),
            other: value
                .as_object()
                .map(|object| rest(object, |name| known.contains(&name)))
                .unwrap_or_default(),
        })
    }

    /// The metadata as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = self.other.clone();
        members.insert("issuer".into(), self.issuer.as_str().into());
        let endpoints = [
            ("token_endpoint", &self.token_endpoint),
            ("authorization_endpoint", &self.authorization_endpoint),
            (
                "pushed_authorization_request_endpoint",
                &self.pushed_authorization_request_endpoint,
            ),
        ];
        for (name, url) in endpoints {
            if let Some(url) = url {
                members.insert(name.into(), url.as_str().into());
            }
        }
        for (name, values) in [
            ("grant_types_supported", &self.grant_types),
            ("dpop_signing_alg_values_supported", &self.dpop_algorithms),
        ] {
            if !values.is_empty() {
                members.insert(name.into(), json!(values));
            }
        }
        if self.anonymous_pre_authorized {
            members.insert(ANONYMOUS.into(), true.into());
        }
        Value::Object(members)
    }
}

const ANONYMOUS: &str = "pre-authorized_grant_anonymous_access_supported";

fn authorization_servers(members: &Members<'_>) -> Result<Vec<IssuerId>, Error> {
    let servers = members.texts("authorization_servers")?.into_iter();
    servers
        .map(|server| {
            let wrong = |_| refused("authorization_servers", Rule::AuthorizationServers);
            server.parse().map_err(wrong)
        })
        .collect()
}

fn batch_size(members: &Members<'_>) -> Result<Option<u64>, Error> {
    let Some(batch) = members.object("batch_credential_issuance")? else {
        return Ok(None);
    };
    let size = Members::of_map(batch, "/batch_credential_issuance").number("batch_size")?;
    match size {
        Some(size) if size >= 2 => Ok(Some(size)),
        _ => Err(refused("batch_credential_issuance/batch_size", Rule::BatchSize)),
    }
}

/// The members that have no field of their own.
fn rest(members: &Map<String, Value>, is_known: impl Fn(&str) -> bool) -> Map<String, Value> {
    let others = members.iter().filter(|(name, _)| !is_known(name));
    others
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/{name}"),
        rule,
    }
}
