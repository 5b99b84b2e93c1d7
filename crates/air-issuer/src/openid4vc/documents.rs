//! The issuer's metadata, and the keys that decrypt credential requests.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use air_jwt::{Algorithm, Signer, jwe::DecryptionKey};
use air_oid4vc::vci::{CredentialConfiguration, FormatMetadata, ProofTypeMetadata};
use air_oid4vc_http::{
    Failure,
    issuer::{ClientPolicy, IssuerProfile, MessageEncryption},
};
use axum::body::Bytes;
use rand::{SeedableRng, rngs::StdRng};
use serde_json::{Map, json};

use super::{credentials::BATCH_SIZE, offers::is_offered, signed_metadata::SignedMetadata};
use crate::{SchemaConfig, config::Openid4vcConfig, reference_key::ReferenceKey, state::State};

/// The time for which the metadata has a key for requests.
const PERIOD: Duration = Duration::from_hours(24);

/// The documents of this process, made at the first request of a period.
#[derive(Default)]
pub(super) struct Documents {
    current: Mutex<Option<Current>>,
    signed: SignedMetadata,
}

/// The documents of a period, while a key with this algorithm signs credentials.
#[derive(Clone)]
struct Current {
    period: u64,
    algorithm: Algorithm,
    /// The first one is that of the metadata.
    keys: Arc<Vec<DecryptionKey>>,
    metadata: Bytes,
}

impl Documents {
    /// Returns the keys that decrypt requests now. The first one is that of the metadata.
    pub(super) fn request_keys(&self, state: &State, config: &Openid4vcConfig) -> Arc<Vec<DecryptionKey>> {
        self.current(state, config).keys
    }

    /// Returns the metadata as JSON.
    pub(super) fn metadata(&self, state: &State, config: &Openid4vcConfig) -> Bytes {
        self.current(state, config).metadata
    }

    /// Returns the metadata as a JWT of the key of credentials.
    pub(super) async fn signed_metadata(
        &self,
        state: &State,
        config: &Openid4vcConfig,
    ) -> Result<Bytes, Failure> {
        let metadata = self.metadata(state, config);
        self.signed.get(state, config, &metadata).await
    }

    /// Returns the current documents, which are made at the first request of a period and when another algorithm signs.
    fn current(&self, state: &State, config: &Openid4vcConfig) -> Current {
        let now = state.clock.now();
        let period = now.as_secs() / PERIOD.as_secs();
        let algorithm = state.keys.credentials.signing(now).algorithm();
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        let made = current
            .take()
            .filter(|made| made.period == period && made.algorithm == algorithm);
        let made = made.unwrap_or_else(|| made_for(period, algorithm, state, config));
        current.insert(made).clone()
    }
}

fn made_for(period: u64, algorithm: Algorithm, state: &State, config: &Openid4vcConfig) -> Current {
    // A wallet may have read the key of the period before.
    let periods = [period, period.saturating_sub(1)];
    let keys = periods.map(|period| request_key(&state.reference_key, period));
    let keys = Arc::new(Vec::from(keys));
    let metadata = profile(config, &keys).metadata(configurations(state, algorithm));
    Current {
        period,
        algorithm,
        metadata: Bytes::from(metadata.to_value().to_string()),
        keys,
    }
}

/// Derives the key of a period, so that all instances have the same without storing it.
fn request_key(key: &ReferenceKey, period: u64) -> DecryptionKey {
    let seed = key.derive("credential requests", &[&period.to_string()]);
    DecryptionKey::generate(&mut StdRng::from_seed(*seed))
}

/// The issuer as its metadata shows it.
pub(super) fn profile(config: &Openid4vcConfig, keys: &[DecryptionKey]) -> IssuerProfile {
    let display = config
        .name
        .iter()
        .map(|name| json!({ "name": name, "locale": "en" }));
    IssuerProfile {
        issuer: config.issuer.clone(),
        display: display.collect(),
        batch_size: BATCH_SIZE,
        dpop: config.dpop,
        authorization: false,
        clients: ClientPolicy::Public,
        refresh: false,
        deferred: false,
        encryption: keys.first().map(|key| MessageEncryption {
            key: key.encryption_key().clone(),
            is_required: false,
        }),
    }
}

fn configurations(state: &State, algorithm: Algorithm) -> BTreeMap<String, CredentialConfiguration> {
    let schemas = state.config.schemas.iter().filter(|schema| is_offered(schema));
    schemas
        .map(|schema| (schema.id.clone(), configuration_with(algorithm, schema)))
        .collect()
}

/// The configuration of a schema, whose identifier is the schema's.
pub(super) fn configuration(state: &State, schema: &SchemaConfig) -> CredentialConfiguration {
    let signer = state.keys.credentials.signing(state.clock.now());
    configuration_with(signer.algorithm(), schema)
}

fn configuration_with(algorithm: Algorithm, schema: &SchemaConfig) -> CredentialConfiguration {
    let claims = schema.form.attributes().iter().map(|attribute| {
        let name = attribute.name().as_str();
        json!({
            "path": [name],
            "mandatory": attribute.is_required(),
            "display": [{ "name": attribute.title().unwrap_or(name), "locale": "en" }],
        })
    });
    let claims: Vec<_> = claims.collect();
    let metadata = json!({
        "display": [{ "name": schema.form.title(), "locale": "en" }],
        "claims": claims,
    });
    let proofs = ProofTypeMetadata {
        algorithms: texts(&["ES256", "RS256"]),
        key_attestation: None,
    };
    CredentialConfiguration {
        format: FormatMetadata::SdJwtVc {
            vct: schema.vct.clone(),
        },
        scope: None,
        binding_methods: texts(&["jwk", "did:jwk", "did:key"]),
        proof_types: BTreeMap::from([("jwt".to_owned(), proofs)]),
        other: Map::from_iter([
            (
                "credential_signing_alg_values_supported".to_owned(),
                json!([algorithm.as_str()]),
            ),
            ("credential_metadata".to_owned(), metadata),
        ]),
    }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
