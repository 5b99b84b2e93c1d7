//! A credential: elements and the issuer's signature over their digests.

use std::{collections::BTreeSet, fmt};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::{
    Error, IssuerSignedItem, MobileSecurityObject, NameSpace, X5Chain,
    cbor::{Fields, LENGTH_LIMIT, Raw, Writer},
    cose::Signature,
    error::ISSUER_AUTH,
};

const PART: &str = "IssuerSigned";
/// The maximum number of namespaces of a document.
pub(crate) const NAMESPACE_LIMIT: usize = 32;
/// The maximum number of elements of a document.
pub(crate) const ELEMENT_LIMIT: usize = 1024;

/// A credential, or the disclosed part of one (ISO/IEC 18013-5, 8.3.2.1.2.2). Nothing in it is
/// verified. `Debug` shows no values.
#[derive(Clone)]
pub struct IssuerSigned {
    pub(crate) namespaces: Vec<(NameSpace, Vec<IssuerSignedItem>)>,
    pub(crate) issuer_auth: IssuerAuth,
}

/// The issuer's signature and its payload.
#[derive(Clone)]
pub(crate) struct IssuerAuth {
    pub(crate) signature: Signature,
    pub(crate) mso: MobileSecurityObject,
    pub(crate) certificates: X5Chain,
}

impl IssuerSigned {
    /// Reads a credential of at most 1 MiB, with 32 namespaces and 1,024 elements.
    ///
    /// # Errors
    /// [`Error::Malformed`] and the other errors of the check `format`.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        Self::parse(Raw::parse(bytes, PART)?)
    }

    /// Reads the form of a credential response (OpenID4VCI, A.2.4): base64url without padding.
    ///
    /// # Errors
    /// [`Error::Base64`], and as [`Self::from_slice`].
    pub fn from_base64url(text: &str) -> Result<Self, Error> {
        Self::from_slice(&decode_base64url(text, PART)?)
    }

    /// The credential in CBOR. Elements and signature have the bytes that were received.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.map(1 + usize::from(!self.namespaces.is_empty()));
        if !self.namespaces.is_empty() {
            writer.text("nameSpaces").map(self.namespaces.len());
        }
        for (namespace, items) in &self.namespaces {
            writer.text(namespace.as_str()).array(items.len());
            for item in items {
                writer.raw(item.as_bytes());
            }
        }
        writer
            .text(ISSUER_AUTH)
            .raw(self.issuer_auth.signature.as_bytes())
            .finish()
    }

    /// The form of a credential response (OpenID4VCI, A.2.4): base64url without padding.
    #[must_use]
    pub fn to_base64url(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.to_bytes())
    }

    /// The elements of each namespace.
    pub fn namespaces(&self) -> impl Iterator<Item = (&NameSpace, &[IssuerSignedItem])> {
        self.namespaces
            .iter()
            .map(|(namespace, items)| (namespace, items.as_slice()))
    }

    /// The mobile security object, which is not verified.
    #[must_use]
    pub fn mso(&self) -> &MobileSecurityObject {
        &self.issuer_auth.mso
    }

    /// `MobileSecurityObjectBytes` as received: the payload that the issuer signed, which every presentation
    /// of the credential has.
    #[must_use]
    pub fn mso_bytes(&self) -> &[u8] {
        self.issuer_auth.signature.payload().unwrap_or_default()
    }

    /// The issuer's certificates, which are not verified.
    #[must_use]
    pub fn certificates(&self) -> &X5Chain {
        &self.issuer_auth.certificates
    }

    pub(crate) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let fields = Fields::of(raw, PART)?;
        let namespaces = fields.typed("nameSpaces", Raw::map)?.unwrap_or_default();
        if namespaces.len() > NAMESPACE_LIMIT {
            return Err(too_large("namespaces", NAMESPACE_LIMIT));
        }
        let mut elements_left = ELEMENT_LIMIT;
        let namespaces = namespaces.into_iter().map(|(namespace, items)| {
            let namespace: NameSpace = namespace.text().unwrap_or_default().parse()?;
            let items = items.array().filter(|items| !items.is_empty());
            let items = items.ok_or(Error::Malformed {
                part: PART,
                rule: "a namespace must be an array of one or more elements (ISO/IEC 18013-5, 8.3.2.1.2.2)",
            })?;
            elements_left = elements_left
                .checked_sub(items.len())
                .ok_or(too_large("elements", ELEMENT_LIMIT))?;
            let items = items.into_iter().map(IssuerSignedItem::parse);
            let items = items.collect::<Result<Vec<_>, _>>()?;
            check_unique(&namespace, &items)?;
            Ok((namespace, items))
        });
        Ok(Self {
            namespaces: namespaces.collect::<Result<_, Error>>()?,
            issuer_auth: IssuerAuth::parse(fields.required(ISSUER_AUTH, Some)?)?,
        })
    }
}

impl IssuerAuth {
    pub(crate) fn parse(raw: Raw<'_>) -> Result<Self, Error> {
        let signature = Signature::parse(raw, ISSUER_AUTH)?;
        let payload = signature.payload().ok_or(Error::Malformed {
            part: ISSUER_AUTH,
            rule: "must have its payload, the mobile security object (ISO/IEC 18013-5, 9.1.2.4)",
        })?;
        Ok(Self {
            mso: MobileSecurityObject::parse(payload)?,
            certificates: signature.certificates().ok_or(Error::CertificatesMissing)??,
            signature,
        })
    }
}

impl fmt::Debug for IssuerSigned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(PART)
            .field("namespaces", &self.namespaces)
            .field("mso", &self.issuer_auth.mso)
            .finish_non_exhaustive()
    }
}

/// The identifiers and the digest IDs of a namespace are unique.
fn check_unique(namespace: &NameSpace, items: &[IssuerSignedItem]) -> Result<(), Error> {
    let duplicate = |what| Error::DuplicateElement {
        namespace: namespace.to_string(),
        what,
    };
    let identifiers: BTreeSet<_> = items.iter().map(IssuerSignedItem::identifier).collect();
    if identifiers.len() < items.len() {
        return Err(duplicate("identifier"));
    }
    let ids: BTreeSet<_> = items.iter().map(IssuerSignedItem::digest_id).collect();
    if ids.len() < items.len() {
        return Err(duplicate("digestID"));
    }
    Ok(())
}

/// Decodes base64url without padding, if the result can be within the limit.
pub(crate) fn decode_base64url(text: &str, part: &'static str) -> Result<Vec<u8>, Error> {
    if text.len() > LENGTH_LIMIT / 3 * 4 + 4 {
        return Err(Error::TooLarge {
            part,
            what: "bytes",
            limit: LENGTH_LIMIT,
        });
    }
    URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Base64 { part })
}

fn too_large(what: &'static str, limit: usize) -> Error {
    Error::TooLarge {
        part: PART,
        what,
        limit,
    }
}
