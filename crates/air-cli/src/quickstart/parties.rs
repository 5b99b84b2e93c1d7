//! The parties of the quickstart: the partner's account with its programs, and the user with a wallet.

use air_api::{
    CoreClaimHash, IssuerDid, PartnerId, ProgramId, SchemaId, VcId, VerificationProgramId,
    sandbox::{ChainAnchor, InclusionProof, Session},
};
use air_crypto::{CakContext, CakPrivateKey, CakPublicKey, ChainId, Curve, LocalWallet, RootSecret};
use air_jwt::{EmailAddress, Kid};

use super::folder::{Folder, WALLET_KEY};
use crate::{exit::Failure, files::Audience, jwks::server::JwksServer};

/// A partner's account, and its published keys.
pub(super) struct Account {
    pub(super) partner_id: PartnerId,
    pub(super) issuer_did: IssuerDid,
    pub(super) verifier_did: String,
    pub(super) kid: Kid,
    pub(super) jwks: JwksServer,
}

pub(super) struct Programs {
    pub(super) schema: SchemaId,
    pub(super) issuance: ProgramId,
    pub(super) verification: VerificationProgramId,
}

/// The user, with a wallet and a credential.
pub(super) struct Holder {
    pub(super) email: EmailAddress,
    pub(super) session: Session,
    pub(super) context: CakContext,
    pub(super) public_key: CakPublicKey,
    pub(super) core_claim_hash: CoreClaimHash,
    pub(super) vc_id: VcId,
    pub(super) vct: String,
    pub(super) transaction_hash: String,
    pub(super) proof: InclusionProof,
    /// The checkpoint on the chain.
    pub(super) anchor: Option<ChainAnchor>,
    pub(super) wallet: Wallet,
}

/// The key of an identity wallet, in the form of its file.
pub(super) struct Wallet(zeroize::Zeroizing<String>);

impl Wallet {
    /// Creates a key on secp256k1, in a file that only its owner can read.
    pub(super) fn create(folder: &Folder) -> Result<Self, Failure> {
        let key = CakPrivateKey::generate(Curve::Secp256k1, &mut rand::rng()).expose_hex();
        folder.write(WALLET_KEY, key.as_bytes(), Audience::Owner)?;
        Ok(Self(key))
    }

    pub(super) fn root(&self, session: &Session) -> Result<RootSecret, Failure> {
        let wallet = LocalWallet::from_hex(&self.0)?;
        Ok(RootSecret::from_wallet(wallet, ChainId::new(session.chain_id)))
    }
}
