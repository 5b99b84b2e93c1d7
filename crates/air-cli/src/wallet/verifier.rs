//! The verifier of a request, by its client identifier.

use std::path::PathBuf;

use air_jwt::Jwk;
use air_oid4vc::{
    dcql::{Meta, Query},
    vp::{ClientId, RequestObject},
};
use air_vc::did::Did;
use air_x509::{
    Anchors, CertificateChain, ValidChain, Validator,
    trust_list::{Identity, TrustList},
};
use clap::Args;
use serde_json::Value;

use super::endpoint::resolver_for;
use crate::{exit::Failure, files::read, issuer::unresolved, time};

#[derive(Args)]
pub(super) struct VerifierArgs {
    /// Accept only verifiers whose certificates these authorities issued (PEM) [default: accept any
    /// certificate, with a warning].
    #[arg(long, value_name = "FILE")]
    verifier_anchors: Option<PathBuf>,
    /// Accept only the verifiers of a trust list, each for the types that it may ask for (JSON).
    #[arg(long, value_name = "FILE", conflicts_with = "verifier_anchors")]
    trust_list: Option<PathBuf>,
}

/// A verifier whose request is authenticated, as far as the arguments allow.
pub(super) struct Verifier {
    /// The key that must have signed the request.
    pub(super) key: Jwk,
    /// Whether the wallet knows who the verifier is.
    pub(super) is_known: bool,
    identity: ProvenIdentity,
}

/// The identity that the key proves.
enum ProvenIdentity {
    Did(String),
    Certificate(Box<ValidChain>),
    /// A certificate that nobody vouches for.
    None,
}

impl VerifierArgs {
    /// Refuses a verifier that the arguments exclude by its identifier. Called before anything is
    /// fetched that the verifier names.
    pub(super) fn check_client(&self, client_id: &ClientId) -> Result<(), Failure> {
        match client_id {
            ClientId::X509Hash(_) | ClientId::X509SanDns(_) => Ok(()),
            ClientId::Did(_) if self.verifier_anchors.is_some() => Err(Failure::not_authorised(
                "the verifier has a DID and no certificate, which --verifier-anchors requires",
            )),
            ClientId::Did(did) => self.check_listed(did),
            other => Err(Failure::not_authorised(format!(
                "the verifier `{}` is refused: its kind of client identifier is not supported",
                crate::terminal::printable(&other.to_string())
            ))),
        }
    }

    /// Checks that the trust list, if there is one, has this DID for any type.
    /// [`Self::check_permitted`] checks the types.
    fn check_listed(&self, did: &str) -> Result<(), Failure> {
        match self
            .list()?
            .map(|list| list.verifier(Identity::Did(did), "").map(drop))
        {
            Some(Err(error @ air_x509::Error::NotTrusted)) => Err(untrusted(&error)),
            _ => Ok(()),
        }
    }

    /// Finds the verifier's key by the prefix of its client identifier, after
    /// [`Self::check_client`]. `sources` are the URLs that led from the link to the request.
    pub(super) async fn authenticate(
        &self,
        object: &RequestObject<'_>,
        sources: &[&str],
    ) -> Result<Verifier, Failure> {
        match object.client_id() {
            ClientId::Did(did) => by_did(did, object, self.trust_list.is_some(), sources).await,
            _ => self.by_certificate(object),
        }
    }

    /// Checks that a request may come without a signature: only from a client that its own URL names
    /// (OpenID4VP 1.0, section 5.9.3). Any other identifier would be a name that nobody checked.
    pub(super) fn check_unsigned(&self, client_id: Option<&ClientId>) -> Result<(), Failure> {
        for (is_given, option) in [
            (self.verifier_anchors.is_some(), "--verifier-anchors"),
            (self.trust_list.is_some(), "--trust-list"),
        ] {
            if is_given {
                return Err(Failure::not_authorised(format!(
                    "the request is not signed, which {option} requires"
                )));
            }
        }
        match client_id {
            Some(ClientId::RedirectUri(_)) => Ok(()),
            _ => Err(Failure::not_authorised(
                "the verifier is not registered with this wallet: an unsigned request must have a `redirect_uri:` client identifier",
            )),
        }
    }

    fn by_certificate(&self, object: &RequestObject<'_>) -> Result<Verifier, Failure> {
        let refused = |error: air_x509::Error| {
            Failure::not_authorised(format!("the verifier's certificate is refused: {error}"))
        };
        let texts: Value = object.certificates().into_iter().map(Value::from).collect();
        let chain = CertificateChain::from_x5c(&texts).map_err(refused)?;
        let names: Vec<&str> = chain.leaf().dns_names().iter().map(String::as_str).collect();
        object
            .client_id()
            .check_certificate(chain.leaf().der(), &names)
            .map_err(|error| Failure::not_authorised(error.to_string()))?;
        let Some(anchors) = self.anchors()? else {
            let key = chain.leaf().jwk().map_err(refused)?;
            return Ok(Verifier {
                key,
                is_known: false,
                identity: ProvenIdentity::None,
            });
        };
        let valid = Validator::haip(&anchors)
            .validate(chain, time::now())
            .map_err(refused)?;
        Ok(Verifier {
            key: valid.jwk().map_err(refused)?,
            is_known: true,
            identity: ProvenIdentity::Certificate(Box::new(valid)),
        })
    }

    /// The authorities that may vouch for a verifier; `None` if any certificate is accepted.
    fn anchors(&self) -> Result<Option<Anchors>, Failure> {
        if let Some(list) = self.list()? {
            return list
                .verifier_anchors()
                .map(Some)
                .map_err(|error| untrusted(&error));
        }
        let Some(path) = &self.verifier_anchors else {
            return Ok(None);
        };
        Anchors::from_pem(&read(path)?)
            .map(Some)
            .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
    }

    fn list(&self) -> Result<Option<TrustList>, Failure> {
        let Some(path) = &self.trust_list else {
            return Ok(None);
        };
        TrustList::from_json(&read(path)?)
            .map(Some)
            .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))
    }

    /// Checks that the trust list, if there is one, lets the verifier ask for each type of the query.
    pub(super) fn check_permitted(&self, verifier: &Verifier, query: &Query) -> Result<(), Failure> {
        let Some(list) = self.list()? else {
            return Ok(());
        };
        let identity = match &verifier.identity {
            ProvenIdentity::Did(did) => Identity::Did(did),
            ProvenIdentity::Certificate(chain) => Identity::Certificate(chain),
            ProvenIdentity::None => return Err(untrusted(&air_x509::Error::NotTrusted)),
        };
        for wanted in query.credentials() {
            for name in types(wanted.meta()) {
                list.verifier(identity, name).map_err(|error| untrusted(&error))?;
            }
        }
        Ok(())
    }
}

fn untrusted(error: &air_x509::Error) -> Failure {
    Failure::not_authorised(format!("the verifier is not trusted: {error}"))
}

/// The types that a query asks for. One for any type has the empty name, which only `"*"` permits.
fn types(meta: &Meta) -> Vec<&str> {
    let names: Vec<&str> = match meta {
        Meta::SdJwtVc { vct_values } => vct_values.iter().map(String::as_str).collect(),
        Meta::Mdoc { doctype } => doctype.iter().map(String::as_str).collect(),
        Meta::W3c { type_values, .. } => type_values.iter().flatten().map(String::as_str).collect(),
        _ => Vec::new(),
    };
    if names.is_empty() { vec![""] } else { names }
}

/// `is_known`: whether the caller checks the DID.
async fn by_did(
    did: &str,
    object: &RequestObject<'_>,
    is_known: bool,
    sources: &[&str],
) -> Result<Verifier, Failure> {
    let parsed: Did = did.parse().map_err(|error| unresolved(did, &error))?;
    let document = resolver_for(sources)?
        .resolve(&parsed)
        .await
        .map_err(|error| unresolved(did, &error))?;
    let named = document
        .methods()
        .iter()
        .find(|method| object.kid().is_some_and(|kid| method.id().to_string() == kid));
    let method = named.ok_or_else(|| {
        Failure::not_authorised(
            "the request names no key of the verifier's DID document (OpenID4VP 1.0, section 5.9.3)",
        )
    })?;
    Ok(Verifier {
        key: method.jwk().clone(),
        is_known,
        identity: ProvenIdentity::Did(did.to_owned()),
    })
}
