//! A partner of a test platform.

use air_api::{
    IssueOnBehalf, IssuerDid, OnDuplicate, ProgramId,
    sandbox::{Seed, Seeded},
};
use air_jwt::{PartnerId, PartnerJwt, PartnerToken, SigningKey};
use serde_json::Value;

use super::jwks::PublishedKeys;
use crate::{Clock, Error, Platform};

/// A partner with a key that the platform trusts. It signs tokens by the platform's clock and creates orders.
#[derive(Debug)]
pub struct TestPartner {
    ids: Seeded,
    partner_id: PartnerId,
    key: SigningKey,
    clock: Clock,
    keys: PublishedKeys,
}

impl TestPartner {
    pub(super) async fn set_up(
        platform: &Platform,
        clock: &Clock,
        mut seed: Seed,
        key: SigningKey,
    ) -> Result<Self, Error> {
        let keys = PublishedKeys::serve(&key).await?;
        seed.partner.jwks_url =
            keys.url()
                .parse()
                .map(Some)
                .map_err(|error: air_api::Error| Error::SetUp {
                    reason: error.to_string(),
                })?;
        let ids = platform.seed(seed).await?;
        Ok(Self {
            partner_id: ids.partner_id.clone(),
            ids,
            key,
            clock: clock.clone(),
            keys,
        })
    }

    /// Returns all IDs by the seed's keys.
    #[must_use]
    pub fn ids(&self) -> &Seeded {
        &self.ids
    }

    /// Returns the ID of the account.
    #[must_use]
    pub fn partner_id(&self) -> &PartnerId {
        &self.partner_id
    }

    /// Returns the issuer's DID.
    #[must_use]
    pub fn issuer_did(&self) -> &IssuerDid {
        &self.ids.issuer_did
    }

    /// Returns the signing key, whose `kid` is published at [`Self::jwks_url`].
    #[must_use]
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Returns the URL of the public keys.
    #[must_use]
    pub fn jwks_url(&self) -> &str {
        self.keys.url()
    }

    /// Replaces the published keys, as in a rotation. The platform fetches the set again for an
    /// unknown `kid`, at most every 30 s.
    ///
    /// # Errors
    /// [`Error::Token`] if two keys have the same `kid`.
    pub fn publish(&self, keys: &[&SigningKey]) -> Result<(), Error> {
        self.keys.publish(keys)
    }

    /// Returns an issuance program by its key in the seed.
    ///
    /// # Errors
    /// [`Error::SetUp`] if there is no such program.
    pub fn program(&self, key: &str) -> Result<&ProgramId, Error> {
        self.ids.programs.get(key).ok_or_else(|| Error::SetUp {
            reason: format!("there is no program `{key}`"),
        })
    }

    /// Creates an order for the program with this key. Issuing it revokes the user's earlier
    /// credentials of the schema ([`OnDuplicate::Revoke`]).
    ///
    /// # Errors
    /// [`Error::SetUp`] if there is no such program, or if the subject is not a JSON object.
    pub fn order(&self, program: &str, subject: Value) -> Result<IssueOnBehalf, Error> {
        let Value::Object(credential_subject) = subject else {
            return Err(Error::SetUp {
                reason: "a credential's subject is a JSON object".to_owned(),
            });
        };
        Ok(IssueOnBehalf {
            issuer_did: self.ids.issuer_did.clone(),
            program: self.program(program)?.clone(),
            credential_subject,
            on_duplicate: OnDuplicate::Revoke,
        })
    }

    /// Signs a Partner JWT with the scope `issue`, valid for five minutes by the platform's clock.
    ///
    /// # Errors
    /// [`Error::Token`] if the token can't be signed.
    pub fn issue_token(&self) -> Result<PartnerJwt, Error> {
        self.sign(PartnerToken::issue(self.partner_id.clone()))
    }

    /// Signs a Partner JWT with the scope `verify`.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn verify_token(&self) -> Result<PartnerJwt, Error> {
        self.sign(PartnerToken::verify(self.partner_id.clone()))
    }

    /// Signs a Partner JWT with the scope `issue on-behalf` for the recipient with this email address.
    ///
    /// # Errors
    /// [`Error::Token`] for an invalid email address.
    pub fn on_behalf_token(&self, email: &str) -> Result<PartnerJwt, Error> {
        let email = email
            .parse()
            .map_err(|error: air_ids::Error| Error::Token(error.into()))?;
        self.sign(PartnerToken::issue_on_behalf(self.partner_id.clone(), email))
    }

    /// Signs any other token, for example with another lifetime or more claims.
    ///
    /// # Errors
    /// [`Error::Token`].
    pub fn sign(&self, token: PartnerToken) -> Result<PartnerJwt, Error> {
        token.sign(&self.key, self.clock.now()).map_err(Error::Token)
    }
}
