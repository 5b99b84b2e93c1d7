//! A platform that keeps keys over real HTTP, whose answers get lost.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use air_api::{IdempotencyKey, IssueOnBehalf, OnDuplicate};
use air_client::{AirClient, Environment, Error};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// By key: the call's body, and how many credentials there were when it was done.
type Kept = HashMap<String, (Vec<u8>, usize)>;

/// Issues, keeps keys, and loses the answers to its first calls.
#[derive(Clone)]
struct Platform {
    kept: Arc<Mutex<Kept>>,
    to_lose: Arc<Mutex<usize>>,
    url: String,
}

impl Platform {
    async fn losing(answers: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let platform = Self {
            kept: Arc::default(),
            to_lose: Arc::new(Mutex::new(answers)),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let serving = platform.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        platform
    }

    /// One call on each connection.
    async fn serve(self, stream: TcpStream) {
        let mut stream = BufReader::new(stream);
        let (mut key, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.unwrap();
            let Some((name, value)) = line.trim().split_once(": ") else {
                if line.trim().is_empty() {
                    break;
                }
                continue;
            };
            match name.to_ascii_lowercase().as_str() {
                "idempotency-key" => value.clone_into(&mut key),
                "content-length" => length = value.parse().unwrap(),
                _ => {}
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.unwrap();
        let answer = self.answer(key, &body);
        match self.count_down() {
            0 => {}
            1 => {
                let begun = "HTTP/1.1 200 X\r\ncontent-length: 100\r\nx-request-id: r-7\r\n\r\n{";
                stream.write_all(begun.as_bytes()).await.unwrap();
                return;
            }
            _ => return,
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
    }

    fn answer(&self, key: String, body: &[u8]) -> String {
        let mut kept = self.kept.lock().unwrap();
        let next = kept.len() + 1;
        let (first, number) = kept.entry(key).or_insert_with(|| (body.to_vec(), next));
        let (status, body) = if first == body {
            let hash = format!("{number:064x}");
            (
                200,
                format!(r#"{{"coreClaimHash":"{hash}","credentialId":"c21","userUuid":"u"}}"#),
            )
        } else {
            (
                422,
                r#"{"error":422,"message":"the key was used with another call"}"#.to_owned(),
            )
        };
        let length = body.len();
        format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}")
    }

    /// How many answers are still to be lost; the last of them in its middle.
    fn count_down(&self) -> usize {
        let mut to_lose = self.to_lose.lock().unwrap();
        let left = *to_lose;
        *to_lose = left.saturating_sub(1);
        left
    }

    fn issued(&self) -> usize {
        self.kept.lock().unwrap().len()
    }

    fn client(&self) -> AirClient {
        AirClient::builder(Environment::at(&self.url).unwrap())
            .build()
            .unwrap()
    }
}

fn order(on_duplicate: OnDuplicate) -> IssueOnBehalf {
    IssueOnBehalf {
        issuer_did: "did:air:id:test:x".parse().unwrap(),
        program: "c21".parse().unwrap(),
        credential_subject: serde_json::Map::new(),
        on_duplicate,
    }
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_and_issues_once() {
    let platform = Platform::losing(2).await;
    let issued = platform
        .client()
        .issue_on_behalf("token", &order(OnDuplicate::Revoke))
        .await
        .unwrap();
    assert!(issued.core_claim_hash.to_string().ends_with('1'));
    assert_eq!(platform.issued(), 1);
}

#[tokio::test]
async fn without_kept_keys_a_lost_answer_is_reported() {
    let platform = Platform::losing(1).await;
    let client = AirClient::builder(Environment::at(&platform.url).unwrap())
        .keeps_idempotency_keys(false)
        .build()
        .unwrap();
    let error = client
        .issue_on_behalf("token", &order(OnDuplicate::Revoke))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::AnswerLost {
                safe_to_repeat: false,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(error.request_id(), Some("r-7"));
    assert_eq!(platform.issued(), 1);
}

#[tokio::test]
async fn a_key_that_was_kept_gets_the_first_answer_after_a_crash() {
    let platform = Platform::losing(0).await;
    let key: IdempotencyKey = "the-order-of-ada".parse().unwrap();
    let order = order(OnDuplicate::Revoke);
    let first = platform
        .client()
        .issue_on_behalf_once("token", &order, &key)
        .await
        .unwrap();
    let second = platform
        .client()
        .issue_on_behalf_once("token", &order, &key)
        .await
        .unwrap();
    assert_eq!(first, second);
    assert_eq!(platform.issued(), 1);

    let mut other = order.clone();
    other.credential_subject.insert("age".into(), 21.into());
    let error = platform
        .client()
        .issue_on_behalf_once("token", &other, &key)
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Rejected { .. }), "{error:?}");
}
