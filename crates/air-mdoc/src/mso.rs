//! The mobile security object: what the issuer signs (ISO/IEC 18013-5, 9.1.2.4).

mod device_key;
mod digests;
mod key_authorizations;
mod status;
mod validity;

use air_jwt::VerifyingKey;

pub use digests::DigestAlgorithm;
pub use key_authorizations::KeyAuthorizations;
pub use status::{CredentialStatus, StatusReference};
pub use validity::ValidityInfo;

pub(crate) use digests::ValueDigests;

use crate::{
    DocType, Error,
    cbor::{Fields, Raw, Writer},
};

const PART: &str = "MobileSecurityObject";
/// The only version that is defined.
const VERSION: &str = "1.0";

/// The mobile security object of a credential: the digests of its elements, the device key and the
/// validity. Only [`crate::VerifiedDocument`] says that an issuer signed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MobileSecurityObject {
    pub(crate) doc_type: DocType,
    pub(crate) digests: ValueDigests,
    pub(crate) device_key: VerifyingKey,
    pub(crate) key_authorizations: KeyAuthorizations,
    pub(crate) validity: ValidityInfo,
    pub(crate) status: Option<CredentialStatus>,
}

impl MobileSecurityObject {
    /// The document's type.
    #[must_use]
    pub fn doc_type(&self) -> &DocType {
        &self.doc_type
    }

    /// The hash function of the digests.
    #[must_use]
    pub fn digest_algorithm(&self) -> DigestAlgorithm {
        self.digests.algorithm()
    }

    /// The key that the credential was issued to.
    #[must_use]
    pub fn device_key(&self) -> &VerifyingKey {
        &self.device_key
    }

    /// The elements that the device key may sign.
    #[must_use]
    pub fn key_authorizations(&self) -> &KeyAuthorizations {
        &self.key_authorizations
    }

    /// The validity period.
    #[must_use]
    pub fn validity(&self) -> &ValidityInfo {
        &self.validity
    }

    /// The reference to the credential's status.
    #[must_use]
    pub fn status(&self) -> Option<&CredentialStatus> {
        self.status.as_ref()
    }

    /// Reads `MobileSecurityObjectBytes`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Error> {
        let embedded = Raw::parse(bytes, PART)?.embedded().ok_or(Error::Malformed {
            part: PART,
            rule: "must be encoded CBOR with tag 24 (ISO/IEC 18013-5, 9.1.2.4)",
        })?;
        let fields = Fields::of(Raw::parse(embedded, PART)?, PART)?;
        if fields.required("version", Raw::text)? != VERSION {
            return Err(Error::Malformed {
                part: PART,
                rule: "`version` must be 1.0 (ISO/IEC 18013-5, 9.1.2.4)",
            });
        }
        let algorithm: DigestAlgorithm = fields.required("digestAlgorithm", Raw::text)?.parse()?;
        let key_info = Fields::of(fields.required("deviceKeyInfo", Some)?, "deviceKeyInfo")?;
        Ok(Self {
            doc_type: fields.required("docType", Raw::text)?.parse()?,
            digests: ValueDigests::parse(fields.required("valueDigests", Some)?, algorithm)?,
            device_key: device_key::parse(key_info.required("deviceKey", Some)?)?,
            key_authorizations: key_info
                .optional("keyAuthorizations")
                .map(KeyAuthorizations::parse)
                .transpose()?
                .unwrap_or_default(),
            validity: ValidityInfo::parse(fields.required("validityInfo", Some)?)?,
            status: fields
                .optional("status")
                .map(CredentialStatus::parse)
                .transpose()?,
        })
    }

    /// Writes `MobileSecurityObjectBytes`.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, Error> {
        let mut mso = Writer::default();
        mso.map(6 + usize::from(self.status.is_some()))
            .text("version")
            .text(VERSION)
            .text("digestAlgorithm")
            .text(self.digests.algorithm().as_str())
            .text("valueDigests");
        self.digests.encode(&mut mso);
        mso.text("deviceKeyInfo")
            .map(1 + usize::from(!self.key_authorizations.is_empty()))
            .text("deviceKey");
        device_key::encode(&self.device_key, &mut mso)?;
        self.key_authorizations.encode(&mut mso);
        mso.text("docType")
            .text(self.doc_type.as_str())
            .text("validityInfo");
        self.validity.encode(&mut mso)?;
        if let Some(status) = &self.status {
            mso.text("status");
            status.encode(&mut mso)?;
        }
        Ok(Writer::default().embedded(&mso.finish()).finish())
    }
}
