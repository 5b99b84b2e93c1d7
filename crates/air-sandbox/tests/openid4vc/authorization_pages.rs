//! The pages of the authorization code flow: errors, headers, and decisions of the signed-in browser.

use reqwest::{StatusCode, header};

use super::code_flow::{ADA, CLIENT, CodeFlow, REDIRECT, redirect};
use crate::support::TestEnv;

/// Before the request is known to be the client's, nothing is redirected: the query could name any address.
#[tokio::test]
async fn an_error_at_the_authorization_endpoint_never_redirects() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let evil = [
        ("redirect_uri", "https://evil.example/cb"),
        ("response_type", "code"),
        ("state", "s9"),
    ];
    let request_uri = flow.pushed(&flow.request()).await;
    let unknown = format!("{request_uri}x");
    let (_, other) = env.another_partner().await;
    for (query, code) in [
        (vec![], "invalid_request"),
        (vec![("client_id", CLIENT)], "invalid_request"),
        (vec![("request_uri", &*request_uri)], "invalid_request"),
        (
            vec![("client_id", CLIENT), ("request_uri", &*unknown)],
            "invalid_request_uri",
        ),
        (
            vec![
                ("client_id", CLIENT),
                ("request_uri", "https://evil.example/request.jwt"),
            ],
            "invalid_request_uri",
        ),
        (
            vec![
                ("client_id", "https://evil.example"),
                ("request_uri", &*request_uri),
            ],
            "invalid_request_uri",
        ),
        (
            vec![
                ("client_id", CLIENT),
                ("client_id", "https://evil.example"),
                ("request_uri", &*request_uri),
            ],
            "invalid_request",
        ),
    ] {
        let query: Vec<_> = query.into_iter().chain(evil).collect();
        let answer = flow.arrive(&query).await;
        refused_page(answer, code).await;
    }
    // Another issuer of this platform knows nothing of the request.
    let url = format!(
        "{}/oid4vc/{}/authorize?client_id={CLIENT}&request_uri={request_uri}",
        env.platform.url(),
        other["partnerId"].as_str().unwrap(),
    );
    refused_page(env.http.get(url).send().await.unwrap(), "invalid_request_uri").await;
}

pub(crate) async fn refused_page(answer: reqwest::Response, code: &str) {
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    for name in [header::LOCATION, header::REFRESH, header::SET_COOKIE] {
        assert!(answer.headers().get(&name).is_none(), "{name}");
    }
    assert_protected(answer.headers());
    let page = answer.text().await.unwrap();
    assert!(page.contains(&format!("<code>{code}</code>")), "{page}");
    assert!(!page.contains("evil.example"), "{page}");
}

#[track_caller]
fn assert_protected(headers: &header::HeaderMap) {
    let text = |name: &str| headers[name].to_str().unwrap().to_owned();
    let policy = text("content-security-policy");
    for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(text("x-frame-options"), "DENY");
    assert_eq!(text("cache-control"), "no-store");
    assert_eq!(text("x-content-type-options"), "nosniff");
}

/// Clickjacking, and codes in `Referer`.
#[tokio::test]
async fn the_pages_are_not_framed_and_tell_no_other_site_their_address() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let request_uri = flow.pushed(&flow.request().with_issuer_state(&state)).await;
    let arrived = flow
        .arrive(&[("client_id", CLIENT), ("request_uri", &request_uri)])
        .await;
    assert_protected(arrived.headers());
    assert_eq!(arrived.headers()["referrer-policy"], "no-referrer");
    let page = flow.page(&request_uri).await;
    let browser = flow.signed_in(&request_uri, ADA).await;
    let shown = browser.get(&page).await;
    assert_protected(shown.headers());
    // The page's own forms name their origin; other sites see nothing.
    assert_eq!(shown.headers()["referrer-policy"], "same-origin");
    let policy = shown.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.contains("form-action 'self' https://wallet.example;"),
        "{policy}"
    );
    let decided = flow.decide(&browser, &request_uri, "agree").await;
    assert_eq!(decided.headers()["referrer-policy"], "no-referrer");
    assert_eq!(decided.headers()["cache-control"], "no-store");
    assert!(redirect(&decided).contains("code="));
}

#[tokio::test]
async fn only_the_page_of_the_signed_in_browser_decides() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let (_, state) = flow.offered().await;
    let request_uri = flow.pushed(&flow.request().with_issuer_state(&state)).await;
    let browser = flow.signed_in(&request_uri, ADA).await;
    let other = flow.signed_in(&request_uri, "eve@example.com").await;
    let url = format!("{}/wallet/authorize", env.platform.url());
    let send = async |token: &str, headers: &[(&str, &str)]| {
        let mut fields = flow.fields(&request_uri).to_vec();
        fields.extend([("decision", "agree"), ("token", token)]);
        let body = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = browser.http.post(&url).header("cookie", &browser.cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(body).send().await.unwrap()
    };
    let ours = [("sec-fetch-site", "same-origin")];
    for (token, headers) in [
        ("", &ours[..]),
        ("00", &ours),
        (&other.token, &ours),
        (&browser.token, &[]),
        (&browser.token, &[("sec-fetch-site", "cross-site")]),
        (&browser.token, &[("sec-fetch-site", "same-site")]),
        (&browser.token, &[("origin", "https://evil.example")]),
        (&browser.token, &[("origin", "null")]),
    ] {
        let answer = send(token, headers).await;
        assert_eq!(answer.status(), StatusCode::FORBIDDEN, "{headers:?}");
        assert!(answer.headers().get(header::LOCATION).is_none());
    }
    for decision in ["", "yes"] {
        let answer = flow.decide(&browser, &request_uri, decision).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    }
    // Nothing was decided. A page that only links here can't decide either: the decision is a form.
    let page = flow.page(&request_uri).await;
    let linked = browser.get(&format!("{page}&decision=agree")).await;
    assert_eq!(linked.status(), StatusCode::OK);
    assert!(redirect(&send(&browser.token, &ours).await).contains("code="));
}

/// The sign-in leads back to the page of the request, whatever else the form says.
#[tokio::test]
async fn a_form_leads_nowhere_else() {
    let env = TestEnv::start().await;
    let flow = CodeFlow::new(&env);
    let request_uri = flow.pushed(&flow.request()).await;
    let page = flow.page(&request_uri).await;
    let browser = crate::dashboard::Browser::open_at(&env.platform.url(), &page).await;
    let mut fields = flow.fields(&request_uri).to_vec();
    fields.extend([
        ("email", ADA),
        ("next", "https://evil.example"),
        ("redirect_uri", "https://evil.example"),
    ]);
    assert_eq!(browser.make("/wallet/authorize/sign-in", &fields).await, page);
    fields.push(("decision", "refuse"));
    let answer = browser.make("/wallet/authorize", &fields).await;
    assert!(answer.starts_with(REDIRECT), "{answer}");
    // Answered: neither the page nor a form does anything more.
    for path in [page.clone(), format!("{page}&x=1")] {
        assert_eq!(browser.get(&path).await.status(), StatusCode::GONE);
    }
    for path in ["/wallet/authorize", "/wallet/authorize/sign-in"] {
        let answer = browser.send(path, &fields).await;
        assert_eq!(answer.status(), StatusCode::GONE, "{path}");
        assert!(answer.headers().get(header::LOCATION).is_none());
    }
}
