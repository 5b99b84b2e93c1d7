//! Verification of a proof file, offline.

use serde::Serialize;

use super::{
    account::{Account, storage_word},
    contract,
    error::Error,
    hash::{Address, KeccakHash, keccak256},
    header::Header,
    proof::{AnchorProof, Evidence, MptEvidence},
    trie,
};
use crate::merkle::{self, Hash};

/// The contract that a verifier trusts for a ledger. It must not come from the proof, nor from the
/// platform that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinned {
    /// The chain's id (EIP-155).
    pub chain_id: u64,
    /// The contract's address.
    pub contract: Address,
    /// Keccak-256 of the contract's code: [`contract::code::hash`] of the ledger's name and owner.
    /// It does not cover the storage: pin only a contract whose creation had
    /// [`contract::code::creation`] as its input.
    pub code_hash: KeccakHash,
}

/// A check of a proof. They are made in this order, up to the first that fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Check {
    /// The entry is in the tree of the stated root.
    Inclusion,
    /// The proof is for the pinned chain. The header does not name its chain: the trusted block
    /// hash stands for it.
    ChainId,
    /// The proof is for the pinned contract.
    Contract,
    /// The proof is for the pinned code.
    CodeHash,
    /// The header is that of the trusted block.
    BlockHash,
    /// The numbers of blocks agree with each other and with the header.
    BlockNumber,
    /// The contract exists in the state of the block, with the pinned code.
    Account,
    /// The contract stores the stated root for the tree's size.
    Root,
}

impl Check {
    /// All of them, in order.
    pub const ALL: [Self; 8] = [
        Self::Inclusion,
        Self::ChainId,
        Self::Contract,
        Self::CodeHash,
        Self::BlockHash,
        Self::BlockNumber,
        Self::Account,
        Self::Root,
    ];

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inclusion => "inclusion",
            Self::ChainId => "chainId",
            Self::Contract => "contract",
            Self::CodeHash => "codeHash",
            Self::BlockHash => "blockHash",
            Self::BlockNumber => "blockNumber",
            Self::Account => "account",
            Self::Root => "root",
        }
    }
}

/// The result of verifying a proof.
#[derive(Debug)]
#[must_use = "a report may be that of a forged proof"]
pub struct Report {
    /// The checks that passed, in order.
    pub passed: Vec<Check>,
    /// The check that failed, and why. Those after it were not made.
    pub failed: Option<(Check, Error)>,
    /// The header of the trusted block, if it was read.
    pub block: Option<Header>,
}

impl Report {
    /// Whether every check passed.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.failed.is_none() && self.passed == Check::ALL
    }

    /// The header of the trusted block, or the reason why the proof was refused.
    ///
    /// # Errors
    ///
    /// The error of the check that failed.
    pub fn into_result(self) -> Result<Header, Error> {
        match self.failed {
            Some((_, error)) => Err(error),
            None => self.block.ok_or(Error::NoEvidence),
        }
    }
}

impl AnchorProof {
    /// Verifies the proof against the pinned contract and the hash of a block, which the verifier
    /// knows from a source that it trusts.
    ///
    /// Every member of the proof is checked, except `anchor.transactionHash`, and the block of the
    /// checkpoint if it is not the block of the evidence: of that one only that it is not later.
    pub fn verify(&self, pinned: &Pinned, trusted_block: &KeccakHash) -> Report {
        let mut run = Run {
            proof: self,
            pinned,
            passed: Vec::new(),
            block: None,
        };
        let failed = run.all(trusted_block).err();
        Report {
            passed: run.passed,
            failed,
            block: run.block,
        }
    }

    /// Verifies that the entry is in the tree of the stated root, which is the first check. The
    /// root must then be compared with the contract's answer (`roots`), asked of nodes that the
    /// verifier trusts.
    ///
    /// # Errors
    ///
    /// [`Error::NotIncluded`].
    pub fn verify_inclusion(&self) -> Result<(), Error> {
        let inclusion = &self.inclusion;
        let path: Vec<Hash> = inclusion.path.iter().map(|node| *node.as_bytes()).collect();
        let is_included = merkle::verify_inclusion(
            &merkle::leaf_hash(self.core_claim_hash.as_bytes()),
            inclusion.leaf_index,
            inclusion.tree_size,
            &path,
            inclusion.root.as_bytes(),
        );
        is_included.then_some(()).ok_or(Error::NotIncluded {
            index: inclusion.leaf_index,
            size: inclusion.tree_size,
        })
    }
}

/// A verification under way.
struct Run<'p> {
    proof: &'p AnchorProof,
    pinned: &'p Pinned,
    passed: Vec<Check>,
    block: Option<Header>,
}

impl Run<'_> {
    fn all(&mut self, trusted_block: &KeccakHash) -> Result<(), (Check, Error)> {
        let proof = self.proof;
        let anchor = &proof.anchor;
        self.check(Check::Inclusion, || proof.verify_inclusion())?;
        self.pinned()?;
        let evidence = proof.evidence.as_ref();
        let Evidence::Mpt(evidence) = evidence.ok_or((Check::BlockHash, Error::NoEvidence))?;
        let header = self.check(Check::BlockHash, || header(evidence, trusted_block))?;
        self.block = Some(header);
        self.check(Check::BlockNumber, || block_numbers(proof, evidence, &header))?;
        let account = self.check(Check::Account, || {
            account(evidence, &header, anchor.contract, anchor.code_hash)
        })?;
        self.check(Check::Root, || {
            stored_root(
                evidence,
                &account,
                proof.inclusion.tree_size,
                *proof.inclusion.root.as_bytes(),
            )
        })
    }

    /// Compares the proof's statements about the contract with the pinned values.
    fn pinned(&mut self) -> Result<(), (Check, Error)> {
        let anchor = &self.proof.anchor;
        let pinned = self.pinned;
        self.check(Check::ChainId, || match anchor.chain_id {
            found if found == pinned.chain_id => Ok(()),
            found => Err(Error::ChainId {
                expected: pinned.chain_id,
                found,
            }),
        })?;
        self.check(Check::Contract, || match anchor.contract {
            found if found == pinned.contract => Ok(()),
            found => Err(Error::Contract {
                expected: pinned.contract,
                found,
            }),
        })?;
        self.check(Check::CodeHash, || match anchor.code_hash {
            found if found == pinned.code_hash => Ok(()),
            found => Err(Error::CodeHash {
                expected: pinned.code_hash,
                found,
            }),
        })
    }

    fn check<T>(
        &mut self,
        check: Check,
        run: impl FnOnce() -> Result<T, Error>,
    ) -> Result<T, (Check, Error)> {
        let found = run().map_err(|error| (check, error))?;
        self.passed.push(check);
        Ok(found)
    }
}

/// The hash is compared first, so that nothing but the trusted header is read.
fn header(evidence: &MptEvidence, trusted: &KeccakHash) -> Result<Header, Error> {
    let bytes = evidence.header_rlp.as_ref();
    let found = keccak256(bytes);
    if found != *trusted {
        return Err(Error::BlockHash {
            expected: *trusted,
            found,
        });
    }
    Header::decode(bytes)
}

fn block_numbers(proof: &AnchorProof, evidence: &MptEvidence, header: &Header) -> Result<(), Error> {
    let anchor = &proof.anchor;
    if evidence.block != header.number {
        return Err(Error::BlockNumber {
            stated: evidence.block,
            found: header.number,
        });
    }
    if header.number < anchor.block_number {
        return Err(Error::EvidenceTooEarly {
            evidence: header.number,
            anchor: anchor.block_number,
        });
    }
    if header.number == anchor.block_number && header.hash != anchor.block_hash {
        return Err(Error::AnchorBlockHash {
            stated: anchor.block_hash,
            found: header.hash,
        });
    }
    Ok(())
}

/// The contract's account in the state of the block.
fn account(
    evidence: &MptEvidence,
    header: &Header,
    contract: Address,
    code_hash: KeccakHash,
) -> Result<Account, Error> {
    let key = keccak256(contract.as_bytes());
    let found = trie::lookup(&header.state_root, key.as_bytes(), &evidence.account_proof)
        .map_err(Error::AccountProof)?
        .ok_or(Error::NoAccount { contract })?;
    let account = Account::decode(found)?;
    if account.code_hash != code_hash {
        return Err(Error::DeployedCode {
            expected: code_hash,
            found: account.code_hash,
        });
    }
    Ok(account)
}

/// Compares the root in the contract's storage with the proof's.
fn stored_root(evidence: &MptEvidence, account: &Account, size: u64, expected: Hash) -> Result<(), Error> {
    let key = keccak256(contract::root_slot(size).as_bytes());
    let found = trie::lookup(&account.storage_root, key.as_bytes(), &evidence.storage_proof)
        .map_err(Error::StorageProof)?
        .ok_or(Error::NoCheckpoint { size })?;
    let found = storage_word(found)?;
    if found == expected {
        Ok(())
    } else {
        Err(Error::Root {
            size,
            expected,
            found,
        })
    }
}
