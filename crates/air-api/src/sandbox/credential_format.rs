use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The format of a credential for wallets, by its Credential Format Identifier (OpenID4VCI 1.0, appendix A).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[non_exhaustive]
pub enum CredentialFormat {
    /// SD-JWT VC.
    #[default]
    #[serde(rename = "dc+sd-jwt")]
    SdJwtVc,
    /// mdoc (ISO/IEC 18013-5).
    #[serde(rename = "mso_mdoc")]
    Mdoc,
}

impl CredentialFormat {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::SdJwtVc, Self::Mdoc];

    /// The Credential Format Identifier.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SdJwtVc => "dc+sd-jwt",
            Self::Mdoc => "mso_mdoc",
        }
    }
}

impl FromStr for CredentialFormat {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut known = Self::ALL.into_iter();
        known
            .find(|format| format.as_str() == text)
            .ok_or(Error::UnknownCredentialFormat)
    }
}

impl TryFrom<String> for CredentialFormat {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl fmt::Display for CredentialFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_is_named_by_its_identifier_everywhere() {
        for format in CredentialFormat::ALL {
            assert_eq!(serde_json::to_value(format).unwrap(), format.as_str());
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!(
            "vc+sd-jwt".parse::<CredentialFormat>(),
            Err(Error::UnknownCredentialFormat)
        );
    }
}
