//! The memory that large bodies may take together.

use air_jwt::PartnerToken;
use air_sandbox::{Clock, Config, Limits, Platform, UnixTime};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{NOW, TestEnv, token_of};

const OBJECT: usize = 32 * 1024 * 1024;

/// A partner's head that announces so many bytes.
async fn announce(env: &TestEnv, length: usize) -> TcpStream {
    announce_with(env, &env.token(PartnerToken::issue), length).await
}

async fn announce_with(env: &TestEnv, token: &str, length: usize) -> TcpStream {
    let hash = "0".repeat(64);
    let head = format!(
        "POST /sandbox/v1/dstorage/objects?coreClaimHash={hash}&name=x HTTP/1.1\r\nhost: 127.0.0.1\r\nx-partner-auth: {token}\r\n\
         expect: 100-continue\r\ncontent-length: {length}\r\n\r\n"
    );
    let mut stream = TcpStream::connect(env.platform.address()).await.unwrap();
    stream.write_all(head.as_bytes()).await.unwrap();
    stream
}

/// The first status: 100 once the body is read.
async fn answer(stream: &mut TcpStream) -> String {
    let mut answer = [0; 512];
    let length = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn large_bodies_share_one_budget() {
    let mut config = Config::default();
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.limits = Limits {
        large_bodies: OBJECT + 1024,
        ..Limits::default()
    };
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    let mut first = announce(&env, OBJECT).await;
    assert!(answer(&mut first).await.starts_with("HTTP/1.1 100 "));
    let refused = answer(&mut announce(&env, OBJECT).await).await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("\r\nretry-after: 5\r\n"), "{refused}");
    let small = answer(&mut announce(&env, 256 * 1024).await).await;
    assert!(small.starts_with("HTTP/1.1 100 "), "{small}");
    drop(first);
    let served = async {
        while !answer(&mut announce(&env, OBJECT).await)
            .await
            .starts_with("HTTP/1.1 100 ")
        {}
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), served)
        .await
        .expect("the room is given back");
}

#[tokio::test]
async fn a_partner_with_slow_bodies_takes_no_room_from_another() {
    let mut config = Config::default();
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.limits = Limits {
        large_bodies: 2 * OBJECT,
        ..Limits::default()
    };
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    let other = token_of(&env.another_partner().await, PartnerToken::issue);
    let mut slow = announce(&env, OBJECT).await;
    assert!(answer(&mut slow).await.starts_with("HTTP/1.1 100 "));
    let refused = answer(&mut announce(&env, OBJECT).await).await;
    assert!(refused.starts_with("HTTP/1.1 429 "), "{refused}");
    assert!(refused.contains("\r\nretry-after: 5\r\n"), "{refused}");
    let served = answer(&mut announce_with(&env, &other, OBJECT).await).await;
    assert!(served.starts_with("HTTP/1.1 100 "), "{served}");
}
