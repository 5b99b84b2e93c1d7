//! A service of a partner's own to which events and callbacks are posted.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    time::Duration,
};

use serde_json::Value;
use standardwebhooks::Webhook;

/// A received POST: the headers by name, in lower case, and the body.
#[derive(Debug)]
pub(crate) struct Posted {
    headers: Vec<(String, String)>,
    body: String,
}

impl Posted {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or_else(|| panic!("no {name}: {self:?}"), |(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// Checks the signature (Standard Webhooks).
    #[track_caller]
    pub(crate) fn check_signature(&self, secret: &str) {
        let webhook = Webhook::new(secret).unwrap();
        let timestamp = self.header("webhook-timestamp").parse().unwrap();
        let signature = webhook.sign(self.header("webhook-id"), timestamp, self.body.as_bytes());
        assert_eq!(self.header("webhook-signature"), signature.unwrap());
    }
}

/// Waits for the next post.
pub(crate) fn next(posted: &Receiver<Posted>) -> Posted {
    posted.recv_timeout(Duration::from_mins(1)).unwrap()
}

/// Receives what is posted, and answers with these statuses first, and then with 204.
pub(crate) fn receive(first: &'static [u16]) -> (String, Receiver<Posted>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/air", listener.local_addr().unwrap());
    let (sender, posted) = channel();
    std::thread::spawn(move || {
        let mut statuses = first.iter().copied();
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(&stream);
            let mut headers = Vec::new();
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            loop {
                line.clear();
                reader.read_line(&mut line).unwrap();
                let Some((name, value)) = line.trim_end().split_once(": ") else {
                    break;
                };
                headers.push((name.to_lowercase(), value.to_owned()));
            }
            let mut posted = Posted {
                headers,
                body: String::new(),
            };
            let length: u64 = posted.header("content-length").parse().unwrap();
            let body = &mut posted.body;
            reader.by_ref().take(length).read_to_string(body).unwrap();
            let status = statuses.next().unwrap_or(204);
            let answer = format!("HTTP/1.1 {status} -\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            (&stream).write_all(answer.as_bytes()).unwrap();
            if sender.send(posted).is_err() {
                return;
            }
        }
    });
    (url, posted)
}
