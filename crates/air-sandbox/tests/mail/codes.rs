//! Codes by e-mail, which open the user's pages where an address must be proved.

use std::{net::Ipv4Addr, sync::Arc, time::Duration};

use air_sandbox::{Clock, Config, Platform, Smtp, UnixTime};
use reqwest::{StatusCode, header};

use super::{
    ADA,
    server::{Mail, MailServer, Rules},
    settings, subject,
};
use crate::{
    dashboard::Browser,
    support::{NOW, TestEnv, data},
};

const SIGN_IN: &str = "/wallet/sign-in";
const CODE: &str = "/wallet/sign-in/code";

/// A platform that other machines can reach, and that knows Ada. Her notice has been read.
async fn exposed(server: &mut MailServer, trusted_proxies: &[&str]) -> TestEnv {
    let smtp = Smtp::new(settings(&format!("smtp://{}", server.address))).unwrap();
    let mut config = Config::default();
    config.listen = (Ipv4Addr::UNSPECIFIED, 0).into();
    config.data = data(Config::default().data).await;
    config.block_time = Duration::from_millis(10);
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    config.channel = Some(Arc::new(smtp));
    config.trusted_proxies = trusted_proxies
        .iter()
        .map(|proxy| proxy.parse().unwrap())
        .collect();
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    env.issue_on_behalf(ADA, &env.order()).await;
    assert_eq!(subject(&server.next().await), "A credential was issued to you");
    env
}

async fn browser(env: &TestEnv) -> Browser {
    let url = format!("http://127.0.0.1:{}", env.platform.address().port());
    Browser::open_at(&url, SIGN_IN).await
}

fn code(mail: &Mail) -> String {
    let (_, text) = mail.text.split_once("\r\n\r\n").unwrap();
    text.get(..6).unwrap().to_owned()
}

#[tokio::test]
async fn a_code_opens_the_pages_beyond_loopback() {
    let mut server = MailServer::start(Rules::default()).await;
    let env = exposed(&mut server, &[]).await;
    let ada = browser(&env).await;
    assert_eq!(ada.get("/wallet").await.headers()[header::LOCATION], SIGN_IN);
    assert_eq!(ada.make(SIGN_IN, &[("email", "Ada@Example.com")]).await, CODE);
    // The address alone opens nothing.
    assert_eq!(ada.get("/wallet").await.status(), StatusCode::SEE_OTHER);
    let mail = server.next().await;
    assert_eq!(
        (subject(&mail), mail.to.as_slice()),
        ("Your code", &[ADA.to_owned()][..])
    );
    let code = code(&mail);
    let other = browser(&env).await;
    assert_eq!(
        other.send(CODE, &[("code", &code)]).await.status(),
        StatusCode::FORBIDDEN
    );
    let wrong = if code == "000000" { "000001" } else { "000000" };
    assert_eq!(
        ada.send(CODE, &[("code", wrong)]).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(ada.make(CODE, &[("code", &code)]).await, "/wallet");
    assert!(ada.page("/wallet").await.contains("Adult"));
    ada.make("/wallet/sign-out", &[]).await;
    assert_eq!(
        ada.send(CODE, &[("code", &code)]).await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn an_unknown_address_is_answered_alike() {
    let mut server = MailServer::start(Rules::default()).await;
    let env = exposed(&mut server, &[]).await;
    let mut pages = Vec::new();
    for email in ["nobody@example.com", ADA] {
        let browser = browser(&env).await;
        assert_eq!(browser.make(SIGN_IN, &[("email", email)]).await, CODE, "{email}");
        let page = browser.page(CODE).await;
        let wrong = browser.send(CODE, &[("code", "12345")]).await;
        let status = wrong.status();
        let texts = [page, wrong.text().await.unwrap()];
        pages.push((status, texts.map(|text| without_token(&text))));
    }
    assert_eq!(pages.first(), pages.last());
    assert_eq!(server.next().await.to, [ADA]);
    assert_eq!(server.waiting(), 0);
}

/// The page without the token of its forms, which differs for each browser.
fn without_token(page: &str) -> String {
    let (before, rest) = page.split_once("name=\"token\" value=\"").unwrap();
    let (token, _) = rest.split_once('"').unwrap();
    format!("{before}{rest}").replace(token, "")
}

#[tokio::test]
async fn a_proxy_leads_to_the_pages_and_its_clients_are_not_counted_as_one() {
    for (proxies, is_limited) in [(&[][..], true), (&["127.0.0.0/8"], false)] {
        let mut server = MailServer::start(Rules::default()).await;
        let env = exposed(&mut server, proxies).await;
        let browser = browser(&env).await;
        let url = format!("http://127.0.0.1:{}{SIGN_IN}", env.platform.address().port());
        let relayed = env.http.get(&url).header("x-forwarded-for", "192.0.2.1");
        assert_eq!(relayed.send().await.unwrap().status(), StatusCode::OK);
        let mut last = StatusCode::OK;
        for number in 0..31 {
            let email = format!("user-{number}@example.com");
            last = browser.send(SIGN_IN, &[("email", &email)]).await.status();
        }
        let expected = if is_limited {
            StatusCode::TOO_MANY_REQUESTS
        } else {
            StatusCode::SEE_OTHER
        };
        assert_eq!(last, expected, "{proxies:?}");
    }
}

/// An operator who requires the token does not trust every program of this machine, so an address
/// needs a proof there as well.
#[tokio::test]
async fn a_required_operator_token_requires_codes() {
    let mut server = MailServer::start(Rules::default()).await;
    let smtp = Smtp::new(settings(&format!("smtp://{}", server.address))).unwrap();
    let mut config = Config::default();
    config.require_token = true;
    config.channel = Some(Arc::new(smtp));
    config.clock = Clock::new(|| UnixTime::from_secs(NOW));
    let env = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
    env.issue_on_behalf(ADA, &env.order()).await;
    server.next().await;
    let ada = browser(&env).await;
    assert_eq!(ada.make(SIGN_IN, &[("email", ADA)]).await, CODE);
    let code = code(&server.next().await);
    ada.make(CODE, &[("code", &code)]).await;
    assert!(ada.page("/wallet").await.contains("Adult"));
}
