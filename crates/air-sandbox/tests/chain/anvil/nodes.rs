//! anvil is down, serves another chain, or has other code at the contract's address.

use std::net::SocketAddr;

use air_ledger::evm::{
    contract::code::{self, Immutables},
    keccak256,
};
use air_sandbox::{
    Data, Error, Platform,
    chain::{ChainError, Finality},
};
use serde_json::json;
use tokio::net::TcpSocket;

use super::{Anvil, contract_size, test_env};
use crate::{
    chain::{
        fake::CONTRACT,
        status::{reason, until},
        test_env::{Time, account, issue, settings, try_start},
    },
    support::TestEnv,
};

/// A port without a server, which no other program gets.
fn reserve(port: u16) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], port))).unwrap();
    socket
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_is_down_at_the_start_and_midway() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let arguments = ["--state", file.to_str().unwrap()];
    let anvil = Anvil::start(&arguments);
    let (port, url) = (anvil.port(), anvil.url.clone());
    anvil.terminate();
    let mut reserved = reserve(port);
    let platform = try_start(Data::Memory, &Time::new(), settings(&url))
        .await
        .unwrap();
    let env = TestEnv::start_on(platform).await;
    for size in [1, 2] {
        let hash = issue(&env, 1).await.remove(0);
        until(&env, &hash, |status| *reason(status) == "chainUnreachable").await;
        drop(reserved);
        let anvil = Anvil::start_at(port, &arguments);
        until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN").await;
        assert_eq!(contract_size(&anvil).await, size);
        anvil.terminate();
        reserved = reserve(port);
    }
}

fn chain_error(started: Result<Platform, Error>) -> ChainError {
    match started {
        Err(Error::Chain(error)) => error,
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("it started"),
    }
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_serves_another_chain_midway_and_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let anvil = Anvil::start(&[]);
    let env = test_env(&anvil, data(), &Time::new(), Finality::Depth(1)).await;
    issue(&env, 1).await;
    anvil.until_anchored(1).await;
    anvil.rpc("anvil_setChainId", json!([1])).await;
    let hash = issue(&env, 1).await.remove(0);
    until(&env, &hash, |status| *reason(status) == "wrongChain").await;
    assert_eq!(contract_size(&anvil).await, 1);
    env.platform.stop().await.unwrap();

    let error = chain_error(try_start(data(), &Time::new(), settings(&anvil.url)).await);
    assert!(
        matches!(
            error,
            ChainError::WrongChain {
                expected: 5151,
                found: 1
            }
        ),
        "{error}"
    );
    anvil.rpc("anvil_setChainId", json!([5151])).await;
    let platform = try_start(data(), &Time::new(), settings(&anvil.url))
        .await
        .unwrap();
    anvil.until_anchored(2).await;
    platform.stop().await.unwrap();
}

#[tokio::test]
#[ignore = "needs anvil: cargo xtask chain"]
async fn anvil_has_other_code_at_the_address() {
    let folder = tempfile::tempdir().unwrap();
    let anvil = Anvil::start(&[]);
    let start = async || {
        let data = Data::Folder(folder.path().into());
        try_start(data, &Time::new(), settings(&anvil.url)).await
    };
    let env = TestEnv::start_on(start().await.unwrap()).await;
    issue(&env, 1).await;
    anvil.until_anchored(1).await;
    env.platform.stop().await.unwrap();
    let ours = anvil.rpc("eth_getCode", json!([CONTRACT, "latest"])).await;
    let set_code = async |code: &str| {
        anvil.rpc("anvil_setCode", json!([CONTRACT, code])).await;
    };

    set_code("0x6001600155").await;
    let error = chain_error(start().await);
    assert!(matches!(error, ChainError::UnknownCode { .. }), "{error}");
    let other = code::deployed(&Immutables {
        ledger_id: [9; 32],
        owner: account(),
    });
    set_code(&format!("0x{}", hex::encode(&other))).await;
    let error = chain_error(start().await);
    assert!(
        matches!(error, ChainError::OtherCode { found, .. } if found == keccak256(&other)),
        "{error}"
    );
    set_code("0x").await;
    let error = chain_error(start().await);
    assert!(matches!(error, ChainError::NoContract { .. }), "{error}");

    set_code(ours.as_str().unwrap()).await;
    start().await.unwrap().stop().await.unwrap();
}
