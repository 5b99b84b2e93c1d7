//! The server of the AIR Kit SDK's pages, as a browser calls it. tests/browser tries what the SDK
//! itself does there.

mod codes;
mod consents;
mod held;
mod hosted;
mod logins;
mod predicates;
mod wallets;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use air_jwt::PartnerToken;
use air_sandbox::{Clock, Config, Data, Platform, UnixTime, channel::Channel};
use reqwest::{Certificate, Client, Method, Response, StatusCode, header};
use serde_json::{Value, json};

use crate::support::{self, TestEnv, sign};

pub(crate) const EMAIL: &str = "ada@example.com";
/// Of the partner's pages, as it is registered.
const ORIGIN: &str = "https://app.example";

pub(crate) struct AirkitEnv {
    pub(crate) base: TestEnv,
    pub(crate) http: Client,
    pub(crate) url: String,
}

impl AirkitEnv {
    pub(crate) async fn open() -> Self {
        Self::open_at("127.0.0.1:0", support::data(Data::Memory).await).await
    }

    async fn open_at(address: &str, data: Data) -> Self {
        Self::open_with(address, data, None).await
    }

    async fn open_with(address: &str, data: Data, channel: Option<Arc<dyn Channel>>) -> Self {
        let address: SocketAddr = address.parse().unwrap();
        let mut config = Config::default();
        config.data = data;
        config.airkit = Some(address);
        config.channel = channel;
        Self::start(config).await
    }

    /// Starts with these settings and the test's clock.
    async fn start(mut config: Config) -> Self {
        config.block_time = Duration::from_millis(10);
        config.clock = Clock::new(|| UnixTime::from_secs(support::NOW));
        let mut base = TestEnv::start_on(Platform::start(config).await.unwrap()).await;
        let mut seed = TestEnv::seed_file(&base.jwks.url);
        seed["partner"]["allowedOrigins"] = json!([ORIGIN]);
        base.ids = base.seed(&seed).await;
        let airkit = base.platform.airkit().unwrap();
        let ca = Certificate::from_pem(airkit.ca_certificate().as_bytes()).unwrap();
        Self {
            http: Client::builder().tls_certs_only([ca]).build().unwrap(),
            url: airkit.url(),
            base,
        }
    }

    async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.url)).send().await.unwrap()
    }

    /// A call as a page of the platform's makes it, which the partner's page has in it.
    async fn call(
        &self,
        path: &str,
        session: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Option<String>, Value) {
        let ticket = self.ticket(&self.partner()).await;
        self.send(path, Some(&ticket), session, body).await
    }

    /// `open`, as the first call of a page in a page of this origin.
    async fn opened(&self, origin: &str, session: Option<&str>) -> (StatusCode, Option<String>, Value) {
        let body = json!({ "partnerId": self.partner(), "origin": origin });
        self.send("open", None, session, &body).await
    }

    pub(crate) async fn ticket(&self, partner: &str) -> String {
        let body = json!({ "partnerId": partner, "origin": ORIGIN });
        let (status, _, opened) = self.send("open", None, None, &body).await;
        assert_eq!(status, StatusCode::OK, "{opened}");
        assert_eq!(opened["partnerId"], partner);
        opened["ticket"].as_str().unwrap().to_owned()
    }

    async fn send(
        &self,
        path: &str,
        ticket: Option<&str>,
        session: Option<&str>,
        body: &Value,
    ) -> (StatusCode, Option<String>, Value) {
        let mut request = self
            .http
            .post(format!("{}/airkit/v1/{path}", self.url))
            .header("sec-fetch-site", "same-origin")
            .json(body);
        if let Some(ticket) = ticket {
            request = request.header("x-air-page", ticket);
        }
        if let Some(session) = session {
            request = request.header(header::COOKIE, session);
        }
        let response = request.send().await.unwrap();
        let cookie = response.headers().get(header::SET_COOKIE);
        let cookie = cookie.map(|cookie| cookie.to_str().unwrap().to_owned());
        (response.status(), cookie, response.json().await.unwrap())
    }

    /// A login token of the partner's with more claims.
    pub(crate) fn token(&self, claims: &Value) -> String {
        let mut payload = json!({
            "partnerId": self.partner(), "scope": "issue", "iat": support::NOW, "exp": support::NOW + 300,
        });
        for (name, claim) in claims.as_object().unwrap() {
            payload[name] = claim.clone();
        }
        air_jwt::jws::sign(&self.base.key, "JWT", &payload)
    }

    async fn refusal(&self, path: &str, session: Option<&str>, body: &Value) -> String {
        let (status, _, answer) = self.call(path, session, body).await;
        assert!(!status.is_success(), "{path}: {answer}");
        assert!(answer["errorMessage"].is_string(), "{path}: {answer}");
        answer["errorName"].as_str().unwrap().to_owned()
    }

    /// The cookie of a login, as a browser sends it.
    async fn login(&self, email: &str) -> (String, Value) {
        let token = sign(
            PartnerToken::login(self.base.partner_id(), email.parse().unwrap()),
            &self.base.key,
        );
        let (status, cookie, login) = self.call("login", None, &json!({ "partnerToken": token })).await;
        assert_eq!(status, StatusCode::OK, "{login}");
        let cookie = cookie.unwrap();
        (cookie.split(';').next().unwrap().to_owned(), login)
    }

    pub(crate) fn partner(&self) -> String {
        self.base.ids["partnerId"].as_str().unwrap().to_owned()
    }
}

/// A wallet of a user's, signed by its own key.
fn wallet(user: &str) -> Value {
    wallets::Kept::of(7, user).json()
}

#[tokio::test]
async fn every_page_may_be_framed_and_runs_nothing_of_others() {
    let env = AirkitEnv::open().await;
    for page in ["/auth/", "/wallet/", "/credential/", "/recovery/", "/"] {
        let response = env.get(page).await;
        assert_eq!(response.status(), StatusCode::OK, "{page}");
        let headers = response.headers();
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self' 'wasm-unsafe-eval'"),
            "{policy}"
        );
        assert!(
            !policy.contains("frame-ancestors") && !policy.contains("unsafe-inline"),
            "{policy}"
        );
        assert!(!headers.contains_key(header::X_FRAME_OPTIONS), "{page}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer");
        let text = response.text().await.unwrap();
        assert!(!text.contains(" style=") && !text.contains(" onclick="), "{page}");
    }
    for (file, media_type) in [
        ("wallet.js", "text/javascript"),
        ("style.css", "text/css"),
        ("wasm/air_wasm_bg.wasm", "application/wasm"),
    ] {
        let response = env.get(&format!("/airkit/assets/{file}")).await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], media_type);
        assert_eq!(response.headers()[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
    // The module is stored compressed, and this client does not accept gzip.
    let module = env.get("/airkit/assets/wasm/air_wasm_bg.wasm").await;
    assert!(module.bytes().await.unwrap().starts_with(b"\0asm"));
    assert_eq!(
        env.get("/airkit/assets/../wallets.js").await.status(),
        StatusCode::NOT_FOUND
    );
    let ca = env.get("/ca.pem").await.text().await.unwrap();
    assert_eq!(ca, env.base.platform.airkit().unwrap().ca_certificate());
}

#[tokio::test]
async fn other_names_and_other_sites_get_nothing() {
    let env = AirkitEnv::open().await;
    let by_name = env
        .http
        .get(format!("{}/auth/", env.url))
        .header(header::HOST, "rebound.example");
    assert_eq!(by_name.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    for site in [None, Some("cross-site"), Some("same-site"), Some("none")] {
        let mut call = env
            .http
            .post(format!("{}/airkit/v1/login", env.url))
            .header("x-air-page", env.ticket(&env.partner()).await)
            .json(&json!({ "email": EMAIL }));
        if let Some(site) = site {
            call = call.header("sec-fetch-site", site);
        }
        let refused = call.send().await.unwrap();
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{site:?}");
        assert!(!refused.headers().contains_key(header::SET_COOKIE));
        assert!(
            !refused
                .headers()
                .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        );
    }
    // Only their own address serves the pages.
    let elsewhere = format!("{}/auth/", env.base.platform.url());
    assert_eq!(
        reqwest::get(elsewhere).await.unwrap().status(),
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_session_is_a_cookie_for_frames_and_ends() {
    let env = AirkitEnv::open().await;
    let (_, cookie, login) = env.call("login", None, &json!({ "email": EMAIL })).await;
    let cookie = cookie.unwrap();
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    assert!(
        pair.starts_with(&format!("__Host-air-session-{}=", env.partner())),
        "{pair}"
    );
    assert_eq!(
        attributes,
        "Path=/; Max-Age=2592000; Secure; HttpOnly; SameSite=None; Partitioned"
    );
    assert_eq!(login["email"], EMAIL);
    assert_eq!(login["isMFASetup"], false);
    assert_eq!(login["activeMfaMethods"], json!([]));
    let origin = "http://localhost:3000";
    let (_, _, opened) = env.opened(origin, Some(pair)).await;
    assert_eq!(opened["login"]["id"], login["id"]);
    assert_eq!(opened["isProduction"], false);
    let (_, cleared, _) = env.call("logout", Some(pair), &json!({})).await;
    assert!(cleared.unwrap().contains("Max-Age=0"));
    let (_, _, opened) = env.opened(origin, Some(pair)).await;
    assert_eq!(
        opened["login"],
        Value::Null,
        "the cookie alone is nothing any more"
    );
    assert_eq!(env.refusal("user", Some(pair), &json!({})).await, "UNAUTHORIZED");
}

#[tokio::test]
async fn a_page_of_a_strangers_is_refused() {
    let env = AirkitEnv::open().await;
    for origin in [
        "https://evil.example",
        "null",
        "http://localhost.evil.example",
        "",
    ] {
        let (_, _, refused) = env.opened(origin, None).await;
        assert_eq!(refused["errorName"], "CONFIG_ERROR", "{origin}");
        assert!(refused.get("ticket").is_none());
    }
    let (status, _, opened) = env.opened("https://127.0.0.1:9", None).await;
    assert_eq!(status, StatusCode::OK);
    let own_page = format!("{}/wallet", env.base.platform.url());
    assert_eq!(opened["walletPage"], own_page);
    assert_eq!(env.refusal("open", None, &json!({})).await, "INVALID_PARAMETER");
}

#[tokio::test]
async fn a_session_is_one_partners() {
    let env = AirkitEnv::open().await;
    let (session, _) = env.login(EMAIL).await;
    let (_, theirs) = env.base.another_partner().await;
    let theirs = theirs["partnerId"].as_str().unwrap();
    let renamed = session.replace(&env.partner(), theirs);
    let body = json!({ "partnerId": theirs, "origin": "http://localhost:3000" });
    let (_, _, opened) = env.send("open", None, Some(&renamed), &body).await;
    assert_eq!(opened["login"], Value::Null);
    let ticket = opened["ticket"].as_str();
    let (status, _, answer) = env.send("user", ticket, Some(&renamed), &json!({})).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED, "{answer}");
}

#[tokio::test]
async fn beyond_this_machine_nobody_is_believed_by_an_address() {
    let env = AirkitEnv::open_at("0.0.0.0:0", support::data(Data::Memory).await).await;
    assert_eq!(
        env.refusal("login", None, &json!({ "email": EMAIL })).await,
        "PERMISSION_NOT_ENABLED"
    );
    let (_, _, refused) = env.opened("http://localhost:3000", None).await;
    assert_eq!(refused["errorName"], "CONFIG_ERROR");
    env.login(EMAIL).await;
    let nameless = env.token(&json!({}));
    let login = json!({ "partnerToken": nameless });
    assert_eq!(env.refusal("login", None, &login).await, "INVALID_PARAMETER");
    let typed = json!({ "partnerToken": nameless, "email": EMAIL });
    assert_eq!(env.refusal("login", None, &typed).await, "PERMISSION_NOT_ENABLED");
}

#[tokio::test]
async fn the_authority_stays_with_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().to_owned());
    let first = AirkitEnv::open_at("127.0.0.1:0", data()).await;
    let airkit = first.base.platform.airkit().unwrap().clone();
    assert_eq!(
        airkit.ca_file(),
        Some(folder.path().join("airkit-ca.pem").as_path())
    );
    #[cfg(unix)]
    for file in ["airkit-ca.pem", "airkit-ca-key.pem"] {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
    first.base.platform.stop().await.unwrap();
    let again = AirkitEnv::open_at("127.0.0.1:0", data()).await;
    let other = again.base.platform.airkit().unwrap();
    assert_eq!(other.ca_certificate(), airkit.ca_certificate());
    // A client that trusts it trusts this machine by each of its names.
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/ca.pem", other.address().port());
        assert_eq!(
            again.http.get(url).send().await.unwrap().status(),
            StatusCode::OK,
            "{host}"
        );
    }
    let (status, _) = again.base.call(Method::GET, "/healthz", None, None).await;
    assert_eq!(status, StatusCode::OK);
}
