//! A node of a chain in memory, which shows what anvil can't: a node that lies, a FIFO mempool,
//! blocks without a base fee, silence.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use air_ledger::{
    evm::{Address, keccak256},
    merkle::Hash,
};
use axum::{
    Json, Router,
    http::{StatusCode, header::CONNECTION},
    response::IntoResponse,
    routing::post,
};
use serde_json::{Value, json};
use tokio::{
    net::{TcpListener, TcpSocket},
    sync::watch,
    task::JoinHandle,
};

use super::{ledger::Ledger, raw::Raw};

const GWEI: u64 = 1_000_000_000;
/// The address of each contract that the node creates.
pub(crate) const CONTRACT: &str = "0x5fbdb2315678afecb367f032d93f642f64180aa3";

/// A block and the state after it.
#[derive(Clone)]
struct Block {
    hash: String,
    /// The hashes of its transactions, and whether each succeeded.
    transactions: Vec<(String, bool)>,
    ledger: Option<Ledger>,
    nonce: u64,
}

/// How the node treats a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 429.
    TooMany,
    /// None at all.
    Silence,
    /// None, and the request is not executed. The test ends the platform then.
    KillBefore,
    /// None, after the request was executed. The test ends the platform then.
    KillAfter,
}

pub(crate) struct State {
    pub(crate) chain_id: u64,
    pub(crate) sender: Address,
    blocks: Vec<Block>,
    pool: BTreeMap<u64, Raw>,
    /// Counts the blocks that were ever made, so that no two have the same hash.
    made: u64,
    /// Whether each transaction is in a block at once.
    pub(crate) is_automatic: bool,
    /// The blocks between the newest and the newest final one.
    pub(crate) finality: u64,
    pub(crate) base_fee: Option<u64>,
    pub(crate) is_fifo: bool,
    pub(crate) is_poor: bool,
    /// The root that the node names instead of each.
    pub(crate) lie: Option<Hash>,
    /// The node's other answers, by the method's name.
    pub(crate) answers: BTreeMap<&'static str, Answer>,
    /// The methods that were called.
    pub(crate) calls: Vec<String>,
    /// The transactions that were sent, in order.
    pub(crate) sent: Vec<Raw>,
}

impl State {
    fn new(sender: Address) -> Self {
        let mut state = Self {
            chain_id: 5151,
            sender,
            blocks: Vec::new(),
            pool: BTreeMap::new(),
            made: 0,
            is_automatic: true,
            finality: 0,
            base_fee: Some(GWEI),
            is_fifo: false,
            is_poor: false,
            lie: None,
            answers: BTreeMap::new(),
            calls: Vec::new(),
            sent: Vec::new(),
        };
        state.push_block(Vec::new(), None, 0);
        state
    }

    fn push_block(&mut self, transactions: Vec<(String, bool)>, ledger: Option<Ledger>, nonce: u64) {
        self.made += 1;
        self.blocks.push(Block {
            hash: format!("{}", keccak256(&self.made.to_be_bytes())),
            transactions,
            ledger,
            nonce,
        });
    }

    fn newest(&self) -> &Block {
        self.blocks.last().unwrap()
    }

    pub(crate) fn ledger(&self) -> Option<&Ledger> {
        self.newest().ledger.as_ref()
    }

    pub(crate) fn ledger_mut(&mut self) -> &mut Ledger {
        self.blocks.last_mut().unwrap().ledger.as_mut().unwrap()
    }

    /// The number of leaves at the newest checkpoint.
    pub(crate) fn size(&self) -> u64 {
        self.ledger().map_or(0, |ledger| ledger.size)
    }

    /// The calls since the last transaction was sent.
    fn calls_after_sending(&self) -> &[String] {
        let sent = self
            .calls
            .iter()
            .rposition(|call| call == "eth_sendRawTransaction");
        sent.map_or(&[][..], |sent| &self.calls[sent..])
    }

    /// Whether the submitter looked for the last transaction after it was sent.
    pub(crate) fn is_followed(&self) -> bool {
        let after = self.calls_after_sending();
        after.iter().any(|call| call == "eth_getTransactionReceipt")
    }

    /// Whether the submitter has seen that the last transaction is final, and has nothing to do.
    pub(crate) fn is_settled(&self) -> bool {
        let after = self.calls_after_sending();
        let receipt = after.iter().position(|call| call == "eth_getTransactionReceipt");
        receipt.is_some_and(|receipt| after[receipt..].iter().any(|call| call == "eth_call"))
    }

    /// Makes a block of what waits.
    pub(crate) fn mine(&mut self) {
        let (mut ledger, mut nonce) = (self.newest().ledger.clone(), self.newest().nonce);
        let mut mined = Vec::new();
        while let Some(raw) = self.pool.remove(&nonce) {
            let is_success = if raw.to.is_empty() {
                ledger = Some(Ledger::create(&raw.data));
                true
            } else {
                let ledger = ledger.as_mut().expect("the contract is there");
                ledger.execute(self.sender, &raw.data).is_ok()
            };
            mined.push((hash_of(&raw), is_success));
            nonce += 1;
        }
        self.push_block(mined, ledger, nonce);
    }

    /// Replaces the transaction that waits by another one that was sent, as if the miner had never
    /// seen the replacement.
    pub(crate) fn prefer(&mut self, raw: &Raw) {
        self.pool.insert(raw.nonce, raw.clone());
    }

    /// Forgets the transactions that wait.
    pub(crate) fn drop_pool(&mut self) {
        self.pool.clear();
    }

    /// Replaces the newest blocks by empty ones. Their transactions are gone.
    pub(crate) fn reorganise(&mut self, depth: usize) {
        self.blocks.truncate(self.blocks.len() - depth);
        for _ in 0..depth {
            let (ledger, nonce) = (self.newest().ledger.clone(), self.newest().nonce);
            self.push_block(Vec::new(), ledger, nonce);
        }
    }

    /// The number of blocks from that of the newest checkpoint on.
    pub(crate) fn depth_of_checkpoint(&self) -> usize {
        let has_it = |block: &&Block| {
            block
                .ledger
                .as_ref()
                .is_some_and(|ledger| ledger.size == self.size())
        };
        self.blocks.iter().rev().take_while(has_it).count()
    }

    /// The transactions in blocks, in order.
    pub(crate) fn mined(&self) -> Vec<&Raw> {
        let sent: HashMap<String, &Raw> = self.sent.iter().map(|raw| (hash_of(raw), raw)).collect();
        let in_blocks = self.blocks.iter().flat_map(|block| &block.transactions);
        in_blocks.map(|(hash, _)| sent[hash]).collect()
    }

    /// Forgets all blocks.
    pub(crate) fn reset(&mut self) {
        self.blocks.truncate(1);
        self.pool.clear();
    }

    fn send(&mut self, raw: Raw) -> Result<Value, Value> {
        let next = self.newest().nonce;
        let refuse = |message: String| Err(json!({ "code": -32000, "message": message }));
        if raw.chain_id != self.chain_id {
            return refuse("invalid chain id for signer".into());
        }
        self.sent.push(raw.clone());
        if raw.nonce < next {
            return refuse(format!(
                "nonce too low: next nonce {next}, tx nonce {}",
                raw.nonce
            ));
        }
        if self.is_poor {
            return refuse("insufficient funds for gas * price + value".into());
        }
        if self.base_fee.is_some_and(|base| raw.max_fee < base) {
            return refuse("max fee per gas less than block base fee".into());
        }
        if let Some(waiting) = self.pool.get(&raw.nonce) {
            if self.is_fifo {
                let expected = raw.nonce + 1;
                return refuse(format!(
                    "invalid nonce; got {}, expected {expected}: invalid sequence",
                    raw.nonce
                ));
            }
            if *waiting == raw {
                return refuse("already known".into());
            }
            if raw.max_fee * 10 < waiting.max_fee * 11 || raw.tip < waiting.tip.map(|tip| tip * 11 / 10) {
                return refuse("replacement transaction underpriced".into());
            }
        }
        let hash = hash_of(&raw);
        self.pool.insert(raw.nonce, raw);
        if self.is_automatic {
            self.mine();
        }
        Ok(json!(hash))
    }

    /// The block of a tag or number.
    fn block(&self, id: &Value) -> Option<(usize, &Block)> {
        let newest = self.blocks.len() - 1;
        let number = match id.as_str().unwrap() {
            "latest" | "pending" => newest,
            "finalized" | "safe" => newest.saturating_sub(usize::try_from(self.finality).unwrap()),
            number => usize::from_str_radix(&number[2..], 16).unwrap(),
        };
        self.blocks.get(number).map(|block| (number, block))
    }

    fn receipt(&self, hash: &str) -> Value {
        for (number, block) in self.blocks.iter().enumerate() {
            if let Some((_, is_success)) = block.transactions.iter().find(|(found, _)| found == hash) {
                return json!({
                    "transactionHash": hash,
                    "blockNumber": format!("{number:#x}"),
                    "blockHash": block.hash,
                    "status": if *is_success { "0x1" } else { "0x0" },
                    "gasUsed": "0x5208",
                    "effectiveGasPrice": "0x59682f00",
                    "contractAddress": CONTRACT,
                });
            }
        }
        Value::Null
    }

    fn estimate(&self, request: &Value) -> Result<Value, Value> {
        if request.get("to").is_some() {
            let mut ledger = self.ledger().cloned().expect("the contract is there");
            let from = request["from"].as_str().unwrap().parse().unwrap();
            ledger.execute(from, &bytes(&request["data"])).map_err(|data| {
                let data = format!("0x{}", hex::encode(data));
                json!({ "code": 3, "message": "execution reverted", "data": data })
            })?;
        }
        Ok(json!("0x11170"))
    }

    fn answer(&mut self, method: &str, params: &Value) -> Result<Value, Value> {
        Ok(match method {
            "eth_chainId" => json!(format!("{:#x}", self.chain_id)),
            "eth_getCode" => {
                let (_, block) = self.block(&params[1]).unwrap();
                let is_ours = params[0] == CONTRACT;
                let code = block.ledger.as_ref().filter(|_| is_ours);
                json!(format!(
                    "0x{}",
                    code.map(|ledger| hex::encode(&ledger.code)).unwrap_or_default()
                ))
            }
            "eth_call" => {
                let (_, block) = self.block(&params[1]).unwrap();
                let data = bytes(&params[0]["data"]);
                let answer = block
                    .ledger
                    .as_ref()
                    .map(|ledger| ledger.read(&data))
                    .unwrap_or_default();
                let is_root = data.len() == 36 && answer != [0; 32];
                let answer = self.lie.filter(|_| is_root).map_or(answer, Vec::from);
                json!(format!("0x{}", hex::encode(answer)))
            }
            "eth_getTransactionCount" => json!(format!("{:#x}", self.newest().nonce)),
            "eth_getBalance" => json!(if self.is_poor { "0x1" } else { "0xde0b6b3a7640000" }),
            "eth_estimateGas" => self.estimate(&params[0])?,
            "eth_feeHistory" => match self.base_fee {
                Some(base) => json!({
                    "baseFeePerGas": [format!("{base:#x}")],
                    "reward": [["0x3b9aca00"]],
                }),
                None => json!({ "oldestBlock": "0x0" }),
            },
            // As chains of the Cosmos family answer.
            "eth_getProof" => json!({
                "accountProof": ["iavl"],
                "codeHash": format!("0x{}", "00".repeat(32)),
                "storageHash": format!("0x{}", "00".repeat(32)),
                "storageProof": [{ "proof": ["iavl"] }],
            }),
            "eth_gasPrice" => json!(format!("{:#x}", 2 * GWEI)),
            "eth_sendRawTransaction" => self.send(Raw::decode(bytes(&params[0])))?,
            "eth_getTransactionReceipt" => self.receipt(params[0].as_str().unwrap()),
            "eth_getBlockByNumber" => self.block(&params[0]).map_or(Value::Null, |(number, block)| {
                let mut members = json!({
                    "number": format!("{number:#x}"),
                    "hash": block.hash,
                    "parentHash": block.hash,
                    "timestamp": "0x6b49d200",
                });
                if let Some(base) = self.base_fee {
                    members["baseFeePerGas"] = format!("{base:#x}").into();
                }
                members
            }),
            _ => return Err(json!({ "code": -32601, "message": "the method does not exist" })),
        })
    }

    /// The transactions of each nonce that were sent, without repetitions.
    pub(crate) fn of_nonce(&self, nonce: u64) -> Vec<&Raw> {
        let mut known = HashSet::new();
        let of_nonce = self.sent.iter().filter(|raw| raw.nonce == nonce);
        of_nonce.filter(|raw| known.insert(&raw.bytes)).collect()
    }
}

fn hash_of(raw: &Raw) -> String {
    keccak256(&raw.bytes).to_string()
}

fn bytes(text: &Value) -> Vec<u8> {
    hex::decode(&text.as_str().unwrap()[2..]).unwrap()
}

/// The node's server. Clones share the chain.
#[derive(Clone)]
pub(crate) struct FakeNode {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    changed: watch::Sender<()>,
    /// The task that accepts connections; `None` while the node is down.
    server: Arc<Mutex<Option<JoinHandle<()>>>>,
    /// The port while the node is down: it accepts no connections, and nobody else gets it.
    port: Arc<Mutex<Option<TcpSocket>>>,
}

impl FakeNode {
    /// A node of a chain with the genesis block, for the account of the submitter.
    pub(crate) async fn serve(sender: Address) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let node = Self {
            url: format!("http://{}/rpc", listener.local_addr().unwrap()),
            state: Arc::new(Mutex::new(State::new(sender))),
            changed: watch::Sender::new(()),
            server: Arc::default(),
            port: Arc::default(),
        };
        node.accept(listener);
        node
    }

    #[expect(clippy::disallowed_methods, reason = "the server of another party")]
    fn accept(&self, listener: TcpListener) {
        let served = self.clone();
        let answer = move |Json(request): Json<Value>| {
            let node = served.clone();
            async move { node.answer(request).await }
        };
        let router = Router::new().route("/rpc", post(answer));
        let serve = async move { axum::serve(listener, router).await.unwrap() };
        *self.server.lock().unwrap() = Some(tokio::spawn(serve));
    }

    /// Closes the port. Each answer closed its connection, so nothing reaches the node any more.
    pub(crate) async fn take_down(&self) {
        let server = self.server.lock().unwrap().take().unwrap();
        server.abort();
        // The port is closed when the task is gone.
        let _ = server.await;
        let address = self.url.strip_prefix("http://").unwrap();
        let address = address.strip_suffix("/rpc").unwrap().parse().unwrap();
        let port = TcpSocket::new_v4().unwrap();
        port.set_reuseaddr(true).unwrap();
        port.bind(address).unwrap();
        *self.port.lock().unwrap() = Some(port);
    }

    /// Opens the port again.
    pub(crate) fn bring_up(&self) {
        let port = self.port.lock().unwrap().take().unwrap();
        self.accept(port.listen(1024).unwrap());
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    /// Waits until the chain is like this.
    pub(crate) async fn until(&self, is_so: impl Fn(&State) -> bool) {
        let mut changed = self.changed.subscribe();
        let wait = async {
            while !is_so(&self.state()) {
                changed.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(40), wait).await;
        let state = self.state();
        let (size, calls) = (state.size(), state.calls.len());
        drop(state);
        waited.unwrap_or_else(|_| panic!("the chain has {size} entries after {calls} calls"));
    }

    async fn answer(&self, request: Value) -> axum::response::Response {
        let method = request["method"].as_str().unwrap().to_owned();
        let (instead, answer) = {
            let mut state = self.state();
            state.calls.push(method.clone());
            let instead = state.answers.get(&*method).copied();
            let is_executed = matches!(instead, None | Some(Answer::KillAfter));
            (
                instead,
                is_executed.then(|| state.answer(&method, &request["params"])),
            )
        };
        self.changed.send_replace(());
        let close = [(CONNECTION, "close")];
        match (instead, answer) {
            (None, Some(answer)) => {
                let mut body = json!({ "jsonrpc": "2.0", "id": request["id"] });
                match answer {
                    Ok(result) => body["result"] = result,
                    Err(error) => body["error"] = error,
                }
                (close, Json(body)).into_response()
            }
            (Some(Answer::TooMany), _) => {
                (StatusCode::TOO_MANY_REQUESTS, close, [("retry-after", "0")]).into_response()
            }
            _ => std::future::pending().await,
        }
    }
}
