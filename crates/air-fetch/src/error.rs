//! Errors of fetches.

use std::fmt;

use crate::{NetworkPolicy, fetcher::TIMEOUT};

/// The reason that a fetch failed. No variant or message contains a part of the URL or of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The URL is invalid, contains credentials, or uses plain http for another machine.
    #[error("its URL must be {}, without user and password", policy.schemes())]
    Url {
        /// The fetcher's policy.
        policy: NetworkPolicy,
    },
    /// The host has only private, loopback or reserved addresses.
    #[error(
        "its host has no public address, and connections to private or reserved addresses are not allowed"
    )]
    PrivateAddress,
    /// The URL names one of this server's own ports, at an address of this machine.
    #[error("its URL leads to this server itself")]
    OwnAddress,
    /// The host's name has no address, no server listens there, or TLS failed.
    #[error("the connection failed; check that the server is running and its certificate is valid")]
    Connect,
    /// The URL is https, and the crate's feature `https` is off.
    #[error("its URL is https, which this build does not support; enable the feature `https`")]
    NoTls,
    /// The complete response did not arrive in time.
    #[error("it did not answer within {} s", TIMEOUT.as_secs())]
    TimedOut,
    /// The status is neither 200 nor a redirect.
    #[error("it answered {status}, not 200")]
    Status {
        /// The HTTP status.
        status: u16,
    },
    /// The response is a redirect beyond the limit.
    #[error("it answered {status} and not 200 ({})", Followed(*limit))]
    Redirect {
        /// The HTTP status.
        status: u16,
        /// The maximum number of redirects.
        limit: u8,
    },
    /// The response ended early, or is not HTTP.
    #[error("the connection closed before the end of its answer")]
    BrokeOff,
    /// The response is too long.
    #[error("its answer is longer than {}", Size(*limit))]
    TooLong {
        /// The maximum length in bytes.
        limit: usize,
    },
    /// The response has another format.
    #[error("its answer is not {expected}")]
    Unreadable {
        /// The expected format, with its article.
        expected: &'static str,
    },
    /// The value of a request header has characters that HTTP does not allow.
    #[error("the value for the header `{name}` has characters that HTTP does not allow")]
    Header {
        /// The name of the header.
        name: &'static str,
    },
    /// The maximum number of concurrent fetches is reached.
    #[error("too many other documents are being fetched; try again in a few seconds")]
    Busy,
}

/// The HTTP client could not be created, because the system's TLS failed to initialise.
#[derive(Debug, thiserror::Error)]
#[error("failed to create the HTTP client")]
pub struct SetupError(#[source] pub(crate) reqwest::Error);

struct Followed(u8);

impl fmt::Display for Followed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("redirects are not followed"),
            1 => f.write_str("one redirect is followed, and no more"),
            limit => write!(f, "{limit} redirects are followed, and no more"),
        }
    }
}

struct Size(usize);

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const KIB: usize = 1024;
        match self.0 {
            bytes if bytes >= KIB && bytes.is_multiple_of(KIB) => write!(f, "{} KiB", bytes / KIB),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_have_the_limits_that_were_kept() {
        for (error, text) in [
            (
                FetchError::Url {
                    policy: NetworkPolicy::Public,
                },
                "its URL must be https, without user and password",
            ),
            (
                FetchError::Url {
                    policy: NetworkPolicy::Any,
                },
                "its URL must be https, or http on localhost, without user and password",
            ),
            (FetchError::TimedOut, "it did not answer within 5 s"),
            (
                FetchError::Redirect {
                    status: 307,
                    limit: 0,
                },
                "it answered 307 and not 200 (redirects are not followed)",
            ),
            (
                FetchError::Redirect {
                    status: 302,
                    limit: 3,
                },
                "it answered 302 and not 200 (3 redirects are followed, and no more)",
            ),
            (
                FetchError::TooLong { limit: 262_144 },
                "its answer is longer than 256 KiB",
            ),
            (
                FetchError::TooLong { limit: 1000 },
                "its answer is longer than 1000 bytes",
            ),
            (
                FetchError::Unreadable {
                    expected: "a DID document",
                },
                "its answer is not a DID document",
            ),
        ] {
            assert_eq!(error.to_string(), text);
        }
    }
}
