//! The consent to a wallet on a platform where a code proves an address.

use std::{sync::Arc, time::Duration};

use air_sandbox::UnixTime;
use air_sandbox::{
    Clock, Config, Platform,
    channel::{Channel, Message, Sending},
};
use reqwest::StatusCode;

use super::code_flow::{ADA, CodeFlow};
use crate::{
    dashboard::Browser,
    support::{NOW, TestEnv},
};

/// Sends nothing.
#[derive(Debug)]
struct Dropped;

impl Channel for Dropped {
    fn send<'a>(&'a self, _: &'a Message) -> Sending<'a> {
        Box::pin(std::future::ready(Ok(())))
    }
}

#[tokio::test]
async fn a_typed_address_signs_nobody_in() {
    let mut config = Config::default();
    config.require_token = true;
    config.channel = Some(Arc::new(Dropped));
    config.block_time = Duration::from_millis(10);
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    env.issue_on_behalf(ADA, &env.order()).await;
    let flow = CodeFlow::new(&env);
    let request_uri = flow.pushed(&flow.request()).await;
    let page = flow.page(&request_uri).await;
    let browser = Browser::open_at(&env.platform.url(), &page).await;
    assert!(browser.page(&page).await.contains("Sign in by a code"));
    let mut fields = flow.fields(&request_uri).to_vec();
    fields.push(("email", ADA));
    let answer = browser.send("/wallet/authorize/sign-in", &fields).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/wallet").await.status(), StatusCode::SEE_OTHER);
}
