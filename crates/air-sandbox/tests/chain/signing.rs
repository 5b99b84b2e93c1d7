//! An account whose key is in a signer (Web3Signer, clef), which signs by `eth_signTransaction`.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use air_ledger::evm::transaction::{Fees, SigningKey, Transaction};
use air_sandbox::{
    Data, Error,
    chain::{ChainError, ChainSigner},
};
use axum::{Json, Router, routing::post};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use super::{
    fake::{CONTRACT, FakeNode},
    status::{reason, until},
    test_env::{Time, account, issue, key, settings, test_env, try_start},
};
use crate::support::TestEnv;

/// How the signer answers.
#[derive(Clone, Copy)]
enum Behaviour {
    /// With the bytes, as Web3Signer does.
    Bytes,
    /// With the bytes and the transaction, as clef and geth do.
    Object,
    /// With another transaction, signed by the account.
    Changed(fn(&mut Transaction)),
    /// With the transaction, signed by another account.
    OtherAccount,
    /// With this text.
    Text(&'static str),
    /// With an error.
    Refusal,
    /// Not at all.
    Silence,
}

/// A signer with the key of the account. Clones share it.
#[derive(Clone)]
struct FakeSigner {
    url: String,
    behaviour: Arc<Mutex<Behaviour>>,
    /// The transactions that it was asked to sign.
    asked: watch::Sender<Vec<Value>>,
}

impl FakeSigner {
    #[expect(clippy::disallowed_methods, reason = "the server of another party")]
    async fn serve(behaviour: Behaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let signer = Self {
            url: format!("http://{}/signer", listener.local_addr().unwrap()),
            behaviour: Arc::new(Mutex::new(behaviour)),
            asked: watch::Sender::new(Vec::new()),
        };
        let served = signer.clone();
        let answer = move |Json(request): Json<Value>| {
            let signer = served.clone();
            async move { Json(signer.answer(&request).await) }
        };
        let router = Router::new().route("/signer", post(answer));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        signer
    }

    fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    fn asked(&self) -> Vec<Value> {
        self.asked.borrow().clone()
    }

    /// Waits until it was asked this number of times.
    async fn until_asked(&self, times: usize) {
        let mut asked = self.asked.subscribe();
        let enough = asked.wait_for(|asked| asked.len() >= times);
        let waited = tokio::time::timeout(Duration::from_secs(40), enough).await;
        waited.expect("the signer is asked").unwrap();
    }

    async fn answer(&self, request: &Value) -> Value {
        assert_eq!(request["method"], "eth_signTransaction");
        let unsigned = &request["params"][0];
        self.asked.send_modify(|asked| asked.push(unsigned.clone()));
        let mut transaction = transaction(unsigned);
        let behaviour = *self.behaviour.lock().unwrap();
        let signed = |transaction: &Transaction, key: &SigningKey| {
            format!("0x{}", hex::encode(transaction.sign(key).raw))
        };
        let result = match behaviour {
            Behaviour::Bytes => json!(signed(&transaction, &key())),
            Behaviour::Object => json!({
                "raw": signed(&transaction, &key()),
                "tx": { "nonce": unsigned["nonce"], "hash": transaction.sign(&key()).hash },
            }),
            Behaviour::Changed(change) => {
                change(&mut transaction);
                json!(signed(&transaction, &key()))
            }
            Behaviour::OtherAccount => {
                let other = SigningKey::from_bytes(&[0x46; 32]).unwrap();
                json!(signed(&transaction, &other))
            }
            Behaviour::Text(text) => json!(text),
            Behaviour::Refusal => {
                let error = json!({ "code": -32000, "message": "Request denied" });
                return json!({ "jsonrpc": "2.0", "id": request["id"], "error": error });
            }
            Behaviour::Silence => std::future::pending().await,
        };
        json!({ "jsonrpc": "2.0", "id": request["id"], "result": result })
    }
}

/// The transaction in a request for its signature.
fn transaction(unsigned: &Value) -> Transaction {
    let number = |member: &str| {
        let digits = unsigned[member].as_str().unwrap().strip_prefix("0x").unwrap();
        u128::from_str_radix(digits, 16).unwrap()
    };
    let small = |member: &str| u64::try_from(number(member)).unwrap();
    Transaction {
        chain_id: small("chainId"),
        nonce: small("nonce"),
        to: unsigned.get("to").map(|to| to.as_str().unwrap().parse().unwrap()),
        value: number("value"),
        data: hex::decode(&unsigned["data"].as_str().unwrap()[2..]).unwrap(),
        gas_limit: small("gas"),
        fees: match unsigned.get("gasPrice") {
            Some(_) => Fees::Legacy {
                price: number("gasPrice"),
            },
            None => Fees::Eip1559 {
                max_fee: number("maxFeePerGas"),
                tip: number("maxPriorityFeePerGas"),
            },
        },
    }
}

/// A platform without the account's key.
async fn test_env_with(signer: &FakeSigner) -> (TestEnv, FakeNode) {
    let url = signer.url.clone();
    let (env, node, _) = test_env(|settings| {
        settings.signer = ChainSigner::Remote {
            url,
            address: account(),
        };
    })
    .await;
    (env, node)
}

/// The same, with the contract on the chain. The signer may misbehave from now on.
async fn deployed(signer: &FakeSigner) -> (TestEnv, FakeNode) {
    let (env, node) = test_env_with(signer).await;
    node.until(|state| state.ledger().is_some()).await;
    (env, node)
}

#[tokio::test]
async fn a_signer_gets_the_whole_transaction_and_answers_in_two_forms() {
    for behaviour in [Behaviour::Bytes, Behaviour::Object] {
        let signer = FakeSigner::serve(behaviour).await;
        let (env, node) = test_env_with(&signer).await;
        issue(&env, 2).await;
        node.until(|state| state.size() == 2).await;
        let state = node.state();
        assert_eq!(state.ledger().unwrap().submitter, account());
        let asked = signer.asked();
        assert!(asked.len() >= 2, "the contract and a checkpoint: {asked:?}");
        for (asked, sent) in asked.iter().zip(&state.sent) {
            let mut expected = json!({
                "from": account(),
                "nonce": format!("{:#x}", sent.nonce),
                // The node's estimate of 70,000, and a fifth more.
                "gas": "0x14820",
                "value": "0x0",
                "data": format!("0x{}", hex::encode(&sent.data)),
                "chainId": "0x141f",
                "maxFeePerGas": format!("{:#x}", sent.max_fee),
                "maxPriorityFeePerGas": format!("{:#x}", sent.tip.unwrap()),
            });
            if !sent.to.is_empty() {
                expected["to"] = CONTRACT.into();
            }
            assert_eq!(*asked, expected);
        }
        assert_eq!(asked[0].get("to"), None, "it creates the contract");
    }
}

#[tokio::test]
async fn a_legacy_transaction_has_a_gas_price() {
    let signer = FakeSigner::serve(Behaviour::Bytes).await;
    let (env, node) = deployed(&signer).await;
    node.state().base_fee = None;
    issue(&env, 1).await;
    node.until(|state| state.size() == 1).await;
    let asked = signer.asked();
    let last = asked.last().unwrap();
    assert_eq!(last["gasPrice"], "0x77359400", "{last}");
    assert!(
        last.get("maxFeePerGas").is_none() && last.get("maxPriorityFeePerGas").is_none(),
        "{last}"
    );
    assert_eq!(node.state().sent.last().unwrap().tip, None);
}

/// Neither stored nor sent: a wrong answer ends the round, and the next round asks again.
#[tokio::test]
async fn a_signer_that_lies_signs_nothing_that_is_sent() {
    let lies = [
        ("account", Behaviour::OtherAccount),
        ("nonce", Behaviour::Changed(|transaction| transaction.nonce += 1)),
        (
            "recipient",
            Behaviour::Changed(|transaction| {
                transaction.to = Some("0x00000000000000000000000000000000000000aa".parse().unwrap());
            }),
        ),
        (
            "no recipient",
            Behaviour::Changed(|transaction| transaction.to = None),
        ),
        ("value", Behaviour::Changed(|transaction| transaction.value = 1)),
        ("data", Behaviour::Changed(|transaction| transaction.data.push(0))),
        (
            "chain",
            Behaviour::Changed(|transaction| transaction.chain_id = 1),
        ),
        (
            "gas",
            Behaviour::Changed(|transaction| transaction.gas_limit += 1),
        ),
        (
            "fees",
            Behaviour::Changed(|transaction| {
                transaction.fees = Fees::Eip1559 {
                    max_fee: 1 << 60,
                    tip: 1,
                };
            }),
        ),
        (
            "type",
            Behaviour::Changed(|transaction| transaction.fees = Fees::Legacy { price: 1 << 40 }),
        ),
        ("bytes", Behaviour::Text("0x02c0")),
        ("text", Behaviour::Text("signed")),
    ];
    let signer = FakeSigner::serve(Behaviour::Bytes).await;
    let (env, node) = deployed(&signer).await;
    for (size, (lie, behaviour)) in (1..).zip(lies) {
        let (sent, asked) = (node.state().sent.len(), signer.asked().len());
        signer.behave(behaviour);
        let hash = issue(&env, 1).await.remove(0);
        signer.until_asked(asked + 2).await;
        assert_eq!(node.state().sent.len(), sent, "{lie}");
        until(&env, &hash, |status| *reason(status) == "signerRefused").await;
        signer.behave(Behaviour::Object);
        node.until(|state| state.size() == size).await;
        assert_eq!(node.state().sent.len(), sent + 1, "{lie}");
    }
}

#[tokio::test]
async fn a_signer_that_refuses_is_asked_again() {
    let signer = FakeSigner::serve(Behaviour::Refusal).await;
    let (env, node) = test_env_with(&signer).await;
    signer.until_asked(2).await;
    assert!(node.state().sent.is_empty(), "not even the contract");
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "signerRefused").await;
    signer.behave(Behaviour::Bytes);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}

#[tokio::test]
async fn a_signer_that_is_down_is_named_and_not_the_node() {
    let (env, node, _) = test_env(|settings| {
        settings.signer = ChainSigner::Remote {
            url: "http://127.0.0.1:1/signer".into(),
            address: account(),
        };
    })
    .await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "signerUnreachable").await;
    assert!(node.state().sent.is_empty());
    let (_, report) = env.call(Method::GET, "/sandbox/v1/chain", None, None).await;
    assert_eq!(report["alarm"], "signerUnreachable");
    assert_eq!(report["node"]["chainId"], 5151, "{report}");
    let page = format!("{}/dashboard/checkpoints", env.platform.url());
    let page = env.http.get(page).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("<code>signerUnreachable</code>"), "{page}");
}

#[tokio::test]
async fn a_silent_signer_keeps_nothing_else_from_working() {
    let signer = FakeSigner::serve(Behaviour::Bytes).await;
    let (env, node) = deployed(&signer).await;
    let (sent, asked) = (node.state().sent.len(), signer.asked().len());
    signer.behave(Behaviour::Silence);
    issue(&env, 1).await;
    signer.until_asked(asked + 1).await;
    // The platform issues while the signer is silent, and the next request to the signer has all entries.
    let hash = issue(&env, 1).await.remove(0);
    assert_eq!(node.state().sent.len(), sent);
    signer.behave(Behaviour::Bytes);
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
}

#[tokio::test]
async fn a_url_of_the_signer_that_is_not_permitted_is_refused_at_the_start() {
    let node = FakeNode::serve(account()).await;
    let mut settings = settings(&node.url);
    settings.signer = ChainSigner::Remote {
        url: "http://signer.example/secret-path".into(),
        address: account(),
    };
    let Err(Error::Chain(error)) = try_start(Data::Memory, &Time::new(), settings).await else {
        panic!("it started, or another error");
    };
    assert!(matches!(error, ChainError::Url { of: "signer", .. }), "{error}");
    assert!(!error.to_string().contains("secret-path"), "{error}");
}
