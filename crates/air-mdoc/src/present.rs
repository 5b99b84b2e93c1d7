//! Presenting a credential: the holder chooses elements and signs for one session.

use air_jwt::{Signer, SigningKey};

use crate::{
    DeviceResponse, Elements, Error, IssuerSigned, IssuerSignedItem, NameSpace, SessionTranscript,
    cose::check_signer,
    device_signed::{DeviceAuth, UnsignedDevice},
    error::DEVICE_SIGNATURE,
};

/// The chosen elements of a credential, not signed yet.
#[derive(Clone, Debug)]
#[must_use]
pub struct Presentation {
    issuer_signed: IssuerSigned,
    device_elements: Elements,
}

impl IssuerSigned {
    /// Chooses elements by namespace and identifier. All others are withheld.
    ///
    /// # Errors
    /// [`Error::NoSuchElement`].
    pub fn present(&self, chosen: &[(&str, &str)]) -> Result<Presentation, Error> {
        let has = |(namespace, identifier): &(&str, &str)| {
            self.namespaces.iter().any(|(name, items)| {
                name.as_str() == *namespace
                    && items.iter().any(|item| item.identifier().as_str() == *identifier)
            })
        };
        if let Some((namespace, identifier)) = chosen.iter().find(|element| !has(element)) {
            return Err(Error::NoSuchElement {
                namespace: (*namespace).to_owned(),
                identifier: (*identifier).to_owned(),
            });
        }
        let is_chosen = |namespace: &NameSpace, item: &&IssuerSignedItem| {
            chosen.contains(&(namespace.as_str(), item.identifier().as_str()))
        };
        let namespaces = self.namespaces.iter().filter_map(|(namespace, items)| {
            let items: Vec<_> = items
                .iter()
                .filter(|item| is_chosen(namespace, item))
                .cloned()
                .collect();
            (!items.is_empty()).then(|| (namespace.clone(), items))
        });
        Ok(Presentation {
            issuer_signed: IssuerSigned {
                namespaces: namespaces.collect(),
                issuer_auth: self.issuer_auth.clone(),
            },
            device_elements: Elements::new(),
        })
    }
}

impl Presentation {
    /// Adds elements that the device signs itself.
    ///
    /// # Errors
    /// [`Error::NotAuthorized`] if the issuer did not allow the device key to sign one of them.
    pub fn with_device_elements(mut self, elements: Elements) -> Result<Self, Error> {
        let allowed = self.issuer_signed.mso().key_authorizations();
        for (namespace, elements) in elements.iter() {
            if let Some((identifier, _)) = elements
                .iter()
                .find(|(identifier, _)| !allowed.allow(namespace, identifier))
            {
                return Err(Error::NotAuthorized {
                    namespace: namespace.to_string(),
                    identifier: identifier.to_string(),
                });
            }
        }
        self.device_elements = elements;
        Ok(self)
    }

    /// Signs for a session, and returns a response with one document.
    ///
    /// # Errors
    /// [`Error::Algorithm`] for a key that is not for ES256, [`Error::WrongDeviceKey`], and
    /// [`Error::TooLarge`].
    pub fn sign(
        &self,
        device_key: &SigningKey,
        transcript: &SessionTranscript,
    ) -> Result<DeviceResponse, Error> {
        check_signer(device_key.algorithm(), DEVICE_SIGNATURE)?;
        let unsigned = self.unsigned(transcript);
        let signature = device_key.sign(unsigned.message());
        self.finish(unsigned, signature, transcript)
    }

    /// As [`Self::sign`], with a remote key: in secure hardware or another process.
    ///
    /// # Errors
    /// As [`Self::sign`], [`Error::Signer`] and [`Error::SignatureLength`].
    pub async fn sign_with(
        &self,
        device_key: &impl Signer,
        transcript: &SessionTranscript,
    ) -> Result<DeviceResponse, Error> {
        check_signer(device_key.algorithm(), DEVICE_SIGNATURE)?;
        let unsigned = self.unsigned(transcript);
        let signature = device_key.sign(unsigned.message()).await?;
        self.finish(unsigned, signature, transcript)
    }

    fn unsigned(&self, transcript: &SessionTranscript) -> UnsignedDevice {
        UnsignedDevice::new(
            &self.device_elements,
            self.issuer_signed.mso().doc_type(),
            transcript,
        )
    }

    /// Verifies the new signature, so that a response by another key never leaves the wallet.
    fn finish(
        &self,
        unsigned: UnsignedDevice,
        signature: Vec<u8>,
        transcript: &SessionTranscript,
    ) -> Result<DeviceResponse, Error> {
        let mso = self.issuer_signed.mso();
        let response = DeviceResponse::of(mso.doc_type(), &self.issuer_signed, &unsigned.finish(signature)?)?;
        let is_by_device = response.documents().iter().all(|document| {
            let signed = document.device_signed();
            let payload = signed.payload(mso.doc_type(), transcript);
            matches!(&signed.auth, DeviceAuth::Signature(signature) if signature.verifies(mso.device_key(), &payload))
        });
        if is_by_device {
            Ok(response)
        } else {
            Err(Error::WrongDeviceKey)
        }
    }
}
