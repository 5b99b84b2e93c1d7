//! The address on this machine that a browser returns to after an authorization (RFC 8252, section 7.3).

use std::time::Duration;

use air_oid4vc::oauth::AuthorizationAnswer;
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
    routing::get,
};
use tokio::{net::TcpListener, sync::mpsc, task::JoinHandle, time::timeout};

use crate::exit::Failure;

const PATH: &str = "/callback";
/// How long the last page may take to reach the browser.
const FAREWELL: Duration = Duration::from_secs(2);

/// A server for one answer.
pub(super) struct Callback {
    redirect_uri: String,
    answers: mpsc::Receiver<String>,
    server: JoinHandle<()>,
    stop: tokio::sync::oneshot::Sender<()>,
}

#[derive(Clone)]
struct Expected {
    host: String,
    state: String,
    answers: mpsc::Sender<String>,
}

impl Callback {
    /// Listens on a free port for an answer with this `state`.
    pub(super) async fn open(state: &str) -> Result<Self, Failure> {
        let unusable = |error| Failure::failed(format!("failed to listen on 127.0.0.1: {error}"));
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.map_err(unusable)?;
        let host = listener.local_addr().map_err(unusable)?.to_string();
        let redirect_uri = format!("http://{host}{PATH}");
        let (sender, answers) = mpsc::channel(1);
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let expected = Expected {
            host,
            state: state.to_owned(),
            answers: sender,
        };
        let router = Router::new().route(PATH, get(receive)).with_state(expected);
        let server = tokio::spawn(async move {
            let served = axum::serve(listener, router).with_graceful_shutdown(async move {
                let _ = stopped.await;
            });
            let _ = served.await;
        });
        Ok(Self {
            redirect_uri,
            answers,
            server,
            stop,
        })
    }

    pub(super) fn redirect_uri(&self) -> &str {
        &self.redirect_uri
    }

    /// Waits for the URL that the browser returns to.
    pub(super) async fn answer(mut self, longest: Duration) -> Result<String, Failure> {
        let answer = timeout(longest, self.answers.recv()).await;
        let _ = self.stop.send(());
        // The browser may keep its connection open.
        if timeout(FAREWELL, &mut self.server).await.is_err() {
            self.server.abort();
        }
        let late = || {
            Failure::unreachable(format!(
                "the browser did not return within {} s",
                longest.as_secs()
            ))
            .with_hint("run the command again, and sign in on the page that it shows")
        };
        answer.ok().flatten().ok_or_else(late)
    }
}

/// Takes the answer to this wallet's request. Another one, which any page could send the browser
/// with, does not end the wait.
async fn receive(State(expected): State<Expected>, headers: HeaderMap, uri: Uri) -> Response {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let url = format!("http://{}{uri}", expected.host);
    let is_expected = host == Some(&expected.host)
        && AuthorizationAnswer::parse(&url).is_ok_and(|answer| answer.has_state(&expected.state));
    if !is_expected {
        return page(
            StatusCode::BAD_REQUEST,
            "This is not the answer to the wallet's request.",
        );
    }
    let _ = expected.answers.try_send(url);
    page(
        StatusCode::OK,
        "The wallet has the answer. Close this page, and return to the terminal.",
    )
}

/// A page without style and script, whose address with the code reaches no other site.
fn page(status: StatusCode, text: &str) -> Response {
    let headers = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; frame-ancestors 'none'",
        ),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONNECTION, "close"),
    ];
    let body = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>air wallet</title>\n<p>{text}</p>\n</html>\n"
    );
    (status, headers, Html(body)).into_response()
}
