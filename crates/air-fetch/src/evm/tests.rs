//! Tests against a scripted node on this machine.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use air_ids::UnixTime;
use air_ledger::evm::{Header, KeccakHash, contract};
use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Value, json};

use super::*;
use crate::{FetchError, Fetcher, NetworkPolicy};

/// The node's reaction to a request.
enum Script {
    Result(Value),
    Error(Value),
    Raw(u16, String),
    WaitFor(&'static str),
    Silence,
}

#[derive(Default)]
struct Served {
    script: VecDeque<Script>,
    requests: Vec<Value>,
}

type Shared = Arc<Mutex<Served>>;

async fn answer(State(served): State<Shared>, body: Bytes) -> Response {
    let request: Value = serde_json::from_slice(&body).unwrap();
    let next = {
        let mut served = served.lock().unwrap();
        served.requests.push(request.clone());
        served.script.pop_front().unwrap()
    };
    let of = |member: &str, value: Value| json!({ "jsonrpc": "2.0", "id": request["id"], member: value });
    match next {
        Script::Result(result) => of("result", result).to_string().into_response(),
        Script::Error(error) => of("error", error).to_string().into_response(),
        Script::Raw(status, body) => (StatusCode::from_u16(status).unwrap(), body).into_response(),
        Script::WaitFor(seconds) => (
            StatusCode::TOO_MANY_REQUESTS,
            [("retry-after", seconds)],
            "slow down",
        )
            .into_response(),
        Script::Silence => std::future::pending().await,
    }
}

async fn node(script: impl IntoIterator<Item = Script>) -> (Node, Shared) {
    let served = Shared::default();
    served.lock().unwrap().script.extend(script);
    let router = Router::new()
        .route("/key", post(answer))
        .with_state(served.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/key", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let node = Node::new(Fetcher::new(NetworkPolicy::Any).unwrap(), &url)
        .unwrap()
        .retrying(Retries {
            count: 2,
            pause: Duration::ZERO,
            longest_pause: Duration::ZERO,
        });
    (node, served)
}

fn requests(served: &Shared) -> Vec<Value> {
    served.lock().unwrap().requests.clone()
}

const ADDRESS: &str = "0xe7f1725e7734ce288f8367e1bb143e90bb3f0512";
const HASH: &str = "0x0101010101010101010101010101010101010101010101010101010101010101";

#[tokio::test]
async fn requests_are_as_the_execution_apis_have_them() {
    let result = |value| Script::Result(value);
    let (node, served) = node([
        result(json!("0x141f")),
        result(json!("anvil/v1.7.1\n")),
        result(json!("0x60")),
        result(json!("0x00")),
        result(json!("0x5")),
        result(json!("0xde0b6b3a7640000")),
        result(
            json!({ "oldestBlock": "0x1", "baseFeePerGas": ["0x7", "0x8"], "reward": [["0x3"], ["0x0"]] }),
        ),
        result(json!("0x9")),
        result(json!("0x5208")),
        result(json!(HASH)),
    ])
    .await;
    let address = ADDRESS.parse().unwrap();
    assert_eq!(node.chain_id().await.unwrap(), 5151);
    assert_eq!(node.client_version().await.unwrap(), "anvil/v1.7.1");
    assert_eq!(node.code(address, BlockId::Number(42)).await.unwrap(), [0x60]);
    assert_eq!(
        node.call(address, &[1, 2], BlockId::Finalized).await.unwrap(),
        [0]
    );
    assert_eq!(
        node.transaction_count(address, BlockId::Pending).await.unwrap(),
        5
    );
    assert_eq!(
        node.balance(address, BlockId::Latest).await.unwrap(),
        10u128.pow(18)
    );
    let fees = node.fee_history(2, 50).await.unwrap();
    assert_eq!((fees.next_base_fee, fees.tips), (Some(8), vec![3, 0]));
    assert_eq!(node.gas_price().await.unwrap(), 9);
    let request = Request {
        from: Some(address),
        to: None,
        data: &[3],
    };
    assert_eq!(node.estimate_gas(&request).await.unwrap(), 21_000);
    assert_eq!(
        node.send_raw_transaction(&[2, 0xff]).await.unwrap(),
        HASH.parse().unwrap()
    );

    let sent: Vec<_> = requests(&served)
        .into_iter()
        .map(|request| {
            (
                request["method"].as_str().unwrap().to_owned(),
                request["params"].clone(),
            )
        })
        .collect();
    let expected = [
        ("eth_chainId", json!([])),
        ("web3_clientVersion", json!([])),
        ("eth_getCode", json!([ADDRESS, "0x2a"])),
        (
            "eth_call",
            json!([{ "to": ADDRESS, "data": "0x0102" }, "finalized"]),
        ),
        ("eth_getTransactionCount", json!([ADDRESS, "pending"])),
        ("eth_getBalance", json!([ADDRESS, "latest"])),
        ("eth_feeHistory", json!(["0x2", "latest", [50]])),
        ("eth_gasPrice", json!([])),
        (
            "eth_estimateGas",
            json!([{ "from": ADDRESS, "data": "0x03" }, "latest"]),
        ),
        ("eth_sendRawTransaction", json!(["0x02ff"])),
    ];
    assert_eq!(sent, expected.map(|(method, params)| (method.to_owned(), params)));
}

/// Web3Signer answers with the bytes, clef and geth with an object.
#[tokio::test]
async fn a_signed_transaction_is_its_bytes_or_an_object_with_them() {
    let result = |value| Script::Result(value);
    let denied = json!({ "code": -32000, "message": "Request denied" });
    let (node, served) = node([
        result(json!("0x02c0")),
        result(json!({ "raw": "0x02c0", "tx": { "nonce": "0x5", "type": "0x2" } })),
        result(json!("02c0")),
        result(json!("0x02c")),
        result(json!({ "tx": {} })),
        result(json!({ "raw": null })),
        result(json!(["0x02c0"])),
        result(Value::Null),
        Script::Error(denied),
    ])
    .await;
    let unsigned = json!({ "from": ADDRESS, "nonce": "0x5", "chainId": "0x141f" });
    let sign = async || node.sign_transaction(&unsigned).await;
    for _ in 0..2 {
        assert_eq!(sign().await.unwrap(), [0x02, 0xc0]);
    }
    for _ in 0..6 {
        let error = sign().await.unwrap_err();
        assert!(
            matches!(
                error,
                RpcError::InvalidAnswer {
                    method: "eth_signTransaction",
                    ..
                }
            ),
            "{error}"
        );
    }
    let error = sign().await.unwrap_err();
    assert!(matches!(error, RpcError::Refused { code: -32000, .. }), "{error}");
    assert!(!error.is_unreachable(), "a refusal is not repeated");
    let requests = requests(&served);
    assert_eq!(requests.len(), 9);
    for request in requests {
        assert_eq!(
            (&request["method"], &request["params"]),
            (&json!("eth_signTransaction"), &json!([unsigned]))
        );
    }
}

#[tokio::test]
async fn a_silent_signer_is_unreachable() {
    let (node, _) = node([Script::Silence, Script::Silence, Script::Silence]).await;
    let node = node.within(Duration::from_millis(50));
    let error = node.sign_transaction(&json!({})).await.unwrap_err();
    assert!(matches!(
        error,
        RpcError::TimedOut {
            method: "eth_signTransaction",
            ..
        }
    ));
}

#[tokio::test]
async fn a_chain_without_a_base_fee_has_none() {
    let block = json!({ "number": "0x1", "hash": HASH, "parentHash": HASH, "timestamp": "0x65" });
    let (node, _) = node([
        Script::Result(json!({ "oldestBlock": "0x1", "gasUsedRatio": [0.5] })),
        Script::Result(block),
    ])
    .await;
    let fees = node.fee_history(1, 50).await.unwrap();
    assert_eq!((fees.next_base_fee, fees.tips), (None, vec![]));
    let block = node.block(BlockId::Latest).await.unwrap().unwrap();
    assert_eq!(
        (block.base_fee, block.timestamp),
        (None, UnixTime::from_secs(101))
    );
    assert_eq!(block.header_rlp(), None, "the hash is not that of the members");
}

#[tokio::test]
async fn a_header_is_made_from_a_block_whose_hash_it_has() {
    // Block 2 of anvil 1.7.1, as `eth_getBlockByNumber` returns it.
    let block: Value = serde_json::from_str(include_str!("../../tests/cases/anvil_block.json")).unwrap();
    let (node, _) = node([Script::Result(block.clone()), Script::Result(Value::Null)]).await;
    let found = node.block(BlockId::Finalized).await.unwrap().unwrap();
    let header = Header::decode(found.header_rlp().unwrap()).unwrap();
    assert_eq!(header.hash, found.hash);
    assert_eq!((header.number, header.timestamp), (found.number, found.timestamp));
    assert_eq!(header.state_root.to_string(), block["stateRoot"]);
    assert_eq!(node.block_by_hash(&found.hash).await.unwrap(), None);
}

#[tokio::test]
async fn a_transaction_in_no_block_has_no_receipt() {
    let receipt = json!({
        "transactionHash": HASH, "blockNumber": "0x2a", "blockHash": HASH, "status": "0x0", "gasUsed": "0x5208",
        "effectiveGasPrice": "0x7", "contractAddress": null, "logs": [], "type": "0x2",
    });
    let (node, _) = node([Script::Result(Value::Null), Script::Result(receipt)]).await;
    let hash: KeccakHash = HASH.parse().unwrap();
    assert_eq!(node.receipt(&hash).await.unwrap(), None);
    let receipt = node.receipt(&hash).await.unwrap().unwrap();
    assert_eq!((receipt.block_number, receipt.is_success), (42, false));
    assert_eq!(
        (receipt.effective_gas_price, receipt.contract_address),
        (Some(7), None)
    );
}

#[tokio::test]
async fn a_proof_has_each_slot_and_says_whether_it_can_be_checked() {
    let proof = |storage_hash: &str, nodes: Value| {
        Script::Result(json!({
            "accountProof": nodes, "balance": "0x0", "codeHash": HASH, "nonce": "0x1", "storageHash": storage_hash,
            "storageProof": [{ "key": "0x1", "value": "0x2", "proof": nodes }],
        }))
    };
    let zero = KeccakHash::new([0; 32]).to_string();
    let (node, _) = node([
        proof(HASH, json!(["0xc0", "0xc1"])),
        proof(&zero, json!(["data:<key:\"x\">"])),
        proof(HASH, json!(["0xc0"])),
    ])
    .await;
    let address = ADDRESS.parse().unwrap();
    let slot = contract::root_slot(1);
    let asked = async |slots: &[KeccakHash]| node.proof(address, slots, BlockId::Number(1)).await;
    let ethereum = asked(&[slot]).await.unwrap();
    assert!(ethereum.is_merkle_patricia());
    assert_eq!(ethereum.storage_proof[0].proof, [vec![0xc0], vec![0xc1]]);
    let cosmos = asked(&[slot]).await.unwrap();
    assert!(!cosmos.is_merkle_patricia());
    assert_eq!(cosmos.account_proof, [[0u8; 0]; 0]);
    assert!(matches!(
        asked(&[slot, slot]).await,
        Err(RpcError::InvalidAnswer { .. })
    ));
}

#[tokio::test]
async fn a_node_that_limits_requests_is_asked_again_and_then_given_up() {
    let limit = || Script::Error(json!({ "code": -32005, "message": "limit exceeded" }));
    let (patient, served) = node([
        Script::WaitFor("7"),
        Script::Raw(503, String::new()),
        Script::Result(json!("0x1")),
    ])
    .await;
    assert_eq!(patient.chain_id().await.unwrap(), 1);
    assert_eq!(requests(&served).len(), 3);

    let (busy, served) = node([limit(), Script::WaitFor("0"), limit()]).await;
    let error = busy.chain_id().await.unwrap_err();
    assert!(matches!(error, RpcError::RateLimited { .. }) && error.is_unreachable());
    assert_eq!(requests(&served).len(), 3);
}

#[tokio::test]
async fn each_failure_names_the_method_and_the_node_without_its_key() {
    let refused = json!({ "code": -32000, "message": format!("nonce too low\u{1b}[2J{}", "x".repeat(300)) });
    let (node, served) = node([
        Script::Raw(404, "<html>".into()),
        Script::Raw(200, "<html>".into()),
        Script::Raw(
            200,
            json!({ "jsonrpc": "2.0", "id": 999, "result": "0x1" }).to_string(),
        ),
        Script::Result(json!("one")),
        Script::Raw(200, "x".repeat(2 * 1024 * 1024 + 1)),
        Script::Error(json!({ "code": -32601, "message": "the method does not exist" })),
        Script::Raw(
            400,
            json!({ "id": null, "error": { "code": -32000, "message": "header not found" } }).to_string(),
        ),
        Script::Error(refused),
    ])
    .await;
    let origin = node.to_string();
    assert!(origin.ends_with("/…") && !format!("{node:?}").contains("key"));
    let origin = origin.trim_end_matches("/…").to_owned();
    let fails = async || node.chain_id().await.unwrap_err();
    let expected = [
        "it answered 404, not 200; check that the URL is that of a node's JSON-RPC".to_owned(),
        "its answer is not JSON-RPC; check that the URL is that of a node's JSON-RPC".to_owned(),
        "its answer is not the one to this request; check that the URL is that of a node's JSON-RPC"
            .to_owned(),
        "its answer is not a number; check that the URL is that of a node's JSON-RPC".to_owned(),
        "its answer is longer than 2048 KiB".to_owned(),
    ];
    for text in expected {
        let error = fails().await;
        assert_eq!(
            error.to_string(),
            format!("`eth_chainId` at {origin}/… failed: {text}")
        );
        assert!(!error.is_unreachable(), "{error}");
    }
    assert_eq!(
        fails().await.to_string(),
        format!("{origin}/… does not have the method `eth_chainId`; use a node that has it")
    );
    assert!(matches!(fails().await, RpcError::Refused { code: -32000, .. }));
    let error = fails().await;
    assert_eq!(error.refusal(), Some(Refusal::NonceTooLow));
    let RpcError::Refused { message, .. } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (message.chars().count(), message.contains('\u{1b}')),
        (200, false)
    );
    assert_eq!(requests(&served).len(), 8, "none of these is repeated");
}

#[tokio::test]
async fn a_refused_call_has_the_data_of_the_refusal_wherever_it_is() {
    let data = "0xf4df6ae5";
    let (node, _) = node([
        Script::Error(json!({ "code": 3, "message": "execution reverted", "data": data })),
        Script::Error(
            json!({ "code": -32000, "message": "VM: Execution reverted", "data": { "data": data } }),
        ),
        Script::Error(json!({ "code": 3, "message": "execution reverted: custom error" })),
    ])
    .await;
    let call = async || {
        let error = node
            .call(ADDRESS.parse().unwrap(), &[], BlockId::Latest)
            .await
            .unwrap_err();
        error.revert_data().unwrap().to_vec()
    };
    assert_eq!(call().await, [0xf4, 0xdf, 0x6a, 0xe5]);
    assert_eq!(call().await, [0xf4, 0xdf, 0x6a, 0xe5]);
    assert_eq!(call().await, [0u8; 0]);
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    let (node, served) = node([Script::Silence, Script::Silence, Script::Silence]).await;
    // A slow machine sends each request within it.
    let node = node.within(Duration::from_secs(2));
    let error = node.chain_id().await.unwrap_err();
    assert!(matches!(error, RpcError::TimedOut { .. }) && error.is_unreachable());
    assert_eq!(requests(&served).len(), 3);
}

#[tokio::test]
async fn a_node_that_is_down_is_unreachable_and_a_wrong_url_is_refused() {
    let fetcher = || Fetcher::new(NetworkPolicy::Any).unwrap();
    let none = Retries {
        count: 0,
        ..Retries::default()
    };
    let node = Node::new(fetcher(), "http://127.0.0.1:1").unwrap().retrying(none);
    let error = node.chain_id().await.unwrap_err();
    assert!(error.is_unreachable());
    assert_eq!(
        error.to_string(),
        "`eth_chainId` at http://127.0.0.1:1 failed: the connection failed; check that the server is running and its \
         certificate is valid"
    );
    for url in ["http://rpc.example/", "ws://127.0.0.1:1", "127.0.0.1:8545"] {
        assert!(
            matches!(Node::new(fetcher(), url), Err(FetchError::Url { .. })),
            "{url}"
        );
    }
}
