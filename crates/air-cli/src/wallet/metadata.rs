//! An issuer's metadata, signed if the user names the authorities of issuers (`OpenID4VCI` 1.0,
//! section 12.2).

use std::path::PathBuf;

use air_fetch::{Fetcher, Request};
use air_jwt::jws::Unverified;
use air_oid4vc::vci::{IssuerId, IssuerMetadata};
use air_x509::{Anchors, Certificate, CertificateChain, Validator};
use clap::Args;
use url::Url;

use super::endpoint::{fetch, refused};
use crate::{exit::Failure, files, time};

/// The maximum length of signed metadata in bytes.
const LIMIT: usize = 1024 * 1024;
/// The accepted difference between clocks in seconds.
const SKEW: u64 = 60;
const WHAT: &str = "the issuer's metadata";

#[derive(Args)]
pub(super) struct IssuerArgs {
    /// Accept only issuers that sign their metadata with a certificate of these authorities (PEM)
    /// [default: accept any issuer].
    #[arg(long, value_name = "FILE")]
    issuer_anchors: Option<PathBuf>,
}

impl IssuerArgs {
    pub(super) fn anchors(&self) -> Result<Option<Anchors>, Failure> {
        let Some(path) = &self.issuer_anchors else {
            return Ok(None);
        };
        let anchors = Anchors::from_pem(&files::read(path)?)
            .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))?;
        Ok(Some(anchors))
    }
}

/// Fetches the metadata of an issuer. Under anchors, it must be signed by the issuer.
pub(super) async fn of_issuer(
    fetcher: &Fetcher,
    issuer: &IssuerId,
    anchors: Option<&Anchors>,
) -> Result<IssuerMetadata, Failure> {
    let url = issuer.metadata_url();
    let media_type = match anchors {
        Some(_) => "application/jwt",
        None => "application/json",
    };
    let request = Request::get(&url).with_header("Accept", media_type);
    let answer = fetch(fetcher, WHAT, &request).await?;
    let Some(anchors) = anchors else {
        return IssuerMetadata::parse(&answer.bytes, issuer).map_err(|error| refused(&error));
    };
    if answer.media_type().as_deref() != Some(media_type) {
        return Err(Failure::not_authorised(
            "the issuer's metadata is not signed, which --issuer-anchors requires",
        ));
    }
    let text = std::str::from_utf8(&answer.bytes);
    let text = text.map_err(|_| Failure::rejected("the issuer's metadata is not text"))?;
    verified(text.trim(), issuer, anchors)
}

fn verified(jwt: &str, issuer: &IssuerId, anchors: &Anchors) -> Result<IssuerMetadata, Failure> {
    let token = Unverified::parse(jwt, LIMIT)
        .map_err(|error| Failure::rejected(format!("{WHAT} was refused: {error}")))?;
    let refused_chain = |error: air_x509::Error| {
        Failure::not_authorised(format!("the issuer's certificate is refused: {error}"))
    };
    let x5c = token.header().get("x5c").cloned().unwrap_or_default();
    let chain = CertificateChain::from_x5c(&x5c).map_err(refused_chain)?;
    let valid = Validator::haip(anchors)
        .validate(chain, time::now())
        .map_err(refused_chain)?;
    if !names(valid.leaf(), issuer) {
        return Err(Failure::not_authorised(
            "the certificate of the metadata names neither the issuer nor its host",
        ));
    }
    let key = valid.jwk().map_err(refused_chain)?;
    IssuerMetadata::verify(jwt, &key, issuer, time::now(), SKEW).map_err(|error| refused(&error))
}

/// Whether a certificate is for this issuer: another one of the same authority could sign for it otherwise.
fn names(leaf: &Certificate, issuer: &IssuerId) -> bool {
    let url = Url::parse(issuer.as_str()).ok();
    let host = url.as_ref().and_then(Url::host_str);
    leaf.has_uri(issuer.as_str()) || host.is_some_and(|host| leaf.has_dns_name(host))
}
