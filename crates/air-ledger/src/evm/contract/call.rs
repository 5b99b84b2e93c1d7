//! Calls of the contract.

use super::{selector, word};
use crate::{evm::hash::Address, merkle::Hash};

/// A function of the contract with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call<'a> {
    /// Stores a root. The submitter's alone; does nothing if the checkpoint is stored already.
    Checkpoint {
        /// The number of leaves.
        size: u64,
        /// The tree's root.
        root: Hash,
        /// The consistency proof from the newest checkpoint
        /// ([`consistency_ranges`](crate::merkle::consistency_ranges)); empty for the first
        /// checkpoint.
        path: &'a [Hash],
    },
    /// The root at a size. The answer is read by [`root`](super::root()).
    Roots {
        /// The number of leaves.
        size: u64,
    },
    /// The number of leaves at the newest checkpoint. The answer is read by [`size`](super::size()).
    Size,
    /// Whether a leaf is in the tree of a stored root. The answer is read by [`included`](super::included()).
    Included {
        /// The leaf's hash.
        leaf: Hash,
        /// The leaf's index, from 0.
        index: u64,
        /// The number of leaves.
        size: u64,
        /// The siblings, lowest first.
        path: &'a [Hash],
    },
    /// The account that may add checkpoints. The answer is read by [`account`](super::account()).
    Submitter,
    /// The proposed submitter. The answer is read by [`account`](super::account()).
    PendingSubmitter,
    /// The account that may propose a submitter. The answer is read by [`account`](super::account()).
    Owner,
    /// The ledger's name. The answer is read by [`ledger_id`](super::ledger_id()).
    LedgerId,
    /// Proposes a submitter. The owner's alone.
    SetSubmitter {
        /// The account; zero withdraws the last proposal.
        proposed: Address,
    },
    /// Makes the caller the submitter, if the owner proposed it.
    AcceptSubmitter,
}

impl Call<'_> {
    /// The call's data in the contract ABI.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut data = selector(self.signature()).to_vec();
        match *self {
            Self::Checkpoint { size, root, path } => {
                data.extend(word(size));
                data.extend(root);
                put_path(&mut data, 3, path);
            }
            Self::Roots { size } => data.extend(word(size)),
            Self::Included {
                leaf,
                index,
                size,
                path,
            } => {
                data.extend(leaf);
                data.extend(word(index));
                data.extend(word(size));
                put_path(&mut data, 4, path);
            }
            Self::SetSubmitter { proposed } => {
                data.extend([0; 12]);
                data.extend(proposed.as_bytes());
            }
            Self::Size
            | Self::Submitter
            | Self::PendingSubmitter
            | Self::Owner
            | Self::LedgerId
            | Self::AcceptSubmitter => {}
        }
        data
    }

    fn signature(&self) -> &'static str {
        match self {
            Self::Checkpoint { .. } => "checkpoint(uint64,bytes32,bytes32[])",
            Self::Roots { .. } => "roots(uint64)",
            Self::Size => "size()",
            Self::Included { .. } => "included(bytes32,uint64,uint64,bytes32[])",
            Self::Submitter => "submitter()",
            Self::PendingSubmitter => "pendingSubmitter()",
            Self::Owner => "owner()",
            Self::LedgerId => "ledgerId()",
            Self::SetSubmitter { .. } => "setSubmitter(address)",
            Self::AcceptSubmitter => "acceptSubmitter()",
        }
    }
}

/// The last argument of `arguments`, a list: its place, its length and its items.
fn put_path(data: &mut Vec<u8>, arguments: u64, path: &[Hash]) {
    data.extend(word(32 * arguments));
    data.extend(word(path.len() as u64));
    data.extend(path.as_flattened());
}
