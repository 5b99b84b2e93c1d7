//! A partner as an issuer for wallets: identifiers, credential configurations, and the metadata of types.

use std::collections::{BTreeMap, btree_map::Entry};

use air_api::sandbox::CredentialFormat;
use air_ids::SchemaId;
use air_oid4vc::vci::{CredentialConfiguration, FormatMetadata, IssuerId, ProofTypeMetadata};
use air_schema::CredentialSchema;
use air_vc::{Integrity, did::DidUrl};
use serde_json::{Map, Value, json};

use super::{mdoc, request_keys::request_keys};
use crate::{
    App, Refusal,
    cache::{Document, Source},
    issuance::credential_type,
    stored::find_schema,
};
use air_jwt::{Jwk, JwkSet};
use air_store::{
    ReadTx,
    partners::Partner,
    programs::{self, PublishedProgram},
};

/// The maximum number of proofs in one request.
pub const BATCH_SIZE: u64 = 32;
/// The end of the identifier of a configuration of mdocs.
const MDOC_SUFFIX: &str = ".mdoc";
/// The maximum number of programs in the metadata. The newest are shown.
const PROGRAM_LIMIT: u64 = 250;

/// Returns the identifier of a partner as an issuer, which is also the `iss` of its credentials for wallets.
pub fn issuer_id(app: &App, partner_id: &str) -> Result<IssuerId, Refusal> {
    let id = format!("{}/oid4vc/{partner_id}", app.public_url);
    id.parse().map_err(|_| {
        Refusal::unavailable(
            "the platform's public URL is neither https nor on this machine, which wallets require; set an https public URL",
        )
    })
}

/// Returns the `vct` of a schema's credentials for wallets: the URL of its type metadata.
#[must_use]
pub fn type_url(app: &App, schema_id: &str) -> String {
    format!("{}/credential-types/{schema_id}", app.public_url)
}

/// Checks that users can sign in on this platform.
pub(super) fn check_pages(app: &App) -> Result<(), Refusal> {
    if app.has_user_pages {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "users can't sign in on this platform: the wallet's pages are available on loopback only, and without --require-token",
    ))
}

/// Finds a partner by the ID in the path.
pub async fn find_partner(app: &App, partner_id: &str) -> Result<Option<std::sync::Arc<Partner>>, Refusal> {
    app.cache.partner(&app.store, partner_id).await
}

/// Returns the public keys that verify a partner's credentials.
pub fn public_keys(app: &App, partner: &Partner) -> Result<JwkSet, Refusal> {
    Ok(JwkSet::from(app.cache.issuer_key(partner)?.public_jwk()))
}

/// Returns the identifier of a program's configuration: the program's ID for SD-JWT VC, and the ID
/// with `.mdoc` for mdocs.
#[must_use]
pub fn configuration_id(program_id: &str, format: CredentialFormat) -> String {
    match format {
        CredentialFormat::Mdoc => format!("{program_id}{MDOC_SUFFIX}"),
        _ => program_id.to_owned(),
    }
}

/// Returns the program's ID and the format of a configuration.
#[must_use]
pub fn parse_configuration_id(id: &str) -> (&str, CredentialFormat) {
    match id.strip_suffix(MDOC_SUFFIX) {
        Some(program_id) => (program_id, CredentialFormat::Mdoc),
        None => (id, CredentialFormat::SdJwtVc),
    }
}

/// Returns the metadata of a partner as an issuer, which has a configuration of each format for
/// each published program. `written` writes the document of the configurations, unless the document
/// for these programs is cached.
pub async fn metadata(
    app: &App,
    partner: &Partner,
    written: impl FnOnce(BTreeMap<String, CredentialConfiguration>) -> String,
) -> Result<Document, Refusal> {
    let (partner_id, now) = (partner.partner_id.as_str(), app.platform_clock.now());
    let request_keys = request_keys(app).await?;
    let request_key = request_keys.first().map(|key| key.kid().to_string());
    let mut read = app.store.read().await?;
    let source = Source {
        name: partner.name.clone(),
        request_key: request_key.unwrap_or_default(),
        programs: programs::published_of(&mut read, partner_id, now, PROGRAM_LIMIT).await?,
    };
    if let Some(document) = app.cache.wallets.issuer_document(partner_id, &source) {
        return Ok(document);
    }
    let configurations = configurations(app, &mut read, &source.programs).await?;
    drop(read);
    Ok(app
        .cache
        .wallets
        .keep_issuer_document(partner_id, source, written(configurations)))
}

async fn configurations(
    app: &App,
    tx: &mut ReadTx,
    programs: &[PublishedProgram],
) -> Result<BTreeMap<String, CredentialConfiguration>, Refusal> {
    let mut schemas: BTreeMap<&SchemaId, CredentialSchema> = BTreeMap::new();
    let mut configurations = BTreeMap::new();
    for program in programs {
        let schema = match schemas.entry(&program.schema_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(find_schema(tx, program.schema_id.as_str()).await?),
        };
        for format in CredentialFormat::ALL {
            let id = configuration_id(program.program_id.as_str(), format);
            let configuration = configuration(app, &id, format, program.schema_id.as_str(), schema)?;
            configurations.insert(id, configuration);
        }
    }
    Ok(configurations)
}

/// Returns the configuration of one published program of a partner.
pub async fn find_configuration(
    app: &App,
    partner_id: &str,
    id: &str,
) -> Result<Option<CredentialConfiguration>, Refusal> {
    let (program_id, format) = parse_configuration_id(id);
    let now = app.platform_clock.now();
    let is_offered = |program: &programs::Program| {
        program.partner_id.as_str() == partner_id
            && program.published
            && program.accessible_until.is_none_or(|until| now <= until)
    };
    let cached = app.cache.cached_program(program_id);
    if let Some((program, configuration)) = cached.zip(app.cache.wallets.configuration(id)) {
        return Ok(is_offered(&program).then(|| CredentialConfiguration::clone(&configuration)));
    }
    let mut read = app.store.read().await?;
    let program = programs::find_program(&mut read, program_id).await?;
    let Some(program) = program.filter(is_offered) else {
        return Ok(None);
    };
    let schema = find_schema(&mut read, program.schema_id.as_str()).await?;
    let configuration = configuration(app, id, format, program.schema_id.as_str(), &schema)?;
    let kept = app.cache.wallets.keep_configuration(id, configuration);
    Ok(Some(CredentialConfiguration::clone(&kept)))
}

fn configuration(
    app: &App,
    id: &str,
    format: CredentialFormat,
    schema_id: &str,
    schema: &CredentialSchema,
) -> Result<CredentialConfiguration, Refusal> {
    let terms = match format {
        CredentialFormat::Mdoc => FormatTerms::mdoc(schema_id)?,
        _ => FormatTerms::sd_jwt_vc(app, schema_id),
    };
    let claims: Vec<Value> = schema
        .attributes()
        .iter()
        .map(|attribute| {
            let name = attribute.name().as_str();
            let path: Vec<&str> = terms.namespace.as_deref().into_iter().chain([name]).collect();
            json!({
                "path": path,
                "mandatory": attribute.is_required(),
                "display": [{ "name": attribute.title().unwrap_or(name), "locale": "en" }],
            })
        })
        .collect();
    let metadata = json!({ "display": [{ "name": schema.title(), "locale": "en" }], "claims": claims });
    let proofs = ProofTypeMetadata {
        algorithms: owned(terms.proof_algorithms),
        key_attestation: None,
    };
    Ok(CredentialConfiguration {
        format: terms.format,
        scope: Some(id.to_owned()),
        binding_methods: owned(terms.binding_methods),
        proof_types: BTreeMap::from([("jwt".to_owned(), proofs)]),
        other: Map::from_iter([
            (
                "credential_signing_alg_values_supported".to_owned(),
                terms.signing_algorithms,
            ),
            ("credential_metadata".to_owned(), metadata),
        ]),
    })
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// The members of a configuration that depend on the format.
struct FormatTerms {
    format: FormatMetadata,
    binding_methods: &'static [&'static str],
    proof_algorithms: &'static [&'static str],
    signing_algorithms: Value,
    /// The namespace of the claims.
    namespace: Option<String>,
}

impl FormatTerms {
    fn sd_jwt_vc(app: &App, schema_id: &str) -> Self {
        Self {
            format: FormatMetadata::SdJwtVc {
                vct: type_url(app, schema_id),
            },
            binding_methods: &["jwk", "did:jwk", "did:key"],
            proof_algorithms: &["ES256", "RS256"],
            signing_algorithms: json!(["ES256"]),
            namespace: None,
        }
    }

    /// The device key is on P-256. Signatures have the numbers of COSE (OpenID4VCI 1.0, A.2.2).
    fn mdoc(schema_id: &str) -> Result<Self, Refusal> {
        let doctype = mdoc::doc_type(schema_id)?.as_str().to_owned();
        Ok(Self {
            format: FormatMetadata::Mdoc {
                doctype: doctype.clone(),
            },
            binding_methods: &["cose_key"],
            proof_algorithms: &["ES256"],
            signing_algorithms: json!([-7]),
            namespace: Some(doctype),
        })
    }
}

/// Returns the type metadata of a schema's credentials (SD-JWT VC), or `None` for an unknown schema.
pub async fn type_metadata(app: &App, schema_id: &str) -> Result<Option<String>, Refusal> {
    let mut read = app.store.read().await?;
    if programs::find_schema(&mut read, schema_id).await?.is_none() {
        return Ok(None);
    }
    type_document(app, &mut read, schema_id).await.map(Some)
}

/// Returns the hash of the type metadata, for `vct#integrity`.
pub(super) async fn type_integrity(
    app: &App,
    tx: &mut ReadTx,
    schema_id: &str,
) -> Result<Integrity, Refusal> {
    if let Some(known) = app.cache.wallets.type_hash(schema_id) {
        return Ok(Integrity::clone(&known));
    }
    let document = type_document(app, tx, schema_id).await?;
    let hash = Integrity::of(document.as_bytes());
    Ok(Integrity::clone(
        &app.cache.wallets.keep_type_hash(schema_id, hash),
    ))
}

/// A published schema does not change, so its document has the same bytes each time.
async fn type_document(app: &App, tx: &mut ReadTx, schema_id: &str) -> Result<String, Refusal> {
    let schema = find_schema(tx, schema_id).await?;
    let claims: Vec<Value> = schema
        .attributes()
        .iter()
        .map(|attribute| {
            let name = attribute.name().as_str();
            let mut label = json!({ "locale": "en", "label": attribute.title().unwrap_or(name) });
            if let (Some(text), Some(members)) = (attribute.description(), label.as_object_mut()) {
                members.insert("description".into(), text.into());
            }
            json!({
                "path": [name],
                "display": [label],
                "sd": "always",
                "mandatory": attribute.is_required(),
            })
        })
        .collect();
    let mut display = json!({ "locale": "en", "name": schema.title() });
    if let (Some(text), Some(members)) = (schema.description(), display.as_object_mut()) {
        members.insert("description".into(), text.into());
    }
    let document = json!({
        "vct": type_url(app, schema_id),
        "name": schema.title(),
        "aka_vcts": [credential_type(schema_id)],
        "display": [display],
        "claims": claims,
    });
    Ok(document.to_string())
}

/// Returns the key of a DID URL that contains its key (`did:jwk`, `did:key`). Others are not
/// resolved: a proof can't make the platform fetch a URL.
#[must_use]
pub fn holder_key(did_url: &str) -> Option<Jwk> {
    did_url.parse::<DidUrl>().ok()?.embedded_key()
}
