//! Verification under the metadata of the credential's type.

use serde_json::{Map, Value};

use super::Verifier;
use crate::{Check, Error, Outcome, Report, sd_jwt::Revealed, type_metadata::CredentialType};

impl<'a> Verifier<'a> {
    /// Requires that the credential conforms to the metadata of its type: it has each claim that is
    /// `mandatory`, and each claim is selectively disclosable as `sd` says. A mandatory claim that the
    /// holder may have withheld is not an error. `sd` is about the claim itself, whether or not the
    /// issuer also made a claim around it selectively disclosable.
    ///
    /// The metadata must be that of the credential's `vct`, joined with its `vct#integrity` if it has
    /// one. A W3C credential, which has no `vct`, is rejected, and so is a credential of which the paths of
    /// all claims select more than 262,144 members and items.
    #[must_use]
    pub fn with_type_metadata(mut self, credential_type: &'a CredentialType) -> Self {
        self.credential_type = Some(credential_type);
        self
    }

    pub(super) fn check_type_metadata(
        &self,
        payload: &Map<String, Value>,
        revealed: &Revealed,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Some(credential_type) = self.credential_type else {
            report.note(Check::TypeMetadata, NOT_PROVIDED);
            return Ok(());
        };
        let result = if credential_type.is_type_of(payload) {
            credential_type.check(revealed)
        } else {
            Err(Error::TypeMetadataMismatch)
        };
        report.note_result(Check::TypeMetadata, result)
    }

    /// Rejects a credential without `vct` if type metadata was provided.
    #[cfg(feature = "w3c")]
    pub(crate) fn check_no_type_metadata(&self, report: &mut Report) -> Result<(), Error> {
        if self.credential_type.is_some() {
            return report.note_result(Check::TypeMetadata, Err(Error::TypeMetadataMismatch));
        }
        report.note(Check::TypeMetadata, NOT_PROVIDED);
        Ok(())
    }
}

const NOT_PROVIDED: Outcome = Outcome::NotNeeded("no type metadata was provided");
