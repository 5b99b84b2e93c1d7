//! Pages on this machine, each answered with its text.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// Serves pages by path until the test ends.
pub(crate) struct Web {
    origin: String,
    pages: Arc<Mutex<HashMap<String, String>>>,
}

impl Web {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let pages = Arc::<Mutex<HashMap<String, String>>>::default();
        let served = Arc::clone(&pages);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let _ = answer(&stream, &served.lock().unwrap());
            }
        });
        Self { origin, pages }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    pub(crate) fn put(&self, path: &str, text: impl Into<String>) {
        self.pages.lock().unwrap().insert(path.to_owned(), text.into());
    }
}

fn answer(mut stream: &TcpStream, pages: &HashMap<String, String>) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let request = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    while lines.next().transpose()?.is_some_and(|line| !line.is_empty()) {}
    let path = request.split(' ').nth(1).unwrap_or_default();
    let (status, body) = match pages.get(path) {
        Some(body) => ("200 OK", body.as_str()),
        None => ("404 Not Found", ""),
    };
    write!(
        stream,
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
