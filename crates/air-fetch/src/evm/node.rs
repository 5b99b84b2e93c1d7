//! Requests to a node.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use air_ledger::evm::{Address, KeccakHash, fees::Quote};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::{
    answers::{FeeHistory, Proof, Receipt, Request},
    block::{Block, BlockId},
    error::RpcError,
    quantity::{Bytes, Number, Wei, in_hex},
};
use crate::{FetchError, Fetcher, Response, exchange};

/// The deadline of one request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The most bytes of an answer: a block of 20,000 transactions.
const LIMIT: usize = 2 * 1024 * 1024;
/// The most characters of a node's words that an error shows.
const MESSAGE_LIMIT: usize = 200;

/// The blocks whose tips a quote has, and the percentile of their gas.
const QUOTED_BLOCKS: u8 = 10;
const MEDIAN: u8 = 50;

/// How often a request is repeated that the node did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How often it is repeated; 2 by default.
    pub count: u32,
    /// The wait before the first repetition, which doubles each time; 250 ms by default.
    pub pause: Duration,
    /// The longest wait that `Retry-After` can cause; 10 s by default.
    pub longest_pause: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self {
            count: 2,
            pause: Duration::from_millis(250),
            longest_pause: Duration::from_secs(10),
        }
    }
}

/// A node of an EVM chain. Clones share the URL and the count of requests.
#[derive(Clone)]
pub struct Node {
    fetcher: Fetcher,
    url: Arc<str>,
    /// Scheme, host and port: a path may be a key.
    name: Arc<str>,
    retries: Retries,
    timeout: Duration,
    requests: Arc<AtomicU64>,
}

impl Node {
    /// A node by the URL of its JSON-RPC, within the fetcher's network policy.
    ///
    /// # Errors
    /// [`FetchError::Url`] if the policy does not allow the URL.
    pub fn new(fetcher: Fetcher, url: &str) -> Result<Self, FetchError> {
        fetcher.check(url)?;
        Ok(Self {
            fetcher,
            url: url.into(),
            name: name(url).into(),
            retries: Retries::default(),
            timeout: TIMEOUT,
            requests: Arc::default(),
        })
    }

    /// Changes how often a request is repeated.
    #[must_use]
    pub fn retrying(mut self, retries: Retries) -> Self {
        self.retries = retries;
        self
    }

    /// Changes the deadline of one request, which is 10 s by default.
    #[must_use]
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// `eth_chainId`: the chain's id (EIP-155).
    ///
    /// # Errors
    /// [`RpcError`], as each method.
    pub async fn chain_id(&self) -> Result<u64, RpcError> {
        let Number(id) = self.request("eth_chainId", json!([]), "a number").await?;
        Ok(id)
    }

    /// `web3_clientVersion`: the node's name and version, in its own words.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn client_version(&self) -> Result<String, RpcError> {
        let version: String = self.request("web3_clientVersion", json!([]), "a text").await?;
        Ok(printable(&version))
    }

    /// `eth_getCode`: the code at an address; empty if there is no contract.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn code(&self, at: Address, block: BlockId) -> Result<Vec<u8>, RpcError> {
        let params = json!([at, block.to_string()]);
        let Bytes(code) = self.request("eth_getCode", params, "the code").await?;
        Ok(code)
    }

    /// `eth_call`: the contract's answer to a call.
    ///
    /// # Errors
    /// [`RpcError`]; [`RpcError::Reverted`] if the contract refuses the call.
    pub async fn call(&self, to: Address, data: &[u8], block: BlockId) -> Result<Vec<u8>, RpcError> {
        let request = Request {
            from: None,
            to: Some(to),
            data,
        };
        let params = json!([request, block.to_string()]);
        let Bytes(answer) = self.request("eth_call", params, "the contract's answer").await?;
        Ok(answer)
    }

    /// `eth_getTransactionCount`: the next nonce of an account.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn transaction_count(&self, of: Address, block: BlockId) -> Result<u64, RpcError> {
        let params = json!([of, block.to_string()]);
        let Number(count) = self
            .request("eth_getTransactionCount", params, "a number")
            .await?;
        Ok(count)
    }

    /// `eth_getBalance`: an account's balance in wei; the largest number if it has more than 128 bits.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn balance(&self, of: Address, block: BlockId) -> Result<u128, RpcError> {
        let params = json!([of, block.to_string()]);
        let Wei(balance) = self.request("eth_getBalance", params, "an amount").await?;
        Ok(balance)
    }

    /// Asks what the gas of the next block costs, and for the median tips of the newest blocks.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn quote(&self) -> Result<Quote, RpcError> {
        let newest = self.block(BlockId::Latest).await?;
        // Nodes of chains without a base fee answer `eth_feeHistory` with zeros.
        let Some(base_fee) = newest.and_then(|block| block.base_fee) else {
            let price = self.gas_price().await?;
            return Ok(Quote::Legacy { price });
        };
        let (next, tips) = match self.fee_history(QUOTED_BLOCKS, MEDIAN).await {
            Ok(history) => (history.next_base_fee, history.tips),
            Err(RpcError::NoSuchMethod { .. }) => (None, Vec::new()),
            Err(error) => return Err(error),
        };
        Ok(Quote::Eip1559 {
            base: next.unwrap_or(base_fee),
            tips,
        })
    }

    /// `eth_feeHistory`: the fees of the newest blocks, with the tips at this percentile of each block's gas.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn fee_history(&self, blocks: u8, percentile: u8) -> Result<FeeHistory, RpcError> {
        let newest = BlockId::Latest.to_string();
        let params = json!([in_hex_number(blocks.into()), newest, [percentile]]);
        self.request("eth_feeHistory", params, "a history of fees").await
    }

    /// `eth_gasPrice`: what a legacy transaction should pay, in wei for each gas.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn gas_price(&self) -> Result<u128, RpcError> {
        let Wei(price) = self.request("eth_gasPrice", json!([]), "an amount").await?;
        Ok(price)
    }

    /// `eth_estimateGas`: the gas of a transaction in the newest state.
    ///
    /// # Errors
    /// [`RpcError`]; [`RpcError::Reverted`] if the contract refuses the call.
    pub async fn estimate_gas(&self, request: &Request<'_>) -> Result<u64, RpcError> {
        // Without a block, some nodes estimate in the pending state, with the transactions that wait.
        let params = json!([request, BlockId::Latest.to_string()]);
        let Number(gas) = self.request("eth_estimateGas", params, "a number").await?;
        Ok(gas)
    }

    /// `eth_sendRawTransaction`: gives the node a signed transaction, and returns its hash.
    ///
    /// # Errors
    /// [`RpcError`]; [`RpcError::refusal`] says why the node did not take it.
    pub async fn send_raw_transaction(&self, raw: &[u8]) -> Result<KeccakHash, RpcError> {
        self.request("eth_sendRawTransaction", json!([in_hex(raw)]), "a hash")
            .await
    }

    /// `eth_signTransaction`: has a signer (Web3Signer, clef) sign a transaction, which is a JSON
    /// object with its `from`, and returns the signed bytes. Check them: a signer can answer with
    /// another transaction.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn sign_transaction(&self, transaction: &Value) -> Result<Vec<u8>, RpcError> {
        let params = json!([transaction]);
        let answer: SignedAnswer = self
            .request("eth_signTransaction", params, "a signed transaction")
            .await?;
        let (SignedAnswer::Bytes(Bytes(raw)) | SignedAnswer::Object { raw: Bytes(raw) }) = answer;
        Ok(raw)
    }

    /// `eth_getTransactionReceipt`: where a transaction is; `None` if it is in no block.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn receipt(&self, transaction: &KeccakHash) -> Result<Option<Receipt>, RpcError> {
        self.request("eth_getTransactionReceipt", json!([transaction]), "a receipt")
            .await
    }

    /// `eth_getBlockByNumber`: a block; `None` if there is no such block.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn block(&self, block: BlockId) -> Result<Option<Block>, RpcError> {
        let params = json!([block.to_string(), false]);
        self.request("eth_getBlockByNumber", params, "a block").await
    }

    /// `eth_getBlockByHash`: a block; `None` if the node does not know it.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn block_by_hash(&self, hash: &KeccakHash) -> Result<Option<Block>, RpcError> {
        let params = json!([hash, false]);
        self.request("eth_getBlockByHash", params, "a block").await
    }

    /// `eth_getProof`: an account and slots of its storage, with proofs.
    ///
    /// # Errors
    /// [`RpcError`].
    pub async fn proof(&self, of: Address, slots: &[KeccakHash], block: BlockId) -> Result<Proof, RpcError> {
        let params = json!([of, slots, block.to_string()]);
        let expected = "a proof of each slot";
        let proof: Proof = self.request("eth_getProof", params, expected).await?;
        if proof.storage_proof.len() != slots.len() {
            return Err(RpcError::InvalidAnswer {
                method: "eth_getProof",
                node: self.name.to_string(),
                expected,
            });
        }
        Ok(proof)
    }

    /// Sends a request, again if the node can't answer now.
    async fn request<T: DeserializeOwned>(
        &self,
        method: &'static str,
        params: Value,
        expected: &'static str,
    ) -> Result<T, RpcError> {
        let id = self.requests.fetch_add(1, Ordering::Relaxed);
        let body = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string();
        let attempt = Attempt {
            node: &self.name,
            method,
            id,
            expected,
        };
        let mut pause = self.retries.pause;
        for _ in 0..self.retries.count {
            match self.attempt(&attempt, &body).await {
                Err((error, retry_after)) if error.is_unreachable() => {
                    let wait = retry_after.map_or(pause, |wait| wait.min(self.retries.longest_pause));
                    tokio::time::sleep(wait).await;
                    pause *= 2;
                }
                outcome => return outcome.map_err(|(error, _)| error),
            }
        }
        self.attempt(&attempt, &body).await.map_err(|(error, _)| error)
    }

    /// Sends a request once. The error has the wait that the node asks for.
    async fn attempt<T: DeserializeOwned>(
        &self,
        attempt: &Attempt<'_>,
        body: &str,
    ) -> Result<T, (RpcError, Option<Duration>)> {
        tracing::trace!(method = attempt.method, "a request to the node follows");
        let request = exchange::Request::post(&self.url, "application/json", body);
        let response = self
            .fetcher
            .exchange_within(&request, LIMIT, self.timeout)
            .await
            .map_err(|error| (self.no_answer(attempt.method, error), None))?;
        attempt
            .read(&response)
            .map_err(|error| (error, retry_after(&response)))
    }

    fn no_answer(&self, method: &'static str, source: FetchError) -> RpcError {
        let node = self.name.to_string();
        match source {
            FetchError::TimedOut => RpcError::TimedOut {
                method,
                node,
                seconds: self.timeout.as_secs(),
            },
            source => RpcError::Fetch { method, node, source },
        }
    }
}

impl fmt::Display for Node {
    /// Scheme, host and port. `/…` stands for a path or query, which may be a key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Node").field(&self.name).finish_non_exhaustive()
    }
}

/// A signed transaction: its bytes (Web3Signer), or an object with them (go-ethereum, clef).
#[derive(Deserialize)]
#[serde(untagged)]
enum SignedAnswer {
    Bytes(Bytes),
    Object { raw: Bytes },
}

/// A request and what its answer should be.
struct Attempt<'a> {
    node: &'a str,
    method: &'static str,
    id: u64,
    expected: &'static str,
}

/// An answer (JSON-RPC 2.0, 5).
#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    id: Value,
    /// `null` is an answer too: there is no such block.
    #[serde(default)]
    result: Value,
    #[serde(default)]
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    code: i64,
    #[serde(default)]
    message: String,
    #[serde(default)]
    data: Value,
}

/// The codes of an error (JSON-RPC 2.0, 5.1; EIP-1474; go-ethereum for 3).
const METHOD_NOT_FOUND: i64 = -32601;
const METHOD_NOT_SUPPORTED: i64 = -32004;
const LIMIT_EXCEEDED: i64 = -32005;
const EXECUTION_REVERTED: i64 = 3;

impl Attempt<'_> {
    fn read<T: DeserializeOwned>(&self, response: &Response) -> Result<T, RpcError> {
        if matches!(response.status, 429 | 503) {
            return Err(self.rate_limited());
        }
        let answer: Answer = match serde_json::from_slice(&response.bytes) {
            Ok(answer) => answer,
            Err(_) if response.status == 200 => return Err(self.invalid("JSON-RPC")),
            Err(_) => {
                return Err(RpcError::Status {
                    method: self.method,
                    node: self.node.to_owned(),
                    status: response.status,
                });
            }
        };
        if let Some(error) = answer.error {
            return Err(self.refused(&error));
        }
        if answer.id != self.id {
            return Err(self.invalid("the one to this request"));
        }
        T::deserialize(answer.result).map_err(|_| self.invalid(self.expected))
    }

    fn refused(&self, error: &ErrorObject) -> RpcError {
        let (method, node) = (self.method, self.node.to_owned());
        let reverted = error.message.to_ascii_lowercase().contains("execution reverted");
        match error.code {
            METHOD_NOT_FOUND | METHOD_NOT_SUPPORTED => RpcError::NoSuchMethod { method, node },
            LIMIT_EXCEEDED => self.rate_limited(),
            code if code == EXECUTION_REVERTED || reverted => RpcError::Reverted {
                method,
                node,
                data: revert_data(&error.data),
            },
            code => RpcError::Refused {
                method,
                node,
                code,
                message: printable(&error.message),
            },
        }
    }

    fn rate_limited(&self) -> RpcError {
        RpcError::RateLimited {
            method: self.method,
            node: self.node.to_owned(),
        }
    }

    fn invalid(&self, expected: &'static str) -> RpcError {
        RpcError::InvalidAnswer {
            method: self.method,
            node: self.node.to_owned(),
            expected,
        }
    }
}

/// The data of a revert: a text, or an object with the text as `data`.
fn revert_data(data: &Value) -> Vec<u8> {
    let text = data.as_str().or_else(|| data.get("data")?.as_str());
    text.and_then(|text| Bytes::try_from(text.to_owned()).ok())
        .unwrap_or_default()
        .0
}

fn in_hex_number(number: u64) -> String {
    format!("{number:#x}")
}

/// The beginning of a node's words, without control characters.
fn printable(text: &str) -> String {
    text.chars()
        .filter(|character| !character.is_control())
        .take(MESSAGE_LIMIT)
        .collect()
}

/// A URL's scheme, host and port.
fn name(url: &str) -> String {
    let Ok(url) = Url::parse(url) else {
        return "(no URL)".to_owned();
    };
    let rest = if url.path() == "/" && url.query().is_none() {
        ""
    } else {
        "/…"
    };
    format!("{}{rest}", url.origin().ascii_serialization())
}

/// `Retry-After` (RFC 9110, 10.2.3), if it is a number of seconds.
fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.header("retry-after")?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
