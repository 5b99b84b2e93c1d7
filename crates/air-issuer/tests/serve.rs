//! The server: requests over a connection, and its end.

use std::time::Duration;

use air_fetch::{Fetcher, NetworkPolicy, Request};
use tokio::{net::TcpListener, sync::oneshot};

use crate::support::{API_KEY, Behaviour, TestEnv};

const LIMIT: usize = 64 * 1024;
const TIMEOUT: Duration = Duration::from_secs(30);

async fn until(end: oneshot::Receiver<()>) {
    end.await.expect("the test ends the server");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_in_flight_is_completed_before_the_end() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/issue-vc", listener.local_addr().unwrap());
    let (end, ended) = oneshot::channel::<()>();
    let server = tokio::spawn({
        let service = issuer.service.clone();
        async move { service.serve(listener, until(ended)).await }
    });
    env.platform.set(Behaviour::Hangs);
    let call = tokio::spawn({
        let body = env.request().to_string();
        async move {
            let request = Request::post(&url, "application/json", body).with_header("x-api-key", API_KEY);
            let fetcher = Fetcher::new(NetworkPolicy::Any).unwrap();
            fetcher.exchange_within(&request, LIMIT, TIMEOUT).await.unwrap()
        }
    });
    env.platform.wait_for_tries(1).await;
    end.send(()).unwrap();
    let response = call.await.unwrap();
    assert_eq!(
        response.status, 503,
        "dStorage did not respond, but the service did"
    );
    assert_eq!(response.header("retry-after"), Some("1"));
    server.await.unwrap().unwrap();

    // The next process retries.
    env.platform.set(Behaviour::Responds);
    let issuer = env.start().await;
    env.pass(10);
    assert_eq!(issuer.service.deliver_due().await.unwrap(), 1);
    assert_eq!(env.platform.stored().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_retries_unconfirmed_uploads_itself() {
    let (env, issuer) = TestEnv::with_issuer().await;
    env.platform.set(Behaviour::LosesResponses);
    assert_eq!(issuer.issue(&env.request()).await, 503);
    env.platform.set(Behaviour::Responds);
    env.pass(1);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (end, ended) = oneshot::channel::<()>();
    let service = issuer.service.clone();
    let server = tokio::spawn(async move { service.serve(listener, until(ended)).await });
    env.platform.wait_for_tries(2).await;
    end.send(()).unwrap();
    server.await.unwrap().unwrap();
}
