//! A wallet, and the browser of its user, in the authorization code flow.

use air_oid4vc::oauth::{AuthorizationAnswer, AuthorizationRequest, CodeRequest, CodeVerifier, Requested};
use reqwest::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::wallet::{Answer, Wallet};
use crate::{dashboard::Browser, support::TestEnv};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const CLIENT: &str = "https://wallet.example";
pub(crate) const REDIRECT: &str = "https://wallet.example/cb";
const FORM: &str = "application/x-www-form-urlencoded";

pub(crate) struct CodeFlow<'a> {
    pub(crate) wallet: Wallet<'a>,
    pub(crate) verifier: CodeVerifier,
}

impl<'a> CodeFlow<'a> {
    pub(crate) fn new(env: &'a TestEnv) -> Self {
        Self {
            wallet: Wallet::new(env),
            verifier: CodeVerifier::from_random(&rand::random()),
        }
    }

    pub(crate) fn program(&self) -> &'a str {
        self.wallet.env.ids["programs"]["adult"].as_str().unwrap()
    }

    /// A request for the program `adult` by its scope.
    pub(crate) fn request(&self) -> AuthorizationRequest {
        let requested = Requested::scope(self.program());
        AuthorizationRequest::new(CLIENT, REDIRECT, requested, &self.verifier).with_state("s1")
    }

    /// An offer to Ada that needs her sign-in, and its `issuer_state`.
    pub(crate) async fn offered(&self) -> (Value, String) {
        let created = self.wallet.offered(json!({ "signIn": true })).await;
        let offer = self.wallet.read_offer(&created).await;
        assert!(offer.pre_authorized_code.is_none());
        let grant = offer.authorization_code.unwrap();
        (created, grant.issuer_state.unwrap())
    }

    pub(crate) async fn push(&self, form: &str) -> Answer {
        let request = self.wallet.env.http.post(self.wallet.url("par"));
        Answer::of(request.header("content-type", FORM).body(form.to_owned())).await
    }

    /// Pushes a request: its request URI.
    pub(crate) async fn pushed(&self, request: &AuthorizationRequest) -> String {
        let answer = self.push(&request.to_form()).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.body["expires_in"], 90);
        answer.text("request_uri")
    }

    /// Returns the answer to a browser that arrives at the authorization endpoint with this query.
    pub(crate) async fn arrive(&self, query: &[(&str, &str)]) -> Response {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(query)
            .finish();
        let url = format!("{}?{query}", self.wallet.url("authorize"));
        let http = reqwest::Client::builder();
        let http = http.redirect(reqwest::redirect::Policy::none()).build().unwrap();
        http.get(url).send().await.unwrap()
    }

    /// The user's page for a request URI.
    pub(crate) async fn page(&self, request_uri: &str) -> String {
        let answer = self
            .arrive(&[("client_id", CLIENT), ("request_uri", request_uri)])
            .await;
        assert_eq!(answer.status(), StatusCode::OK);
        let refresh = answer.headers()[header::REFRESH].to_str().unwrap();
        let page = refresh.strip_prefix("0;url=").unwrap().to_owned();
        let body = answer.text().await.unwrap();
        assert!(body.contains(&page.replace('&', "&amp;")), "{body}");
        page
    }

    /// The fields that each form of the page has.
    pub(crate) fn fields<'f>(&'f self, request_uri: &'f str) -> [(&'f str, &'f str); 3] {
        let (_, partner) = self.wallet.issuer.as_str().rsplit_once('/').unwrap();
        [
            ("issuer", partner),
            ("client_id", CLIENT),
            ("request_uri", request_uri),
        ]
    }

    /// A browser in which this user signed in on the page.
    pub(crate) async fn signed_in(&self, request_uri: &str, email: &str) -> Browser {
        let page = self.page(request_uri).await;
        let browser = Browser::open_at(&self.wallet.env.platform.url(), &page).await;
        let mut fields = self.fields(request_uri).to_vec();
        fields.push(("email", email));
        assert_eq!(browser.make("/wallet/authorize/sign-in", &fields).await, page);
        browser
    }

    pub(crate) async fn decide(&self, browser: &Browser, request_uri: &str, decision: &str) -> Response {
        let mut fields = self.fields(request_uri).to_vec();
        fields.push(("decision", decision));
        browser.send("/wallet/authorize", &fields).await
    }

    /// Ada agrees: the code, after the check of `state` and `iss`.
    pub(crate) async fn agreed(&self, request: &AuthorizationRequest, state: Option<&str>) -> String {
        let request_uri = self.pushed(request).await;
        let browser = self.signed_in(&request_uri, ADA).await;
        let answer = self.decide(&browser, &request_uri, "agree").await;
        let answer = redirect(&answer);
        let answer = AuthorizationAnswer::parse(&answer).unwrap();
        answer.check(state, &self.wallet.issuer).unwrap().to_owned()
    }

    /// A code for a new offer.
    pub(crate) async fn code(&self) -> String {
        let (_, state) = self.offered().await;
        self.agreed(&self.request().with_issuer_state(&state), Some("s1"))
            .await
    }

    pub(crate) fn redemption(&self, code: &str) -> String {
        CodeRequest::new(code, REDIRECT, CLIENT, self.verifier.clone()).to_form()
    }

    /// Redeems a code with a DPoP proof.
    pub(crate) async fn redeem(&self, code: &str) -> Answer {
        let (_, nonce) = self.wallet.nonces().await;
        let proof = self.wallet.proof("token", Some(&nonce), None);
        self.wallet.token_with(self.redemption(code), Some(&proof)).await
    }
}

/// Where the browser is sent.
#[track_caller]
pub(crate) fn redirect(answer: &Response) -> String {
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    answer.headers()[header::LOCATION].to_str().unwrap().to_owned()
}
