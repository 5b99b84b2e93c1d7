//! Errors of requests to a node.

use super::refusal::Refusal;
use crate::FetchError;

/// The reason that a request to a node failed. Messages name the node by scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RpcError {
    /// There is no answer.
    #[error("`{method}` at {node} failed: {source}")]
    Fetch {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
        /// The reason.
        source: FetchError,
    },
    /// The answer did not arrive in time.
    #[error(
        "`{method}` at {node} failed: it did not answer within {seconds} s; check the node, or use another one"
    )]
    TimedOut {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
        /// The time limit in seconds.
        seconds: u64,
    },
    /// The node asks its client to wait.
    #[error(
        "`{method}` at {node} failed: it limits requests; wait, or use another node or a plan with more requests"
    )]
    RateLimited {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
    },
    /// The answer is not JSON-RPC.
    #[error(
        "`{method}` at {node} failed: it answered {status}, not 200; check that the URL is that of a node's JSON-RPC"
    )]
    Status {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
        /// The HTTP status.
        status: u16,
    },
    /// The answer is not the one of this method.
    #[error(
        "`{method}` at {node} failed: its answer is not {expected}; check that the URL is that of a node's JSON-RPC"
    )]
    InvalidAnswer {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
        /// The expected answer, with its article.
        expected: &'static str,
    },
    /// The node does not have the method.
    #[error("{node} does not have the method `{method}`; use a node that has it")]
    NoSuchMethod {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
    },
    /// The contract refused the call.
    #[error("`{method}` at {node} failed: the contract refused the call")]
    Reverted {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
        /// The data of the refusal, which
        /// [`Refusal::decode`](air_ledger::evm::contract::Refusal::decode) reads. Empty if the node
        /// does not return it.
        data: Vec<u8>,
    },
    /// The node refused the request.
    #[error("`{method}` at {node} failed: it answered \"{message}\" ({code})")]
    Refused {
        /// The method.
        method: &'static str,
        /// The node.
        node: String,
        /// The code of the error (JSON-RPC 2.0, 5.1).
        code: i64,
        /// The node's words: at most 200 characters, without control characters.
        message: String,
    },
}

impl RpcError {
    /// Whether the node can't be reached or does not answer now, so that the same request may succeed later.
    #[must_use]
    pub fn is_unreachable(&self) -> bool {
        match self {
            Self::Fetch { source, .. } => matches!(
                source,
                FetchError::Connect | FetchError::TimedOut | FetchError::BrokeOff | FetchError::Busy
            ),
            Self::TimedOut { .. } | Self::RateLimited { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            Self::InvalidAnswer { .. }
            | Self::NoSuchMethod { .. }
            | Self::Reverted { .. }
            | Self::Refused { .. } => false,
        }
    }

    /// The data of a contract's refusal.
    #[must_use]
    pub fn revert_data(&self) -> Option<&[u8]> {
        match self {
            Self::Reverted { data, .. } => Some(data),
            _ => None,
        }
    }

    /// The reason why the node refused a transaction, by its words.
    #[must_use]
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused { message, .. } => Some(Refusal::of(message)),
            _ => None,
        }
    }
}
