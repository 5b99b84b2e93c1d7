//! The formats of credentials, and their standard names.

use std::{fmt, str::FromStr};

use crate::Error;
#[cfg(feature = "w3c")]
use crate::data_model::TYPE as W3C_JWT;

/// The `typ` of an SD-JWT VC, and the subtype of its media type (SD-JWT VC, 3.1 and 3.2.1).
pub(crate) const SD_JWT_VC: &str = "dc+sd-jwt";
/// The older name of [`SD_JWT_VC`], which is still accepted.
pub(crate) const SD_JWT_VC_OLD: &str = "vc+sd-jwt";

/// The format of a credential: its data model and securing mechanism.
///
/// The text form ([`Display`](fmt::Display), [`FromStr`]) is the credential format identifier of
/// `OpenID` for Verifiable Credential Issuance 1.0 (`OpenID4VCI`), or the subtype of the media type
/// for a format without one, as its Appendix A recommends.
///
/// | variant | text form | other accepted names | `typ` | media type |
/// |---|---|---|---|---|
/// | [`SdJwtVc`](Self::SdJwtVc) | `dc+sd-jwt` (`OpenID4VCI`, A.3.1) | `vc+sd-jwt` (older drafts) | `dc+sd-jwt` | `application/dc+sd-jwt` |
/// | [`W3cJwt`](Self::W3cJwt) | `vc+jwt` | `jwt_vc_json` (`OpenID4VCI`, A.1.1.1: data model 1.1) | `vc+jwt` | `application/vc+jwt` |
/// | [`W3cDataIntegrity`](Self::W3cDataIntegrity) | `ldp_vc` (`OpenID4VCI`, A.1.2.1) | | none | `application/vc` |
///
/// `OpenID4VCI` defines `ldp_vc` for proofs over canonical RDF. It has no identifier for proofs
/// over canonical JSON, which this crate implements (`ecdsa-jcs-2019`).
///
/// ```
/// use air_vc::Format;
///
/// let format: Format = "dc+sd-jwt".parse()?;
/// assert_eq!(format, Format::SdJwtVc);
/// assert_eq!(format.media_type(), "application/dc+sd-jwt");
/// # Ok::<(), air_vc::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A compact SD-JWT VC, with or without a key-binding JWT.
    #[default]
    SdJwtVc,
    /// With the feature `w3c`: a W3C credential as a JWT, of version 2.0 (Securing Verifiable
    /// Credentials using JOSE and COSE, 3.1) or 1.1 (Verifiable Credentials Data Model 1.1, 6.3.1).
    /// Version 1.1 is verified but not issued.
    #[cfg(feature = "w3c")]
    W3cJwt,
    /// With the feature `w3c`: a W3C credential 2.0 as JSON with an embedded proof (Data Integrity
    /// ECDSA Cryptosuites 1.0, 3.3: `ecdsa-jcs-2019`).
    #[cfg(feature = "w3c")]
    W3cDataIntegrity,
}

impl Format {
    /// All formats that this build supports.
    pub const ALL: &[Self] = &[
        Self::SdJwtVc,
        #[cfg(feature = "w3c")]
        Self::W3cJwt,
        #[cfg(feature = "w3c")]
        Self::W3cDataIntegrity,
    ];

    /// The text form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SdJwtVc => SD_JWT_VC,
            #[cfg(feature = "w3c")]
            Self::W3cJwt => W3C_JWT,
            #[cfg(feature = "w3c")]
            Self::W3cDataIntegrity => "ldp_vc",
        }
    }

    /// The `typ` of the JWT's header (SD-JWT VC, 3.2.1; JOSE and COSE, 3.1.1); `None` for a format
    /// that is not a JWT.
    #[must_use]
    pub const fn typ(self) -> Option<&'static str> {
        match self {
            Self::SdJwtVc => Some(SD_JWT_VC),
            #[cfg(feature = "w3c")]
            Self::W3cJwt => Some(W3C_JWT),
            #[cfg(feature = "w3c")]
            Self::W3cDataIntegrity => None,
        }
    }

    /// The media type (SD-JWT VC, 3.1; JOSE and COSE, 6.1; Verifiable Credentials Data Model 2.0,
    /// C.1).
    #[must_use]
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::SdJwtVc => "application/dc+sd-jwt",
            #[cfg(feature = "w3c")]
            Self::W3cJwt => "application/vc+jwt",
            #[cfg(feature = "w3c")]
            Self::W3cDataIntegrity => "application/vc",
        }
    }

    /// The format of a text, by its first character and its separators. Without the feature `w3c`
    /// it is always [`Self::SdJwtVc`]. Nothing is verified.
    ///
    /// ```
    /// use air_vc::Format;
    ///
    /// assert_eq!(Format::detect("eyJhbGciOi.e30.c2ln~"), Format::SdJwtVc);
    /// ```
    #[must_use]
    pub fn detect(credential: &str) -> Self {
        match credential {
            #[cfg(feature = "w3c")]
            json if json.starts_with('{') => Self::W3cDataIntegrity,
            #[cfg(feature = "w3c")]
            jwt if !jwt.contains('~') => Self::W3cJwt,
            _ => Self::SdJwtVc,
        }
    }

    /// Other names of the format.
    const fn aliases(self) -> &'static [&'static str] {
        match self {
            Self::SdJwtVc => &[SD_JWT_VC_OLD],
            #[cfg(feature = "w3c")]
            Self::W3cJwt => &["jwt_vc_json"],
            #[cfg(feature = "w3c")]
            Self::W3cDataIntegrity => &[],
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|format| format.as_str() == name || format.aliases().contains(&name))
            .ok_or_else(|| Error::UnsupportedFormat {
                name: name.to_owned(),
            })
    }
}
