//! Checks of the issuer's own backend that is registered for the partner: its keys, its metadata, and its clock.

use air_client::{AirClient, Error};
use air_fetch::{Accept, Fetcher, Request, redacted};
use air_ids::UnixTime;
use air_jwt::PartnerId;
use air_vc::did::{DidDocument, DidWeb, IssuerMetadata, IssuerUrl};

use super::{
    finding::Finding,
    platform::{DRIFT, SKEW},
};
use crate::{count::counted, time};

const CHECK: &str = "issuer";
/// The maximum size of a document in bytes.
const LIMIT: usize = 260 * 1024;

/// Checks the registered backend of a partner; nothing without one.
pub(super) async fn examine(
    client: &AirClient,
    fetcher: &Fetcher,
    partner: &PartnerId,
    now: UnixTime,
) -> Vec<Finding> {
    let backend = match client.local().issuer_backend(partner).await {
        Ok(backend) => backend,
        // The platform issues for the partner, or is an older one.
        Err(Error::NotFound { .. }) => return Vec::new(),
        Err(Error::NotAuthorised { .. }) => {
            return vec![Finding::skipped(
                CHECK,
                "the operator token is required to look at the issuer's backend",
            )];
        }
        Err(error) => return vec![Finding::skipped(CHECK, format!("the check failed: {error}"))],
    };
    let did: DidWeb = match backend.did.as_str().parse() {
        Ok(did) => did,
        Err(error) => {
            return vec![Finding::failed(
                CHECK,
                "issuer-did",
                format!("the registered DID of the issuer's backend is invalid: {error}"),
                "register its did:web with `air partner issuer set`",
            )];
        }
    };
    let url = did.development_url();
    let request = Request::get(url.as_str()).with_header("accept", Accept::DidDocument.header());
    let response = match fetcher.exchange(&request, LIMIT).await {
        Ok(response) => response,
        Err(error) => {
            return vec![Finding::failed(
                CHECK,
                "issuer-unreachable",
                format!("the document at {}: {error}", redacted(url.as_str())),
                "start the issuer's backend, or register the DID of its origin with `air partner issuer set`",
            )];
        }
    };
    let mut findings = vec![document(&did, response.status, &response.bytes)];
    findings.extend(clock(response.header("date"), now));
    if let Some(issuer) = issuer_url(&did) {
        findings.push(fetched_metadata(fetcher, &issuer).await);
    }
    findings
}

/// Checks the document of the backend's DID.
fn document(did: &DidWeb, status: u16, bytes: &[u8]) -> Finding {
    let place = redacted(did.development_url().as_str());
    let failed = |code, reason: &str| {
        Finding::failed(
            CHECK,
            code,
            format!("the document at {place}: {reason}"),
            format!("serve there the output of `air did document --did {did}`"),
        )
    };
    if status != 200 {
        return failed("issuer-document", &format!("it answered {status}, not 200"));
    }
    let document = match DidDocument::from_slice(bytes, did.did()) {
        Ok(document) => document,
        Err(error) => return failed("issuer-document", &error.to_string()),
    };
    let keys = document.methods().iter();
    match keys.filter(|key| key.makes_assertions()).count() {
        0 => failed("issuer-keys", "it has no key that signs credentials"),
        count => Finding::good(
            CHECK,
            format!(
                "{did} has {} for credentials",
                counted(count as u64, "key", "keys")
            ),
        ),
    }
}

/// Compares the backend's clock with this one; nothing if they agree or the backend sends no `Date`.
fn clock(date: Option<&str>, now: UnixTime) -> Option<Finding> {
    let theirs = UnixTime::from_system_time(httpdate::parse_http_date(date?).ok()?);
    let apart = theirs.abs_diff(now).as_secs();
    let message = format!(
        "the clock of the issuer's backend is {} {} this machine's",
        time::span(apart),
        if theirs > now { "ahead of" } else { "behind" }
    );
    match apart {
        0..=DRIFT => None,
        _ if apart <= SKEW => Some(Finding::warning(
            CHECK,
            "issuer-clock-drift",
            message,
            "synchronise it (NTP) before it grows: the platform refuses its tokens from 30 s on",
        )),
        _ => Some(Finding::failed(
            CHECK,
            "issuer-clock-skew",
            message,
            "synchronise it (NTP): the platform refuses its tokens",
        )),
    }
}

/// Returns the URL of the DID's host and path, which credentials may have as `iss`.
fn issuer_url(did: &DidWeb) -> Option<IssuerUrl> {
    let url = did.development_url();
    let place = url.as_str().strip_suffix("/did.json")?;
    place.strip_suffix("/.well-known").unwrap_or(place).parse().ok()
}

async fn fetched_metadata(fetcher: &Fetcher, issuer: &IssuerUrl) -> Finding {
    let url = issuer.metadata_url();
    let request = Request::get(url.as_str()).with_header("accept", Accept::Json.header());
    match fetcher.exchange(&request, LIMIT).await {
        Ok(response) => metadata(issuer, response.status, &response.bytes),
        Err(error) => refused_metadata(issuer, &error.to_string()),
    }
}

/// Checks the metadata of an issuer whose credentials have a URL as `iss`. Others need none.
fn metadata(issuer: &IssuerUrl, status: u16, bytes: &[u8]) -> Finding {
    match status {
        200 => match IssuerMetadata::from_slice(bytes, issuer) {
            Ok(_) => Finding::good(CHECK, format!("{issuer} has metadata with its keys")),
            Err(error) => refused_metadata(issuer, &error.to_string()),
        },
        404 => Finding::skipped(
            CHECK,
            format!("no metadata, which only credentials with `iss` {issuer} need"),
        ),
        status => refused_metadata(issuer, &format!("it answered {status}, not 200")),
    }
}

fn refused_metadata(issuer: &IssuerUrl, reason: &str) -> Finding {
    Finding::failed(
        CHECK,
        "issuer-metadata",
        format!(
            "the metadata at {}: {reason}",
            redacted(issuer.metadata_url().as_str())
        ),
        format!("serve there the output of `air did document --issuer {issuer}`, or answer 404"),
    )
}

#[cfg(test)]
mod tests {
    use air_jwt::{JwkSet, SigningKey};

    use super::*;

    const DID: &str = "did:web:issuer.example";

    fn keys() -> JwkSet {
        JwkSet::from(SigningKey::generate(&mut rand::rng()).public_jwk())
    }

    #[test]
    fn a_document_must_be_of_the_registered_did_and_have_a_key() {
        let did: DidWeb = DID.parse().unwrap();
        let of = |did: &DidWeb, keys: &JwkSet| DidDocument::for_issuer(did.did(), keys).to_json();
        let good = document(&did, 200, of(&did, &keys()).as_bytes());
        assert_eq!((good.code(), good.is_failure()), (None, false));
        let other: DidWeb = "did:web:other.example".parse().unwrap();
        for (status, json, expected) in [
            (200, of(&other, &keys()), "issuer-document"),
            (200, "<html>".to_owned(), "issuer-document"),
            (404, of(&did, &keys()), "issuer-document"),
            (302, String::new(), "issuer-document"),
            (200, format!(r#"{{"id":"{DID}"}}"#), "issuer-keys"),
        ] {
            assert_eq!(document(&did, status, json.as_bytes()).code(), Some(expected));
        }
    }

    #[test]
    fn metadata_is_optional_but_must_be_the_issuers() {
        let did: DidWeb = DID.parse().unwrap();
        let issuer = issuer_url(&did).unwrap();
        assert_eq!(issuer.as_str(), "https://issuer.example");
        let json = IssuerMetadata::with_keys(issuer.clone(), keys()).to_json();
        assert!(!metadata(&issuer, 200, json.as_bytes()).is_failure());
        assert!(!metadata(&issuer, 404, b"").is_failure());
        let below: DidWeb = "did:web:issuer.example:eu".parse().unwrap();
        let below = issuer_url(&below).unwrap();
        assert_eq!(below.as_str(), "https://issuer.example/eu");
        for refused in [
            metadata(&below, 200, json.as_bytes()),
            metadata(&issuer, 200, b"{}"),
            metadata(&issuer, 500, json.as_bytes()),
        ] {
            assert_eq!(refused.code(), Some("issuer-metadata"));
        }
    }

    #[test]
    fn a_clock_that_is_off_is_told_with_its_direction() {
        let date = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        let at = |seconds| UnixTime::from_secs(784_111_777_u64.saturating_add_signed(seconds));
        for (offset, expected) in [
            (0, None),
            (5, None),
            (-30, Some("issuer-clock-drift")),
            (31, Some("issuer-clock-skew")),
        ] {
            let found = clock(date, at(offset));
            assert_eq!(found.as_ref().and_then(Finding::code), expected, "{offset}");
        }
        let ahead = clock(date, at(-60)).unwrap();
        assert!(ahead.render().contains("60 s ahead of"), "{}", ahead.render());
        assert!(clock(None, at(60)).is_none() && clock(Some("today"), at(60)).is_none());
    }
}
