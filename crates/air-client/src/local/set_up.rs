//! Set-up: partners with their keys, schemas, programs, and seed files.

use air_api::{
    PartnerId, ProgramId, SchemaId, VerificationProgramId,
    sandbox::{
        CreateProgram, CreateSchema, CreateVerificationProgram, CreatedPartner, CreatedProgram,
        CreatedSchema, CreatedVerificationProgram, IssuerBackend, ListQuery, NewIssuerBackend, NewPartner,
        PartnerRecord, Program, ProgramRecord, PublishedSchema, RecordPage, RegisterKeys, RegisteredKeys,
        ReplaceTrustList, SchemaPage, SchemaSearch, Seed, Seeded, SeededPartners, TrustedIssuers,
        VerificationProgramRecord,
    },
};
use air_jwt::Kid;
use serde_json::Value;

use super::{SandboxClient, encoded};
use crate::Error;

impl SandboxClient<'_> {
    /// Fetches an issuance program, published or a draft.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn program(&self, id: &ProgramId) -> Result<Program, Error> {
        self.transport
            .get(format!("sandbox/v1/programs/{id}"))
            .receive()
            .await
    }

    /// Creates an account with its issuer and verifier.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a JWKS URL that is not https or on loopback.
    pub async fn create_partner(&self, partner: &NewPartner) -> Result<CreatedPartner, Error> {
        self.set_up("partners", partner).await
    }

    /// Publishes a schema.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a form that breaks a rule.
    pub async fn create_schema(&self, schema: &CreateSchema) -> Result<CreatedSchema, Error> {
        self.set_up("schemas", schema).await
    }

    /// Searches published schemas, best match first.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a query that is too long, or a page out of range.
    pub async fn search_schemas(&self, search: &SchemaSearch) -> Result<SchemaPage, Error> {
        self.transport
            .get("sandbox/v1/schemas")
            .query("q", &search.q)
            .query("page", search.page.to_string())
            .query("limit", search.limit.to_string())
            .receive()
            .await
    }

    /// Fetches a published schema.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown id.
    pub async fn schema(&self, id: &SchemaId) -> Result<PublishedSchema, Error> {
        self.transport
            .get(format!("sandbox/v1/schemas/{id}"))
            .receive()
            .await
    }

    /// Creates an issuance program, published or as a draft.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown schema or partner.
    pub async fn create_program(&self, program: &CreateProgram) -> Result<CreatedProgram, Error> {
        self.set_up("programs", program).await
    }

    /// Publishes a draft. A published program stays published.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown program.
    pub async fn publish_program(&self, id: &ProgramId) -> Result<Program, Error> {
        self.set_up(&format!("programs/{id}/publish"), &Value::Null).await
    }

    /// Lists accounts, newest first.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn partners(&self, query: &ListQuery) -> Result<RecordPage<PartnerRecord>, Error> {
        self.list("partners", query).await
    }

    /// Lists issuance programs with the drafts, newest first.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn programs(&self, query: &ListQuery) -> Result<RecordPage<ProgramRecord>, Error> {
        self.list("programs", query).await
    }

    /// Lists verification programs, newest first.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn verification_programs(
        &self,
        query: &ListQuery,
    ) -> Result<RecordPage<VerificationProgramRecord>, Error> {
        self.list("verification-programs", query).await
    }

    /// Creates a verification program.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a condition on an attribute that the schema lacks.
    pub async fn create_verification_program(
        &self,
        program: &CreateVerificationProgram,
    ) -> Result<CreatedVerificationProgram, Error> {
        self.set_up("verification-programs", program).await
    }

    /// Replaces the trust list of a verification program: the issuers whose credentials it accepts.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown program, [`Error::Rejected`] for an invalid list.
    pub async fn replace_trust_list(
        &self,
        program: &VerificationProgramId,
        list: &ReplaceTrustList,
    ) -> Result<TrustedIssuers, Error> {
        self.transport
            .put(format!(
                "sandbox/v1/verification-programs/{}/trust-list",
                encoded(program.as_str())
            ))
            .bearer(self.admin_token)
            .json(list)
            .receive()
            .await
    }

    /// Removes the trust list of a verification program, which then accepts the issuers of the platform.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown program.
    pub async fn remove_trust_list(&self, program: &VerificationProgramId) -> Result<TrustedIssuers, Error> {
        self.transport
            .delete(format!(
                "sandbox/v1/verification-programs/{}/trust-list",
                encoded(program.as_str())
            ))
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Applies a seed file, all or nothing. What an earlier seed created stays and is returned.
    ///
    /// # Errors
    /// As the calls above; [`Error::Conflict`] for a seed that contradicts what exists.
    pub async fn seed(&self, seed: &Seed) -> Result<Seeded, Error> {
        self.set_up("seed", seed).await
    }

    /// Lists the partners that were seeded, newest first.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn seeded(&self) -> Result<SeededPartners, Error> {
        self.transport
            .get("sandbox/v1/seed")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Registers public keys of a partner. Tokens verify with them and with those at the partner's JWKS URL.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown partner, [`Error::Rejected`] for a private key.
    pub async fn register_keys(
        &self,
        partner: &PartnerId,
        keys: &RegisterKeys,
    ) -> Result<RegisteredKeys, Error> {
        self.set_up(&format!("partners/{partner}/keys"), keys).await
    }

    /// Removes a registered key of a partner. Returns the keys that are left. Tokens that were
    /// signed with it are rejected from then on; by other processes on the same database after 30
    /// s.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown partner or key.
    pub async fn remove_key(&self, partner: &PartnerId, kid: &Kid) -> Result<RegisteredKeys, Error> {
        let kid = encoded(kid.as_str());
        self.transport
            .delete(format!("sandbox/v1/partners/{partner}/keys/{kid}"))
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Registers the backend of a partner that signs credentials itself, in place of an earlier one.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown partner; [`Error::Rejected`] for a DID that is not a
    /// `did:web`, and for a URL that the platform does not call.
    pub async fn register_issuer_backend(
        &self,
        partner: &PartnerId,
        backend: &NewIssuerBackend,
    ) -> Result<IssuerBackend, Error> {
        self.transport
            .put(issuer_backend(partner))
            .bearer(self.admin_token)
            .repeating_safely_if(true)
            .json(backend)
            .receive()
            .await
    }

    /// Fetches the registered backend of a partner, without its API key.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown partner, and for one without a backend.
    pub async fn issuer_backend(&self, partner: &PartnerId) -> Result<IssuerBackend, Error> {
        self.transport
            .get(issuer_backend(partner))
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Removes the registered backend of a partner, and returns it.
    ///
    /// # Errors
    /// As [`Self::issuer_backend`].
    pub async fn remove_issuer_backend(&self, partner: &PartnerId) -> Result<IssuerBackend, Error> {
        self.transport
            .delete(issuer_backend(partner))
            .bearer(self.admin_token)
            .receive()
            .await
    }
}

fn issuer_backend(partner: &PartnerId) -> String {
    format!("sandbox/v1/partners/{partner}/issuer-backend")
}
