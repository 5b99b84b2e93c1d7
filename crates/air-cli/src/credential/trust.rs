//! Whom a verifier trusts: one issuer by its name, or the issuers of a trust list.

use std::path::PathBuf;

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, Kid};
use air_vc::Inspection;
use air_x509::trust_list::{IssuerClaims, IssuerKeys, TrustList};
use clap::Args;
use serde_json::{Map, Value};

use crate::{
    exit::Failure,
    files::read,
    issuer::{resolver, unresolved},
    jwks::source::JwksSource,
};

#[derive(Args)]
pub(super) struct TrustArgs {
    /// The issuer that must have signed it.
    #[arg(long, value_name = "ISS", required_unless_present = "trust_list")]
    issuer: Option<String>,
    /// The issuer's JWK set (`{"keys": […]}`), not its DID document or metadata: a file, or an http(s) URL [default: resolved from
    /// the issuer's name: did:key, did:jwk, did:web, or the metadata of an https URL at `/.well-known/jwt-vc-issuer`].
    #[arg(long, value_name = "FILE|URL")]
    issuer_jwks: Option<JwksSource>,
    /// A trust list instead: the issuers that are accepted, each for its types, by DID, pinned keys or certificate authorities (JSON).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["issuer", "issuer_jwks"])]
    trust_list: Option<PathBuf>,
}

/// An issuer with the keys that may have signed the credential.
pub(super) struct Issuer {
    /// The issuer's identifier, as the credential must name it.
    pub(super) name: String,
    pub(super) keys: JwkSet,
    /// Whether the keys are the one of its certificate, so that the credential need not name it.
    pub(super) is_certified: bool,
    /// The name of the party in the trust list.
    pub(super) party: Option<String>,
}

impl TrustArgs {
    /// The issuer of --issuer, unless --trust-list is given.
    pub(super) fn only_issuer(&self) -> Option<&str> {
        self.issuer.as_deref()
    }

    /// The keys of an issuer: of --issuer-jwks, or those that its name leads to.
    pub(super) async fn keys_of(&self, issuer: &str) -> Result<JwkSet, Failure> {
        match &self.issuer_jwks {
            Some(source) => source.load().await,
            None => resolved(issuer).await,
        }
    }

    /// Whether --issuer-jwks is given.
    pub(super) fn has_set(&self) -> bool {
        self.issuer_jwks.is_some()
    }

    pub(super) async fn issuer(&self, credential: &str, now: UnixTime) -> Result<Issuer, Failure> {
        if let Some(path) = &self.trust_list {
            let list = TrustList::from_json(&read(path)?)
                .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))?;
            return listed(&list, credential, now).await;
        }
        // clap requires one of both.
        let name = self.issuer.clone().unwrap_or_default();
        Ok(Issuer {
            keys: self.keys_of(&name).await?,
            name,
            is_certified: false,
            party: None,
        })
    }
}

async fn resolved(name: &str) -> Result<JwkSet, Failure> {
    resolver()?
        .issuer_keys(name)
        .await
        .map_err(|error| unresolved(name, &error))
}

/// Finds the issuer that an SD-JWT VC names in the list. The credential is unverified: the returned keys must verify it.
async fn listed(list: &TrustList, credential: &str, now: UnixTime) -> Result<Issuer, Failure> {
    let read = Inspection::of(credential).map_err(|error| {
        Failure::rejected(error.to_string())
            .with_hint("a trust list is for SD-JWT VCs; for other formats pass --issuer")
    })?;
    let text = |name: &str| read.claims.get(name).and_then(Value::as_str);
    let iss = text("iss");
    let not_trusted = |error: air_x509::Error| {
        Failure::not_authorised(format!("the credential's issuer is not trusted: {error}"))
    };
    let claims = IssuerClaims {
        iss,
        x5c: read.header.get("x5c"),
        kid: read.header.get("kid").and_then(Value::as_str),
        credential_type: text("vct").unwrap_or_default(),
    };
    let (party, keys) = list.named_issuer(claims, now).map_err(not_trusted)?;
    let is_certified = matches!(keys, IssuerKeys::Certificate(_));
    let (name, keys) = match keys {
        IssuerKeys::Certificate(chain) => {
            let key = chain.jwk().map_err(not_trusted)?;
            let name = iss.or_else(|| chain.leaf().alternative_name());
            let name = name.unwrap_or_else(|| party.name()).to_owned();
            (name, JwkSet::from(named(key, &read.header)))
        }
        IssuerKeys::Pinned(keys) => (iss.unwrap_or_default().to_owned(), keys),
        IssuerKeys::Did => {
            let did = iss.unwrap_or_default();
            (did.to_owned(), resolved(did).await?)
        }
        _ => return Err(not_trusted(air_x509::Error::NotTrusted)),
    };
    Ok(Issuer {
        name,
        keys,
        is_certified,
        party: Some(party.name().to_owned()),
    })
}

/// The certificate's key under the name that the credential's header has for it.
fn named(key: Jwk, header: &Map<String, Value>) -> Jwk {
    let kid = header.get("kid").and_then(Value::as_str);
    match kid.and_then(|kid| kid.parse::<Kid>().ok()) {
        Some(kid) => Jwk::new(key.verifying_key().clone(), kid),
        None => key,
    }
}
