//! The end of the service's certificate.

use air_ids::UnixTime;
use air_x509::Certificate;
use url::Url;

use crate::{finding::Finding, time};

const CHECK: &str = "certificate";
/// The remaining time in seconds from which the check warns. Certificates that are renewed by ACME
/// have 30 of 90 days left then.
const SOON: u64 = 14 * 86_400;

/// Checks the certificate that TLS has verified.
pub(super) fn examine(certificate: Option<&[u8]>, url: &Url, now: UnixTime) -> Finding {
    match certificate {
        Some(der) => match Certificate::from_der(der) {
            Ok(certificate) => remaining(certificate.not_after(), now),
            Err(error) => Finding::skipped(CHECK, format!("the certificate can't be read: {error}")),
        },
        None if url.scheme() == "https" => Finding::skipped(CHECK, "the connection did not report it"),
        None => Finding::skipped(CHECK, "the URL is http"),
    }
}

fn remaining(end: UnixTime, now: UnixTime) -> Finding {
    let left = end.saturating_duration_since(now).as_secs();
    if left > SOON {
        return Finding::good(
            CHECK,
            format!("it ends in {}, on {}", time::span(left), time::date_time(end)),
        );
    }
    Finding::warning(
        CHECK,
        "certificate-ends",
        format!("it ends in {}, on {}", time::span(left), time::date_time(end)),
        "renew it, and check that its renewal runs",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_that_ends_within_two_weeks_is_a_warning() {
        let now = UnixTime::from_secs(1_800_000_000);
        let at = |left: u64| remaining(UnixTime::from_secs(now.as_secs() + left), now);
        assert_eq!(at(SOON + 1).code(), None);
        for left in [SOON, 0] {
            let finding = at(left);
            assert_eq!(finding.code(), Some("certificate-ends"));
            assert!(!finding.is_failure());
        }
        assert!(at(SOON).render().contains("14 d"), "{}", at(SOON).render());
    }

    #[test]
    fn the_end_is_that_of_the_servers_certificate() {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut parameters = rcgen::CertificateParams::new(["issuer.example".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2026, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(2027, 1, 1);
        let certificate = parameters.self_signed(&key).unwrap();
        let url: Url = "https://issuer.example".parse().unwrap();
        // 2026-12-25T00:00:00Z.
        let now = UnixTime::from_secs(1_798_156_800);
        let finding = examine(Some(certificate.der().as_ref()), &url, now);
        assert_eq!(finding.code(), Some("certificate-ends"), "{}", finding.render());
        assert!(finding.render().contains("2027-01-01 00:00:00 UTC"));
        assert_eq!(examine(None, &url, now).code(), None);
    }
}
