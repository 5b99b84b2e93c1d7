//! A browser without scripts, which opens the admin pages.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Request},
};
use tower_service::Service;
use url::form_urlencoded;

use super::{ADMIN_KEY, Issuer, Response};

/// The address under which the pages are opened.
pub(crate) const HOST: &str = "127.0.0.1:9101";

/// A browser with its cookies. Clones have the same router, and cookies of their own.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    /// The token of the form that was shown last.
    pub(crate) token: String,
    pub(crate) address: IpAddr,
}

impl Browser {
    /// Opens the form of the sign-in.
    pub(crate) async fn open(issuer: &Issuer) -> Self {
        let mut browser = Self {
            router: issuer.service.admin_router(),
            cookies: BTreeMap::new(),
            token: String::new(),
            address: IpAddr::from([127, 0, 0, 1]),
        };
        browser.page("/sign-in").await;
        browser
    }

    pub(crate) async fn signed_in(issuer: &Issuer) -> Self {
        let mut browser = Self::open(issuer).await;
        browser.sign_in().await;
        browser
    }

    pub(crate) async fn sign_in(&mut self) {
        self.page("/sign-in").await;
        let response = self.post("/sign-in", &[("key", ADMIN_KEY)]).await;
        assert_eq!((response.status, response.header("location")), (303, "/"));
        self.page("/issuances").await;
    }

    /// Another browser, which has no cookie.
    pub(crate) fn stranger(&self) -> Self {
        Self {
            cookies: BTreeMap::new(),
            token: String::new(),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&mut self, path: &str) -> Response {
        self.send(self.request("GET", path, &[]), Body::empty()).await
    }

    /// A page that is shown.
    pub(crate) async fn page(&mut self, path: &str) -> String {
        let response = self.get(path).await;
        assert_eq!(response.status, 200, "{path}: {response:?}");
        response.body
    }

    /// Sends a form with its token from a page of this origin.
    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Response {
        let token = self.token.clone();
        let from_here = [("sec-fetch-site", "same-origin")];
        self.post_as(path, fields, &token, &from_here).await
    }

    pub(crate) async fn post_as(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        token: &str,
        headers: &[(&str, &str)],
    ) -> Response {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields).append_pair("token", token);
        let request = self.request("POST", path, headers);
        self.send(request, Body::from(form.finish())).await
    }

    /// A request under another host.
    pub(crate) async fn get_at(&mut self, host: &str, path: &str) -> Response {
        let mut request = self.request("GET", path, &[]);
        if let Some(headers) = request.headers_mut() {
            headers.insert("host", host.parse().unwrap());
        }
        self.send(request, Body::empty()).await
    }

    fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> axum::http::request::Builder {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = Request::builder().method(method).uri(path).header("host", HOST);
        if !cookies.is_empty() {
            request = request.header("cookie", cookies.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.extension(ConnectInfo(SocketAddr::new(self.address, 50_000)))
    }

    async fn send(&mut self, request: axum::http::request::Builder, body: Body) -> Response {
        let request = request.body(body).unwrap();
        let response = self.router.clone().call(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        self.store_cookies(&parts.headers);
        let body = String::from_utf8(body.to_vec()).unwrap();
        if let Some((_, token)) = body.split_once("name=\"token\" value=\"") {
            token.split('"').next().unwrap().clone_into(&mut self.token);
        }
        Response {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        }
    }

    fn store_cookies(&mut self, headers: &HeaderMap) {
        for cookie in headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.ends_with("; Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
