//! A client of a node of an EVM chain: JSON-RPC over HTTP, by polling.
//!
//! ```no_run
//! use air_fetch::{evm::{BlockId, Node}, Fetcher, NetworkPolicy};
//! use air_ledger::evm::contract::{self, Call};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let node = Node::new(Fetcher::new(NetworkPolicy::Any)?, "https://rpc.example/v1/secret")?;
//! println!("{node} serves chain {}", node.chain_id().await?); // https://rpc.example/… serves chain 5151
//!
//! let contract = "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512".parse()?;
//! let answer = node.call(contract, &Call::Roots { size: 128 }.encode(), BlockId::Finalized).await?;
//! println!("{:?}", contract::root(&answer)?);
//! # Ok(())
//! # }
//! ```
//!
//! A request takes at most 10 s, and its answer has at most 2 MiB. It is repeated twice if the node
//! can't be reached, or asks to wait (429, 503 or the error `limit exceeded`); it waits as long as
//! `Retry-After` says, at most 10 s.
//!
//! # Security
//! A node can lie. Only [`Proof`] can be checked without trust, against a block hash from
//! elsewhere. The URL may contain a key of the node's provider, so messages, logs and `Debug` show
//! only its scheme, host and port.

mod answers;
mod block;
mod error;
mod node;
mod quantity;
mod refusal;

pub use answers::{FeeHistory, Proof, Receipt, Request, SlotProof};
pub use block::{Block, BlockId};
pub use error::RpcError;
pub use node::{Node, Retries};
pub use refusal::Refusal;

#[cfg(test)]
mod tests;
