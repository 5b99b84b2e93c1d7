//! A partner's logo: which files are taken, and how they are served.

use air_sandbox::{Config, Data};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use super::{Browser, test_env, text};
use crate::support::{self, TestEnv};

/// A picture of one pixel.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0\x1f\x15\xc4\x89\0\0\0\rIDATx\x9cc\xf8\xcf\xc0\xf0\
\x1f\0\x05\0\x01\xff\x89\x99=\x1d\0\0\0\0IEND\xaeB`\x82";

fn account(env: &TestEnv) -> String {
    format!("/dashboard/accounts/{}", text(&env.ids, "/partnerId"))
}

/// As browsers send a form with a file; `name` is what the file is called.
async fn upload(browser: &Browser, path: &str, name: &str, file: &[u8]) -> Response {
    send(browser, path, &browser.token, name, file).await
}

async fn send(browser: &Browser, path: &str, token: &str, name: &str, file: &[u8]) -> Response {
    let head = format!(
        "--b0undary\r\ncontent-disposition: form-data; name=\"token\"\r\n\r\n{token}\r\n\
         --b0undary\r\ncontent-disposition: form-data; name=\"logo\"; filename=\"{name}\"\r\ncontent-type: image/png\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--b0undary--\r\n"].concat();
    let media_type = "multipart/form-data; boundary=b0undary";
    browser.post(&format!("{path}/logo"), media_type, body).await
}

/// The address in the page.
fn picture(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("class=\"logo-picture\" src=\"")?;
    Some(rest.split('"').next().unwrap().to_owned())
}

async fn modified(env: &TestEnv) -> Vec<String> {
    let path = "/sandbox/v1/events/log?type=partner.modified";
    let (_, log) = env.call(Method::GET, path, None, None).await;
    let events = log["events"].as_array().unwrap().iter();
    events
        .map(|event| event["data"]["logoSha256"].as_str().unwrap_or("none").to_owned())
        .collect()
}

#[tokio::test]
async fn a_logo_is_set_replaced_and_removed() {
    let (env, browser) = test_env().await;
    let account = account(&env);
    assert_eq!(picture(&browser.page(&account).await), None);
    let set = upload(&browser, &account, "any.txt", PNG).await;
    assert_eq!(set.status(), StatusCode::SEE_OTHER);
    upload(&browser, &account, "logo.png", PNG).await;
    assert_eq!(modified(&env).await.len(), 1, "the same again is no change");

    let first = picture(&browser.page(&account).await).unwrap();
    let served = browser.get(&first).await;
    let header = |name: &str| served.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "image/png");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(
        header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    );
    assert_eq!(header("cache-control"), "private, no-cache");
    assert_eq!(header("cross-origin-resource-policy"), "same-origin");
    let tag = header("etag");
    assert_eq!(served.bytes().await.unwrap(), PNG);
    let asked = browser.http.get(format!("{}{first}", browser.url));
    let asked = asked
        .header("cookie", &browser.cookie)
        .header("if-none-match", &tag);
    let again = asked.send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], tag.as_str());

    // No viewer shows the bytes after the picture's end, and they make it another file.
    let another = [PNG, b"."].concat();
    upload(&browser, &account, "logo.png", &another).await;
    let second = picture(&browser.page(&account).await).unwrap();
    assert_ne!(first, second);
    assert_eq!(browser.get(&second).await.bytes().await.unwrap(), another);

    browser.make(&format!("{account}/logo/remove"), &[]).await;
    browser.make(&format!("{account}/logo/remove"), &[]).await;
    assert_eq!(picture(&browser.page(&account).await), None);
    assert_eq!(browser.get(&second).await.status(), StatusCode::NOT_FOUND);
    let modified = modified(&env).await;
    assert_eq!(modified.len(), 3, "{modified:?}");
    assert_eq!(format!("\"{}\"", modified[0]), tag);
    assert_eq!(modified[2], "none");
}

#[tokio::test]
async fn the_bytes_decide_and_the_field_says_what_is_wrong() {
    let (env, browser) = test_env().await;
    let account = account(&env);
    let mut wide = PNG.to_vec();
    wide[18] = 8;
    for (file, status, why) in [
        (
            &b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>"[..],
            400,
            "SVG images are not supported",
        ),
        (b"<script>alert(1)</script>", 400, "must be PNG, JPEG or WebP"),
        (&PNG[..40], 400, "incomplete"),
        (&wide, 400, "2049 × 1 pixels"),
        (b"", 400, "choose a file first"),
        (&[PNG, &vec![0; 256 * 1024]].concat(), 413, "257 KiB"),
    ] {
        let refused = upload(&browser, &account, "logo.png", file).await;
        assert_eq!(refused.status(), status, "{why}");
        let page = refused.text().await.unwrap();
        let (_, field) = page.split_once("id=\"logo-error\">").unwrap();
        assert!(field.split('<').next().unwrap().contains(why), "{why}: {page}");
        assert!(
            page.contains("aria-describedby=\"logo-error logo-hint\" aria-invalid=\"true\""),
            "{page}"
        );
        assert_eq!(picture(&page), None);
    }
    let exact = [PNG, &vec![0; 256 * 1024 - PNG.len()]].concat();
    assert_eq!(
        upload(&browser, &account, "a", &exact).await.status(),
        StatusCode::SEE_OTHER
    );
    let long = upload(&browser, &account, "a", &vec![0; 1024 * 1024]).await;
    assert_eq!(long.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let nobody = upload(&browser, "/dashboard/accounts/nobody", "a", PNG).await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_with_a_file_needs_the_browsers_token_too() {
    let (env, browser) = test_env().await;
    let account = account(&env);
    for token in ["", "00", "nothing"] {
        let refused = send(&browser, &account, token, "logo.png", PNG).await;
        assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{token}");
    }
    let path = format!("{account}/logo");
    for (media_type, body) in [
        ("multipart/form-data", &b"--b\r\n\r\n--b--"[..]),
        ("multipart/form-data; boundary=b", b"--b\r\nnothing"),
        ("multipart/form-data; boundary=b", b""),
    ] {
        let refused = browser.post(&path, media_type, body.to_vec()).await;
        assert!(refused.status().is_client_error(), "{media_type}");
    }
    assert_eq!(picture(&browser.page(&account).await), None);
}

#[tokio::test]
async fn a_logo_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = || Data::Folder(folder.path().into());
    let env = TestEnv::start_with(data()).await;
    let browser = Browser::open(&env.platform.url()).await;
    let account = account(&env);
    upload(&browser, &account, "logo.png", PNG).await;
    env.platform.stop().await.unwrap();
    let mut config = Config::default();
    config.data = support::data(data()).await;
    let platform = air_sandbox::Platform::start(config).await.unwrap();
    let browser = Browser::open(&platform.url()).await;
    let address = picture(&browser.page(&account).await).unwrap();
    assert_eq!(browser.get(&address).await.bytes().await.unwrap(), PNG);
}

#[tokio::test]
async fn the_air_kits_pages_have_it() {
    let mut config = Config::default();
    config.data = support::data(Data::Memory).await;
    config.airkit = Some("127.0.0.1:0".parse().unwrap());
    let env = TestEnv::start_on(air_sandbox::Platform::start(config).await.unwrap()).await;
    let browser = Browser::open(&env.platform.url()).await;
    let airkit = env.platform.airkit().unwrap();
    let (url, ca) = (airkit.url(), airkit.ca_certificate().as_bytes());
    let trusted = [reqwest::Certificate::from_pem(ca).unwrap()];
    let http = reqwest::Client::builder()
        .tls_certs_only(trusted)
        .build()
        .unwrap();
    let partner = text(&env.ids, "/partnerId");
    let opened = async || {
        let call = http
            .post(format!("{url}/airkit/v1/open"))
            .header("sec-fetch-site", "same-origin");
        let opening = json!({ "partnerId": partner, "origin": "http://localhost:3000" });
        let opened: Value = call.json(&opening).send().await.unwrap().json().await.unwrap();
        assert_eq!(opened["partner"], "Zenith", "{opened}");
        opened["logo"].as_str().map(ToOwned::to_owned)
    };
    assert_eq!(opened().await, None);
    let none = http
        .get(format!("{url}/airkit/logos/{partner}"))
        .send()
        .await
        .unwrap();
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    upload(&browser, &account(&env), "logo.png", PNG).await;
    let path = opened().await.unwrap();
    let served = http.get(format!("{url}{path}")).send().await.unwrap();
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'; sandbox",
        ),
    ] {
        assert_eq!(served.headers()[name], value);
    }
    assert_eq!(served.bytes().await.unwrap(), PNG);
}
