//! The identification of a call's partner.

use std::fmt;

use air_jwt::{EmailAddress, PartnerJwt};

use crate::tokens::TokenPurpose;

/// The client signs the token of this call: `client.status(Signed, hash)`.
///
/// The client needs a key ([`AirClientBuilder::signing_key`](crate::AirClientBuilder::signing_key)). The
/// call decides the scope of the token. The client caches tokens and renews them before they expire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signed;

/// The Partner JWT of a call: [`Signed`] by the client, or given by the caller as text or as a
/// [`PartnerJwt`].
#[derive(Clone, Copy)]
pub struct Auth<'a>(Source<'a>);

/// The recipient of a credential that is issued on behalf: an [`EmailAddress`], for which the client signs
/// the token, or a Partner JWT of scope `issue on-behalf` that the caller signed for the recipient.
#[derive(Clone, Copy)]
pub struct Recipient<'a>(OnBehalf<'a>);

/// The source of a call's token.
#[derive(Clone)]
pub(crate) enum Proof<'a> {
    Signed(TokenPurpose),
    Given(&'a str),
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Signed,
    AsIssuer,
    AsVerifier,
    Given(&'a str),
}

#[derive(Clone, Copy)]
enum OnBehalf<'a> {
    Address(&'a EmailAddress),
    Given(&'a str),
}

impl<'a> Auth<'a> {
    /// Signs a token of scope `issue`, for a call that issuers and verifiers may make.
    #[must_use]
    pub fn as_issuer() -> Self {
        Self(Source::AsIssuer)
    }

    /// Signs a token of scope `verify`, for a call that issuers and verifiers may make.
    #[must_use]
    pub fn as_verifier() -> Self {
        Self(Source::AsVerifier)
    }

    /// Uses a token that the caller signed.
    #[must_use]
    pub fn token(token: &'a str) -> Self {
        Self(Source::Given(token))
    }

    /// Returns the source of the token for a call that needs `purpose`.
    pub(crate) fn proof(self, purpose: TokenPurpose) -> Proof<'a> {
        match self.0 {
            Source::Signed => Proof::Signed(purpose),
            Source::AsIssuer => Proof::Signed(TokenPurpose::Issue),
            Source::AsVerifier => Proof::Signed(TokenPurpose::Verify),
            Source::Given(token) => Proof::Given(token),
        }
    }
}

impl<'a> Recipient<'a> {
    /// Uses a token that the caller signed for the recipient.
    #[must_use]
    pub fn token(token: &'a str) -> Self {
        Self(OnBehalf::Given(token))
    }

    pub(crate) fn proof(self) -> Proof<'a> {
        match self.0 {
            OnBehalf::Address(email) => Proof::Signed(TokenPurpose::IssueOnBehalf(email.clone())),
            OnBehalf::Given(token) => Proof::Given(token),
        }
    }
}

impl From<Signed> for Auth<'_> {
    fn from(_: Signed) -> Self {
        Self(Source::Signed)
    }
}

impl<'a> From<&'a EmailAddress> for Recipient<'a> {
    fn from(email: &'a EmailAddress) -> Self {
        Self(OnBehalf::Address(email))
    }
}

/// Converts the forms of a token that the caller signed.
macro_rules! given {
    ($($kind:ident),*) => {$(
        impl<'a> From<&'a str> for $kind<'a> {
            fn from(token: &'a str) -> Self {
                Self::token(token)
            }
        }

        impl<'a> From<&'a String> for $kind<'a> {
            fn from(token: &'a String) -> Self {
                Self::token(token)
            }
        }

        impl<'a> From<&'a PartnerJwt> for $kind<'a> {
            fn from(token: &'a PartnerJwt) -> Self {
                Self::token(token.expose_secret())
            }
        }
    )*};
}

given!(Auth, Recipient);

impl fmt::Debug for Auth<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Signed => "Auth(signed)",
            Source::AsIssuer => "Auth(signed, issue)",
            Source::AsVerifier => "Auth(signed, verify)",
            Source::Given(_) => "Auth(given)",
        })
    }
}

impl fmt::Debug for Recipient<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            OnBehalf::Address(_) => "Recipient(address)",
            OnBehalf::Given(_) => "Recipient(token)",
        })
    }
}
