//! `air wallet receive` of an offer that needs the user's sign-in, with a local platform and the
//! user's browser.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use crate::support::{RUNTIME_FOLDER, Run, binary, example, seeded_env::SeededEnv};

/// An answer: the status, the head and the body.
pub(super) struct Answer(pub(super) u16, String, pub(super) String);

impl Answer {
    fn header(&self, name: &str) -> &str {
        let mut lines = self.1.lines();
        let line = lines.find_map(|line| {
            line.split_once(": ")
                .filter(|(known, _)| known.eq_ignore_ascii_case(name))
        });
        line.unwrap_or_else(|| panic!("no {name}: {}", self.1)).1
    }
}

/// Sends a request to this machine.
pub(super) fn send(method: &str, url: &str, headers: &str, body: &str) -> Answer {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let mut stream = TcpStream::connect(host).unwrap();
    let host = if headers.contains("host: ") {
        String::new()
    } else {
        format!("host: {host}\r\n")
    };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\n{host}connection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answer(status, head.to_owned(), body.to_owned())
}

/// A wallet that waits for its user.
struct Waiting {
    child: Child,
    stderr: BufReader<std::process::ChildStderr>,
    /// The address that it printed.
    page: String,
}

impl Waiting {
    fn start(env: &SeededEnv, more: &[&str]) -> Self {
        let (program, issuer) = (env.id("/programs/kyc"), env.id("/issuerDid"));
        let subject = example("subject.json");
        let options = [
            "--issuer",
            issuer,
            "--program",
            program,
            "--sign-in",
            "--json",
            &subject,
        ];
        let offer = env
            .air(&["offer"], &[&options[..], more].concat())
            .succeeded()
            .json();
        let mut child = Command::new(binary())
            .args([
                "wallet",
                "receive",
                "--no-browser",
                "--json",
                offer["url"].as_str().unwrap(),
            ])
            .current_dir(env.cli.path(""))
            .env("XDG_RUNTIME_DIR", RUNTIME_FOLDER)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut page = String::new();
        while !page.starts_with("http") {
            page.clear();
            assert_ne!(stderr.read_line(&mut page).unwrap(), 0, "the wallet ended");
        }
        let page = page.trim_end().to_owned();
        Self { child, stderr, page }
    }

    /// Signs the user in and decides. Returns the address that the browser is sent to.
    fn decide(&self, env: &SeededEnv, email: &str, decision: &str) -> String {
        let url = env.platform.url();
        let arrived = send("GET", &self.page, "", "");
        assert_eq!(arrived.0, 200, "{}", arrived.2);
        let path = arrived.header("refresh").strip_prefix("0;url=").unwrap();
        let page = send("GET", &format!("{url}{path}"), "", "");
        let cookie = page.header("set-cookie").split(';').next().unwrap();
        let (_, token) = page.2.split_once("name=\"token\" value=\"").unwrap();
        let token = token.split('"').next().unwrap();
        let headers = format!(
            "cookie: {cookie}\r\nsec-fetch-site: same-origin\r\ncontent-type: application/x-www-form-urlencoded\r\n"
        );
        let (_, query) = path.split_once('?').unwrap();
        let form = format!("{query}&token={token}");
        let sign_in = format!("{url}/wallet/authorize/sign-in");
        let answer = send("POST", &sign_in, &headers, &format!("{form}&email={email}"));
        assert_eq!(answer.0, 303, "{}", answer.2);
        let decide = format!("{url}/wallet/authorize");
        let answer = send("POST", &decide, &headers, &format!("{form}&decision={decision}"));
        assert_eq!(answer.0, 303, "{}", answer.2);
        answer.header("location").to_owned()
    }

    fn ended(mut self) -> Run {
        let mut stderr = String::new();
        self.stderr.read_to_string(&mut stderr).unwrap();
        let output = self.child.wait_with_output().unwrap();
        let mut run = Run::from(output);
        run.stderr = stderr;
        run
    }
}

#[test]
fn the_user_signs_in_with_a_browser_and_the_wallet_receives() {
    let env = SeededEnv::of_examples();
    let wallet = Waiting::start(&env, &[]);
    let answer = wallet.decide(&env, "ada%40example.com", "agree");
    assert!(answer.starts_with("http://127.0.0.1:"), "{answer}");
    let (address, query) = answer.split_once('?').unwrap();
    // Another page of this machine can't answer for the issuer.
    let (_, state) = query.split_once("&state=").unwrap();
    let (state, _) = state.split_once('&').unwrap();
    for forged in [
        format!("{address}?code=evil&state=evil"),
        format!("{address}?state={state}"),
        address.to_owned(),
    ] {
        assert_eq!(send("GET", &forged, "", "").0, 400, "{forged}");
    }
    let host = "host: evil.example\r\n";
    assert_eq!(send("GET", &answer, host, "").0, 400, "{host}");
    let last = send("GET", &answer, "", "");
    assert_eq!(last.0, 200, "{}", last.2);
    assert_eq!(last.header("referrer-policy"), "no-referrer");
    assert!(
        last.header("content-security-policy")
            .contains("frame-ancestors 'none'")
    );
    assert!(!last.2.contains("code"), "{}", last.2);
    let receipt = wallet.ended().succeeded().json();
    assert_eq!(receipt["credentials"].as_array().unwrap().len(), 1);
    assert_eq!(receipt["credentials"][0]["isBound"], true);
    assert_eq!(super::stored(&env.cli).len(), 1);
}

#[test]
fn a_refusal_and_an_answer_of_another_server_end_the_wallet() {
    let env = SeededEnv::of_examples();
    let wallet = Waiting::start(&env, &[]);
    let answer = wallet.decide(&env, "ada%40example.com", "refuse");
    assert_eq!(send("GET", &answer, "", "").0, 200);
    wallet.ended().failed_with(4, "access_denied");

    // Mix-up: the answer has the request's state, and another issuer (RFC 9207).
    let wallet = Waiting::start(&env, &[]);
    let answer = wallet.decide(&env, "ada%40example.com", "agree");
    let (without, _) = answer.split_once("&iss=").unwrap();
    let mixed = format!("{without}&iss=https%3A%2F%2Fevil.example");
    assert_eq!(send("GET", &mixed, "", "").0, 200);
    wallet.ended().failed_with(3, "RFC 9207");
    assert!(!env.cli.path("wallet").exists() || super::stored(&env.cli).is_empty());
}
