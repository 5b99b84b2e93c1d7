//! The cached data of issuers and verifiers for wallets.

use std::sync::Arc;

use air_ids::UnixTime;
use air_jwt::{jwe::DecryptionKey, jws::X5c};
use air_oid4vc::vci::CredentialConfiguration;
use air_store::{credential_offers::Offer, programs::PublishedProgram};
use air_vc::Integrity;
use air_x509::TrustList;
use sha2::{Digest, Sha256};

use super::bounded::BoundedCache;

/// The maximum length of the claims of a cached offer.
const SUBJECT_LIMIT: usize = 16 * 1024;

/// The caches. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct WalletCache {
    /// The certificate chains of issuers by the name under which they are stored.
    issuer_chains: BoundedCache<String, X5c>,
    /// The metadata of issuers for wallets by their partner ID. A document has the configurations
    /// of up to 250 programs.
    issuer_documents: BoundedCache<String, IssuerDocument, 64>,
    /// The signed metadata of issuers by their partner ID.
    signed_documents: BoundedCache<String, SignedDocument, 64>,
    /// The keys that decrypt credential requests, by their period.
    request_keys: BoundedCache<u64, Vec<DecryptionKey>, 2>,
    /// The key of nonces, which does not change.
    nonce_key: BoundedCache<(), [u8; 32], 1>,
    /// The redeemed offers by the SHA-256 digest of the access token. The claims, the address and the key of an offer do not
    /// change after the token is issued. Its other state may be old: each transaction reads it.
    grants: BoundedCache<[u8; 32], Offer>,
    /// The SHA-256 digests of codes of offers that were open.
    open_codes: BoundedCache<Vec<u8>, (), 10_000>,
    /// The hashes of type metadata by the schema's ID. A published schema does not change.
    type_hashes: BoundedCache<String, Integrity>,
    /// The configurations of published programs by their identifier. Such a program does not change.
    configurations: BoundedCache<String, CredentialConfiguration>,
    /// The trust lists of verification programs by the hash of their JSON. Reading one parses its certificates.
    trust_lists: BoundedCache<[u8; 32], TrustList, 64>,
}

/// A document that is served to anyone.
pub(crate) type Document = Arc<[u8]>;

/// The source of an issuer's metadata.
#[derive(PartialEq, Eq)]
pub(crate) struct Source {
    /// The partner's name.
    pub(crate) name: String,
    /// The ID of the key that wallets encrypt requests to.
    pub(crate) request_key: String,
    /// The programs that the issuer offers.
    pub(crate) programs: Vec<PublishedProgram>,
}

struct IssuerDocument {
    source: Source,
    document: Document,
}

/// A document, and a JWT with the same content.
struct SignedDocument {
    document: Document,
    renewed_at: UnixTime,
    token: Document,
}

impl WalletCache {
    /// Clears the caches.
    pub(super) fn clear(&self) {
        self.issuer_chains.clear();
        self.issuer_documents.clear();
        self.signed_documents.clear();
        self.request_keys.clear();
        self.nonce_key.clear();
        self.grants.clear();
        self.open_codes.clear();
        self.type_hashes.clear();
        self.configurations.clear();
        self.trust_lists.clear();
    }

    /// Returns the hash of a schema's type metadata, if it is cached.
    pub(crate) fn type_hash(&self, schema_id: &str) -> Option<Arc<Integrity>> {
        self.type_hashes.find(schema_id)
    }

    pub(crate) fn keep_type_hash(&self, schema_id: &str, hash: Integrity) -> Arc<Integrity> {
        self.type_hashes.insert(schema_id.to_owned(), hash)
    }

    /// Returns the configuration of a published program, if it is cached.
    pub(crate) fn configuration(&self, id: &str) -> Option<Arc<CredentialConfiguration>> {
        self.configurations.find(id)
    }

    pub(crate) fn keep_configuration(
        &self,
        id: &str,
        configuration: CredentialConfiguration,
    ) -> Arc<CredentialConfiguration> {
        self.configurations.insert(id.to_owned(), configuration)
    }

    /// Returns the trust list with this JSON, which is parsed once.
    pub(crate) fn trust_list(&self, json: &str) -> Result<Arc<TrustList>, air_x509::Error> {
        let hash: [u8; 32] = Sha256::digest(json).into();
        if let Some(list) = self.trust_lists.find(&hash) {
            return Ok(list);
        }
        let list = TrustList::from_json(json.as_bytes())?;
        Ok(self.trust_lists.insert(hash, list))
    }

    /// Returns the certificate chain that is stored under a name, if it is cached.
    pub(crate) fn issuer_chain(&self, name: &str) -> Option<Arc<X5c>> {
        self.issuer_chains.find(name)
    }

    pub(crate) fn keep_issuer_chain(&self, name: String, chain: X5c) -> Arc<X5c> {
        self.issuer_chains.insert(name, chain)
    }

    /// Returns the keys that decrypt credential requests in a period, if they are cached.
    pub(crate) fn request_keys(&self, period: u64) -> Option<Arc<Vec<DecryptionKey>>> {
        self.request_keys.find(&period)
    }

    pub(crate) fn keep_request_keys(&self, period: u64, keys: Vec<DecryptionKey>) -> Arc<Vec<DecryptionKey>> {
        self.request_keys.insert(period, keys)
    }

    /// Returns the key of nonces, if it is cached.
    pub(crate) fn nonce_key(&self) -> Option<Arc<[u8; 32]>> {
        self.nonce_key.find(&())
    }

    pub(crate) fn keep_nonce_key(&self, key: [u8; 32]) -> Arc<[u8; 32]> {
        self.nonce_key.insert((), key)
    }

    /// Returns the offer of an access token, if it is cached. The token may have ended since.
    pub(crate) fn grant(&self, token_digest: &[u8]) -> Option<Arc<Offer>> {
        self.grants.find(token_digest)
    }

    /// Caches the offer of an access token, unless its claims are long.
    pub(crate) fn keep_grant(&self, token_digest: [u8; 32], offer: Offer) -> Arc<Offer> {
        if offer.subject.len() > SUBJECT_LIMIT {
            return Arc::new(offer);
        }
        self.grants.insert(token_digest, offer)
    }

    /// Checks whether an offer with this code was open. The code may have been exchanged since.
    pub(crate) fn is_open_code(&self, digest: &[u8]) -> bool {
        self.open_codes.find(digest).is_some()
    }

    pub(crate) fn keep_open_code(&self, digest: &[u8]) {
        self.open_codes.insert(digest.to_vec(), ());
    }

    /// Forgets a code, whose next use does not wait for the writer.
    pub(crate) fn forget_code(&self, digest: &[u8]) {
        self.open_codes.remove(digest);
    }

    /// Forgets an access token.
    pub(crate) fn forget_grant(&self, token_digest: &[u8]) {
        self.grants.remove(token_digest);
    }

    /// Forgets the access tokens of an offer.
    pub(crate) fn forget_grants(&self, offer_id: &str) {
        self.grants.retain(|offer| offer.offer_id != offer_id);
    }

    /// Forgets the access tokens that have ended at `now`.
    pub(crate) fn forget_ended_grants(&self, now: UnixTime) {
        self.grants
            .retain(|offer| offer.token_expires_at.is_some_and(|end| now < end));
    }

    /// Returns the metadata of an issuer, if the cached document has the same source.
    pub(crate) fn issuer_document(&self, partner_id: &str, source: &Source) -> Option<Document> {
        let cached = self.issuer_documents.find(partner_id)?;
        (cached.source == *source).then(|| cached.document.clone())
    }

    pub(crate) fn keep_issuer_document(
        &self,
        partner_id: &str,
        source: Source,
        document: String,
    ) -> Document {
        let document = Document::from(document.into_bytes());
        let new = IssuerDocument {
            source,
            document: document.clone(),
        };
        self.issuer_documents.insert(partner_id.to_owned(), new);
        document
    }

    /// Returns the JWT of a document, if it is cached and need not be signed again before `now`.
    pub(crate) fn signed_document(
        &self,
        partner_id: &str,
        document: &Document,
        now: UnixTime,
    ) -> Option<Document> {
        let cached = self.signed_documents.find(partner_id)?;
        let is_current = cached.document == *document && now < cached.renewed_at;
        is_current.then(|| cached.token.clone())
    }

    pub(crate) fn keep_signed_document(
        &self,
        partner_id: &str,
        document: &Document,
        renewed_at: UnixTime,
        token: String,
    ) -> Document {
        let token = Document::from(token.into_bytes());
        let new = SignedDocument {
            document: document.clone(),
            renewed_at,
            token: token.clone(),
        };
        self.signed_documents.insert(partner_id.to_owned(), new);
        token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_metadata_of_an_issuer_is_written_again_when_its_name_its_key_or_a_program_changes() {
        let cache = WalletCache::default();
        let source = |name: &str, programs: &[&str]| Source {
            name: name.to_owned(),
            request_key: "k1".to_owned(),
            programs: programs
                .iter()
                .map(|id| PublishedProgram {
                    program_id: id.parse().unwrap(),
                    schema_id: "schema".parse().unwrap(),
                })
                .collect(),
        };
        assert_eq!(cache.issuer_document("a", &source("Bank", &["1"])), None);
        cache.keep_issuer_document("a", source("Bank", &["1"]), "first".to_owned());
        assert_eq!(
            cache.issuer_document("a", &source("Bank", &["1"])).as_deref(),
            Some(&b"first"[..])
        );
        for changed in [
            source("Other", &["1"]),
            source("Bank", &["2", "1"]),
            source("Bank", &[]),
            Source {
                request_key: "k2".to_owned(),
                ..source("Bank", &["1"])
            },
        ] {
            assert_eq!(cache.issuer_document("a", &changed), None);
        }
        // The cache is bounded: the oldest document is evicted.
        for number in 0..64 {
            cache.keep_issuer_document(&number.to_string(), source("Bank", &[]), String::new());
        }
        assert_eq!(cache.issuer_document("a", &source("Bank", &["1"])), None);
    }

    #[test]
    fn a_document_is_signed_again_when_it_changes_and_after_its_time() {
        let cache = WalletCache::default();
        let document = Document::from(&b"{}"[..]);
        cache.keep_signed_document("a", &document, UnixTime::from_secs(100), "token".to_owned());
        let found = |document: &Document, now| cache.signed_document("a", document, now);
        assert_eq!(
            found(&document, UnixTime::from_secs(99)).as_deref(),
            Some(&b"token"[..])
        );
        assert_eq!(found(&document, UnixTime::from_secs(100)), None);
        assert_eq!(found(&Document::from(&b"[]"[..]), UnixTime::from_secs(99)), None);
    }

    #[test]
    fn a_trust_list_is_parsed_once_and_again_when_it_changes() {
        let cache = WalletCache::default();
        let json = |name: &str| {
            format!(r#"{{"issuers":[{{"name":"{name}","did":"did:web:a.example","types":"*"}}]}}"#)
        };
        let first = cache.trust_list(&json("A")).unwrap();
        assert!(Arc::ptr_eq(&first, &cache.trust_list(&json("A")).unwrap()));
        let changed = cache.trust_list(&json("B")).unwrap();
        assert_eq!(changed.issuers().next().unwrap().name(), "B");
        assert!(cache.trust_list("{").is_err());
    }
}
