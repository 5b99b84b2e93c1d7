//! Calls that only the local platform has: set-up, logins, dStorage for sealed documents, the ledger.

use air_api::{
    CoreClaimHash, IssuerRecord, PartnerId, ProgramId, SchemaId, StorageId, VerificationId,
    sandbox::{
        Block, CakQuery, CallbackSubscription, ChainReport, ConsistencyProof, CreateOffer,
        CreatePresentationRequest, CreateProgram, CreateSchema, CreateVerificationProgram, CreatedOffer,
        CreatedPartner, CreatedPresentationRequest, CreatedProgram, CreatedSchema,
        CreatedVerificationProgram, Faults, ListQuery, Login, MoveClock, NewPartner, NewSnapshot,
        OfferStatus, PartnerRecord, PlatformClock, PresentationRequestStatus, Program, ProgramRecord,
        PublishedSchema, RecordPage, RecordedCak, RegisterKeys, RegisteredKeys, Revoke, Revoked, SchemaPage,
        SchemaSearch, Seed, Seeded, SeededPartners, Session, Snapshot, Snapshots, StoredObject, Transaction,
        VerificationProgramRecord, VerificationRecord,
    },
};
use air_jwt::Kid;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{Auth, Error, idempotency, tokens::TokenPurpose, transport::Transport};

/// The calls that only the local platform has (`air sandbox up`, `TestPlatform`). A hosted platform has none
/// of them: a call to one fails with [`Error::LocalOnly`](crate::Error::LocalOnly), and nothing is sent.
///
/// See [`AirClient::local`](crate::AirClient::local). The calls of [`AirClient`](crate::AirClient) itself and
/// of [`Catalogue`](crate::Catalogue) are documented for the hosted platforms, too.
#[derive(Clone, Copy)]
pub struct SandboxClient<'c> {
    pub(crate) transport: &'c Transport,
    pub(crate) admin_token: Option<&'c str>,
    pub(crate) partner: Option<Auth<'c>>,
}

impl<'c> SandboxClient<'c> {
    /// Sends the operator token, which the platform generates when it starts.
    #[must_use]
    pub fn with_admin_token(mut self, token: &'c str) -> Self {
        self.admin_token = Some(token);
        self
    }

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

    /// Checks that the platform and its store respond.
    ///
    /// # Errors
    /// [`Error::Unreachable`] if the platform does not respond.
    pub async fn ready(&self) -> Result<(), Error> {
        self.transport.get("readyz").receive::<Value>().await.map(drop)
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

    /// Removes a registered key of a partner. Returns the keys that are left. Tokens that were signed with it are
    /// rejected from then on; by other processes on the same database after 30 s.
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

    /// Logs a user in. A new user is created. A given token has any scope.
    ///
    /// # Errors
    /// [`Error::Rejected`] for an implausible address.
    pub async fn login(&self, auth: impl Into<Auth<'_>>, email: &str) -> Result<Session, Error> {
        let login = Login {
            email: email.to_owned(),
        };
        self.transport
            .post("sandbox/v1/sessions")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .json(&login)
            .receive()
            .await
    }

    /// Offers a credential to a wallet (OpenID4VCI). A given token has the scope `issue`. If it has an e-mail address,
    /// the credential is this user's; otherwise, it is a new user's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown program, [`Error::Rejected`] for an invalid subject.
    pub async fn create_offer(
        &self,
        auth: impl Into<Auth<'_>>,
        offer: &CreateOffer,
    ) -> Result<CreatedOffer, Error> {
        self.transport
            .post("sandbox/v1/offers")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .json(offer)
            .receive()
            .await
    }

    /// Returns the state of an offer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn offer(&self, auth: impl Into<Auth<'_>>, offer_id: &str) -> Result<OfferStatus, Error> {
        self.transport
            .get(format!("sandbox/v1/offers/{offer_id}"))
            .partner(auth.into().proof(TokenPurpose::Issue))
            .receive()
            .await
    }

    /// Asks a wallet for a presentation (OpenID4VP). A given token has the scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown verification program.
    pub async fn create_presentation_request(
        &self,
        auth: impl Into<Auth<'_>>,
        request: &CreatePresentationRequest,
    ) -> Result<CreatedPresentationRequest, Error> {
        self.transport
            .post("sandbox/v1/presentation-requests")
            .partner(auth.into().proof(TokenPurpose::Verify))
            .json(request)
            .receive()
            .await
    }

    /// Returns the state and the result of a presentation request.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn presentation_request(
        &self,
        auth: impl Into<Auth<'_>>,
        request_id: &str,
    ) -> Result<PresentationRequestStatus, Error> {
        self.transport
            .get(format!("sandbox/v1/presentation-requests/{request_id}"))
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive()
            .await
    }

    /// Returns a verification as its verifier can read it afterwards, with the present status of the credential. A
    /// given token has the scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a verification that is unknown or another partner's.
    pub async fn verification(
        &self,
        auth: impl Into<Auth<'_>>,
        id: &VerificationId,
    ) -> Result<VerificationRecord, Error> {
        self.transport
            .get(format!("sandbox/v1/verifications/{id}"))
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive()
            .await
    }

    /// Chooses what the partner's callback URL receives beside the callbacks of its issuer. A given token has the
    /// scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the partner has no callback URL.
    pub async fn subscribe_callbacks(
        &self,
        auth: impl Into<Auth<'_>>,
        subscription: &CallbackSubscription,
    ) -> Result<CallbackSubscription, Error> {
        self.transport
            .put("sandbox/v1/callbacks/subscription")
            .partner(auth.into().proof(TokenPurpose::Verify))
            .json(subscription)
            .receive()
            .await
    }

    /// Returns the current faults.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`] without the operator token, if the platform requires it.
    pub async fn faults(&self) -> Result<Faults, Error> {
        self.transport
            .get("sandbox/v1/faults")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Replaces the faults.
    ///
    /// # Errors
    /// [`Error::Rejected`] for an invalid fault.
    pub async fn set_faults(&self, faults: &Faults) -> Result<Faults, Error> {
        self.transport
            .put("sandbox/v1/faults")
            .bearer(self.admin_token)
            .json(faults)
            .receive()
            .await
    }

    /// Returns the platform's time.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn platform_clock(&self) -> Result<PlatformClock, Error> {
        self.transport
            .get("sandbox/v1/clock")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Moves the platform's clock forward, or resets it to the machine's.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a time before the platform's, or too far ahead.
    pub async fn move_clock(&self, to: &MoveClock) -> Result<PlatformClock, Error> {
        let key = idempotency::random(&mut rand::rng());
        self.transport
            .put("sandbox/v1/clock")
            .bearer(self.admin_token)
            .json(to)
            .idempotency_key(&key)
            .receive()
            .await
    }

    /// Saves the platform's state as a snapshot.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a name that is taken, or a store without snapshots.
    pub async fn save_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.set_up(
            "snapshots",
            &NewSnapshot {
                name: name.to_owned(),
            },
        )
        .await
    }

    /// Lists the snapshots by name.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn snapshots(&self) -> Result<Snapshots, Error> {
        self.transport
            .get("sandbox/v1/snapshots")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Replaces the platform's state with a snapshot.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown name, [`Error::Conflict`] for one that another version saved.
    pub async fn restore_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.set_up(&format!("snapshots/{name}/restore"), &Value::Null)
            .await
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown name.
    pub async fn delete_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.transport
            .delete(format!("sandbox/v1/snapshots/{name}"))
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Deletes the platform's state except the snapshots, and resets its clock to the machine's.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn reset(&self) -> Result<(), Error> {
        self.set_up::<Value>("reset", &Value::Null).await.map(drop)
    }

    /// Revokes a credential of the partner, in its status list and in verifications. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown hash.
    pub async fn revoke(&self, auth: impl Into<Auth<'_>>, hash: CoreClaimHash) -> Result<Revoked, Error> {
        self.transport
            .post("sandbox/v1/credentials/revoke")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .json(&Revoke {
                core_claim_hash: hash,
            })
            .receive()
            .await
    }

    /// Fetches the CAK public key that a user gave to one of the caller's own issuers, without issuing again. The token
    /// has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user who has not accepted, and equally for an unknown user or another partner's issuer.
    pub async fn cak_public_key(
        &self,
        auth: impl Into<Auth<'_>>,
        query: &CakQuery,
    ) -> Result<RecordedCak, Error> {
        self.transport
            .get("sandbox/v1/cak")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .query("user", query.user.as_str())
            .query("issuer", query.issuer.as_str())
            .query("schema", query.schema.as_str())
            .query("curve", query.curve.name())
            .receive()
            .await
    }

    /// Replaces the secret that signs the issuer's callbacks. Only this response contains the new secret.
    /// The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an issuer without a callback URL, [`Error::NotAuthorised`] for the token.
    pub async fn rotate_callback_secret(&self, auth: impl Into<Auth<'_>>) -> Result<IssuerRecord, Error> {
        self.transport
            .post("sandbox/v1/callbacks/secret")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .receive()
            .await
    }

    /// Stores a sealed document with a credential. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::Rejected`] for bytes that are not a sealed container.
    pub async fn store_object(
        &self,
        auth: impl Into<Auth<'_>>,
        hash: CoreClaimHash,
        name: &str,
        sealed: Vec<u8>,
    ) -> Result<StoredObject, Error> {
        self.transport
            .post("sandbox/v1/dstorage/objects")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .query("coreClaimHash", hash.to_string())
            .query("name", name)
            .bytes(sealed)
            .receive()
            .await
    }

    /// Fetches a sealed document, as its issuer ([`Auth::as_issuer`]) or as a verifier with the user's consent
    /// ([`Auth::as_verifier`], the default).
    ///
    /// # Errors
    /// [`Error::NotFound`] for all other callers.
    pub async fn fetch_object(&self, auth: impl Into<Auth<'_>>, id: &StorageId) -> Result<Vec<u8>, Error> {
        let path = format!("sandbox/v1/dstorage/objects/{id}");
        self.transport
            .get(path)
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive_bytes()
            .await
    }

    /// Fetches the issuer's public keys as the JSON of a JWK set.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown issuer.
    pub async fn issuer_keys(&self, issuer_did: &str) -> Result<Value, Error> {
        self.transport
            .get(format!("sandbox/v1/issuers/{issuer_did}/jwks.json"))
            .receive()
            .await
    }

    /// Fetches a ledger entry by its transaction hash. An anchored entry includes its proof.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown hash.
    pub async fn transaction(&self, transaction_hash: &str) -> Result<Transaction, Error> {
        self.transport
            .get(format!("sandbox/v1/ledger/transactions/{transaction_hash}"))
            .receive()
            .await
    }

    /// Fetches the state of the chain that holds the ledger's checkpoints, as the operator.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the platform runs without a chain.
    pub async fn chain(&self) -> Result<ChainReport, Error> {
        self.transport
            .get("sandbox/v1/chain")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Fetches the proof file of a credential's anchor on a chain, as JSON of the format `air-anchor-proof/1`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown credential, or if the platform runs without a chain. [`Error::InProgress`] while no
    /// checkpoint with the credential is final.
    pub async fn anchor_proof(&self, core_claim_hash: CoreClaimHash) -> Result<Value, Error> {
        self.transport
            .get(format!("sandbox/v1/ledger/anchor-proofs/{core_claim_hash}"))
            .receive()
            .await
    }

    /// Fetches the ledger's newest block.
    ///
    /// # Errors
    /// [`Error::NotFound`] before the first block.
    pub async fn ledger_head(&self) -> Result<Block, Error> {
        self.transport.get("sandbox/v1/ledger/head").receive().await
    }

    /// Fetches the proof that the tree of one block is a prefix of another's. [`ConsistencyProof::verifies`]
    /// checks it.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown block, [`Error::Rejected`] if `from` is after `to`.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<ConsistencyProof, Error> {
        self.transport
            .get("sandbox/v1/ledger/consistency")
            .query("from", from.to_string())
            .query("to", to.to_string())
            .receive()
            .await
    }

    async fn list<T: DeserializeOwned>(&self, what: &str, query: &ListQuery) -> Result<T, Error> {
        self.transport
            .get(format!("sandbox/v1/{what}"))
            .query("q", &query.q)
            .query("page", query.page.to_string())
            .bearer(self.admin_token)
            .receive()
            .await
    }

    async fn set_up<T: DeserializeOwned>(&self, what: &str, body: &impl Serialize) -> Result<T, Error> {
        self.transport
            .post(format!("sandbox/v1/{what}"))
            .bearer(self.admin_token)
            .json(body)
            .receive()
            .await
    }
}

/// A segment of a path (RFC 3986, 2.3): every byte but unreserved ones is encoded.
fn encoded(segment: &str) -> String {
    segment
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl std::fmt::Debug for SandboxClient<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SandboxClient")
            .field("transport", self.transport)
            .finish_non_exhaustive()
    }
}
