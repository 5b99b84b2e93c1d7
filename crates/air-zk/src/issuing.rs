//! Signing credentials and tokens.

use air_ids::VcId;
use bbs_plus::prelude::Signature23G1;
use rand_core::CryptoRng;
use serde_json::{Map, Value as Json};

use crate::{
    CredentialScheme, Error,
    credential::{IssuedCredential, RevocationNonce, credential_id},
    epoch::{Epoch, EpochToken},
    holder::HolderCommitment,
    key::IssuerKey,
    layout::scalars,
    rng::seeded,
    scheme::message,
};

impl CredentialScheme {
    /// Signs a subject for a holder who has committed to a secret for this challenge. The caller accepts each
    /// challenge once, and validates the subject against the schema before.
    ///
    /// # Errors
    /// [`Error::Key`], [`Error::Commitment`], [`Error::UnknownAttribute`] or [`Error::Value`].
    pub fn issue(
        &self,
        key: &IssuerKey,
        (commitment, challenge): (&HolderCommitment, &[u8]),
        id: &VcId,
        subject: &Map<String, Json>,
        rng: &mut impl CryptoRng,
    ) -> Result<IssuedCredential, Error> {
        self.check_key(key)?;
        commitment.verify(self, challenge)?;
        let values = scalars(&self.layout().read(subject)?);
        let nonce = RevocationNonce::generate(rng);
        let (domain, id) = (self.basis().domain, credential_id(id));
        let known = [
            (message::DOMAIN, &domain),
            (message::CREDENTIAL, &id),
            (message::REVOCATION, &nonce.0),
        ];
        let attributes = (message::FIRST_ATTRIBUTE..).zip(&values);
        let signature = Signature23G1::new_with_committed_messages(
            &mut seeded(rng),
            &commitment.point,
            known.into_iter().chain(attributes).collect(),
            &key.0,
            &self.basis().params,
        )
        .map_err(|_| Error::Arithmetic)?;
        Ok(IssuedCredential { signature, nonce })
    }

    /// Confirms that the credential with this nonce is not revoked in an epoch. The caller checks that, and
    /// issues tokens of the current and the next epoch only.
    ///
    /// # Errors
    /// [`Error::Key`].
    pub fn issue_token(
        &self,
        key: &IssuerKey,
        nonce: &RevocationNonce,
        epoch: Epoch,
        rng: &mut impl CryptoRng,
    ) -> Result<EpochToken, Error> {
        self.check_key(key)?;
        let basis = self.epoch_basis(epoch);
        let signature = Signature23G1::new(&mut seeded(rng), &[basis.domain, nonce.0], &key.0, &basis.params)
            .map_err(|_| Error::Arithmetic)?;
        Ok(EpochToken { epoch, signature })
    }

    fn check_key(&self, key: &IssuerKey) -> Result<(), Error> {
        if key.public_key() == *self.key() {
            Ok(())
        } else {
            Err(Error::Key)
        }
    }
}
