//! A server on this machine whose answers a function makes.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }
}

/// An answer: the status, additional headers, and the body.
pub(crate) struct Answer(
    pub(crate) u16,
    pub(crate) Vec<(&'static str, String)>,
    pub(crate) String,
);

/// Serves until the test ends. `handler` gets the origin of the server.
pub(crate) fn serve(handler: impl FnMut(&str, &Asked) -> Answer + Send + 'static) -> String {
    serve_with(|_| handler)
}

/// As [`serve`], with a handler that is made when the origin is known.
pub(crate) fn serve_with<H>(make: impl FnOnce(&str) -> H) -> String
where
    H: FnMut(&str, &Asked) -> Answer + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (named, handler) = (origin.clone(), Arc::new(Mutex::new(make(&origin))));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            if let Some(asked) = read(&stream) {
                let answer = (handler.lock().unwrap())(&named, &asked);
                let _ = write(&stream, &answer);
            }
        }
    });
    origin
}

fn read(stream: &TcpStream) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length: usize = length.map_or(0, |(_, value)| value.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Asked {
        method,
        path,
        headers,
        body,
    })
}

fn write(mut stream: &TcpStream, Answer(status, headers, body): &Answer) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {status} .\r\n")?;
    for (name, value) in headers {
        write!(stream, "{name}: {value}\r\n")?;
    }
    write!(
        stream,
        "content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
