//! The ledger: proofs that anyone checks without the platform.

use air_api::sandbox::{Block, ConsistencyProof, Transaction};
use air_sandbox::Data;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::TestEnv;

async fn set_faults(env: &TestEnv, faults: Value) {
    let (status, answer) = env
        .call(Method::PUT, "/sandbox/v1/faults", None, Some(&faults))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// Many in one block.
#[tokio::test]
async fn a_block_of_many_has_each_in_its_place() {
    let env = std::sync::Arc::new(TestEnv::start().await);
    // A block has up to 128 entries. Until the chain moves, none is made.
    set_faults(&env, json!({ "stuckChain": true })).await;
    let issuing: Vec<_> = (0..120)
        .map(|number| {
            let env = env.clone();
            tokio::spawn(async move {
                env.issue_on_behalf(&format!("user{number}@example.com"), &env.order())
                    .await
            })
        })
        .collect();
    let mut hashes = Vec::new();
    for issued in issuing {
        hashes.push(issued.await.unwrap());
    }
    set_faults(&env, json!({})).await;
    let mut sizes = std::collections::HashSet::new();
    for hash in &hashes {
        env.wait_until_anchored(hash).await;
        let entry = hex::decode(hash).unwrap();
        let transaction = hex::encode(air_ledger::merkle::leaf_hash(&entry));
        let path = format!("/sandbox/v1/ledger/transactions/0x{transaction}");
        let (_, answer) = env.call(Method::GET, &path, None, None).await;
        let proof = serde_json::from_value::<Transaction>(answer)
            .unwrap()
            .proof
            .unwrap();
        assert!(proof.verifies(&entry));
        sizes.insert(proof.tree_size);
    }
    assert_eq!(sizes.len(), 1, "one block");
}

#[tokio::test]
async fn each_credential_proves_its_place_and_each_block_its_beginning() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    let get = async |path: &str| {
        let (status, answer) = env.call(Method::GET, path, None, None).await;
        (status, answer)
    };
    assert_eq!(get("/sandbox/v1/ledger/head").await.0, StatusCode::NOT_FOUND);
    let (mut hashes, mut heads) = (Vec::new(), Vec::<Block>::new());
    for number in 0..7 {
        let hash = env
            .issue_on_behalf(&format!("user{number}@example.com"), &env.order())
            .await;
        env.wait_until_anchored(&hash).await;
        hashes.push(hash);
        let head = get("/sandbox/v1/ledger/head").await.1;
        heads.push(serde_json::from_value(head).unwrap());
    }
    for hash in &hashes {
        let entry = hex::decode(hash).unwrap();
        let transaction = hex::encode(air_ledger::merkle::leaf_hash(&entry));
        let (_, answer) = get(&format!("/sandbox/v1/ledger/transactions/0x{transaction}")).await;
        let proof = serde_json::from_value::<Transaction>(answer)
            .unwrap()
            .proof
            .unwrap();
        assert!(proof.verifies(&entry));
        assert!(!proof.verifies(b"another"));
        assert_eq!(proof.root, heads[usize::try_from(proof.block).unwrap() - 1].root);
    }
    for from in &heads {
        let (_, block) = get(&format!("/sandbox/v1/ledger/blocks/{}", from.number)).await;
        assert_eq!(serde_json::from_value::<Block>(block).unwrap(), *from);
        for to in &heads {
            let path = format!(
                "/sandbox/v1/ledger/consistency?from={}&to={}",
                from.number, to.number
            );
            let (status, answer) = get(&path).await;
            if from.number > to.number {
                assert_eq!(status, StatusCode::BAD_REQUEST);
                continue;
            }
            let mut proof: ConsistencyProof = serde_json::from_value(answer).unwrap();
            assert_eq!((&proof.from, &proof.to), (from, to));
            assert!(proof.verifies());
            proof.to.root = hex::encode([7; 32]);
            assert!(!proof.verifies());
        }
    }
    for wrong in [
        "blocks/0",
        "blocks/999",
        "blocks/one",
        "consistency?from=1",
        "consistency?from=1&to=999",
    ] {
        let (status, _) = get(&format!("/sandbox/v1/ledger/{wrong}")).await;
        assert!(status.is_client_error(), "{wrong}");
    }
}
