//! Events on the command line: shown, forwarded until it is taken, delivered again.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{
    TestEnv, binary,
    port::ReservedPort,
    receiver::{Posted, next, receive},
    server::{Server, interrupt, seeded, seeded_at},
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A command that runs until it is interrupted, and prints a document on each line.
struct Running {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(env: &TestEnv, arguments: &[&str]) -> Self {
        let mut child = Command::new(binary())
            .args(arguments)
            .current_dir(env.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn document(&mut self) -> Value {
        let line = self.lines.next().expect("it has ended").unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn interrupt(mut self) {
        interrupt(self.child.id());
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn seed() -> Value {
    json!({
        "partner": { "name": "Zenith", "jwksUrl": "http://localhost/jwks.json", "issueOnBehalf": true },
        "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
            { "name": "isOver18", "type": "boolean", "required": true }] }],
        "programs": [{ "key": "adult", "schema": "adult", "expiration": "90d", "publish": true }],
        "verificationPrograms": [],
    })
}

fn issue(env: &TestEnv, platform: &Server, email: &str) -> Value {
    let ids = &platform.ready["seeded"];
    env.write("subject.json", r#"{"isOver18":true}"#);
    let text = |pointer: &str| ids.pointer(pointer).unwrap().as_str().unwrap();
    env.air(&[
        "issue",
        "--url",
        platform.url(),
        "--key",
        "key.pem",
        "--partner-id",
        text("/partnerId"),
        "--issuer",
        text("/issuerDid"),
        "--program",
        text("/programs/adult"),
        "--on-behalf",
        email,
        "subject.json",
        "--json",
    ])
    .succeeded()
    .json()
}

/// The event, whose signature holds.
fn verified(posted: &Posted) -> Value {
    posted.check_signature(SECRET);
    let event = posted.json();
    assert_eq!(event["id"], posted.header("webhook-id"));
    event
}

#[test]
fn each_event_is_forwarded_in_order_until_it_is_taken_and_the_next_run_goes_on() {
    let env = TestEnv::new();
    let (platform, _jwks) = seeded(&env, seed());
    let (url, posted) = receive(&[503, 500]);
    env.write("secret", SECRET);
    let listen = [
        "listen",
        "--forward-to",
        &url,
        "--type",
        "credential.issued",
        "--state",
        "listen.json",
        "--secret-file",
        "secret",
        "--url",
        platform.url(),
        "--json",
    ];
    let mut listening = Running::start(&env, &listen);
    assert_eq!(listening.document()["ready"], true);
    let issued = issue(&env, &platform, "ada@example.com");
    let attempts = [(503, false), (500, false), (204, true)];
    let mut bodies = Vec::new();
    for (status, delivered) in attempts {
        let told = listening.document();
        assert_eq!(
            (&told["status"], &told["delivered"]),
            (&json!(status), &json!(delivered))
        );
        let event = verified(&next(&posted));
        assert_eq!(event, told["event"]);
        bodies.push(event);
    }
    assert!(bodies.iter().all(|event| *event == bodies[0]), "{bodies:?}");
    assert_eq!(bodies[0]["data"]["coreClaimHash"], issued["coreClaimHash"]);
    listening.interrupt();

    // Events of the meantime are not lost, and delivered events do not come again.
    let later = issue(&env, &platform, "bob@example.com");
    let mut listening = Running::start(&env, &listen);
    assert_eq!(listening.document()["ready"], true);
    let event = verified(&next(&posted));
    assert_eq!(event["data"]["coreClaimHash"], later["coreClaimHash"]);
    assert_eq!(listening.document()["delivered"], true);
    listening.interrupt();
    assert!(posted.try_recv().is_err());
    platform.interrupt();
}

#[test]
fn a_listener_outlives_the_platform_that_it_listens_to() {
    let env = TestEnv::new();
    let port = ReservedPort::new();
    let (mut platform, _jwks) = seeded_at(&env, seed(), &port.address(), &["--data", "data"]);
    let (url, posted) = receive(&[]);
    env.write("secret", SECRET);
    let listen = [
        "listen",
        "--forward-to",
        &url,
        "--type",
        "credential.issued",
        "--secret-file",
        "secret",
        "--url",
        platform.url(),
        "--json",
    ];
    let mut listening = Running::start(&env, &listen);
    assert_eq!(listening.document()["ready"], true);
    issue(&env, &platform, "ada@example.com");
    let first = verified(&next(&posted));
    assert_eq!(listening.document()["delivered"], true);
    let before = env
        .air(&["events", "list", "--url", platform.url(), "--json"])
        .succeeded()
        .json();

    platform.kill();
    let address = port.address();
    let arguments = ["sandbox", "up", "--listen", &address, "--data", "data"];
    let mut again = Server::start(&env.path(""), &arguments);
    let after = env
        .air(&["events", "list", "--url", again.url(), "--json"])
        .succeeded()
        .json();
    let (before, after) = (
        before["events"].as_array().unwrap(),
        after["events"].as_array().unwrap(),
    );
    assert!(after.ends_with(before), "the earlier events are kept");
    again.ready["seeded"] = platform.ready["seeded"].clone();
    issue(&env, &again, "bob@example.com");
    let second = verified(&next(&posted));
    assert_ne!(first["id"], second["id"]);
    assert!(posted.try_recv().is_err(), "nothing comes twice");
    listening.interrupt();
}

fn ids(page: &Value) -> Vec<&str> {
    let events = page["events"].as_array().unwrap();
    events.iter().map(|event| event["id"].as_str().unwrap()).collect()
}

#[test]
fn new_events_are_followed_one_document_a_line_until_interrupted() {
    let env = TestEnv::new();
    let (platform, _jwks) = seeded(&env, seed());
    let first = issue(&env, &platform, "ada@example.com");
    let url = ["--url", platform.url(), "--json"];
    let listed = env.air(&[&["events"], &url[..]].concat()).succeeded().json();
    let last = ids(&listed)[0];
    let follow = [
        "events",
        "--follow",
        "--type",
        "credential.issued",
        "--after",
        last,
    ];
    let mut following = Running::start(&env, &[&follow[..], &url].concat());
    let second = issue(&env, &platform, "bob@example.com");
    assert_eq!(
        following.document()["data"]["coreClaimHash"],
        second["coreClaimHash"]
    );
    following.interrupt();
    assert_ne!(first["coreClaimHash"], second["coreClaimHash"]);
    env.air(&["events", "--follow", "--limit", "3"])
        .failed_with(2, "cannot be used with");
}

#[test]
fn events_are_listed_and_delivered_again_under_their_ids() {
    let env = TestEnv::new();
    let (platform, _jwks) = seeded(&env, seed());
    issue(&env, &platform, "ada@example.com");
    let list = |more: &[&str]| {
        let arguments = ["events", "list", "--url", platform.url()];
        env.air(&[&arguments, more].concat()).succeeded()
    };
    let programs = list(&["--type", "program.", "--json"]).json();
    assert_eq!(programs["events"].as_array().unwrap().len(), 1);
    let id = programs["events"][0]["id"].as_str().unwrap();
    let text = list(&["--type", "program."]);
    assert!(text.text().contains("program.created") && text.text().contains(id));
    let all = list(&["--limit", "3", "--json"]).json();
    assert_eq!(all["events"].as_array().unwrap().len(), 3);
    // The newest come first, and those after an event in their order. Blocks may be sealed meanwhile.
    let whole = list(&["--json"]).json();
    let newest_first = ids(&whole).is_sorted_by(|newer, older| newer > older);
    assert!(
        newest_first && ids(&all).is_sorted_by(|newer, older| newer > older),
        "{whole}"
    );
    let limited = list(&["--limit", "1"]);
    let hint = "There are older events: pass a higher --limit.";
    assert!(limited.text().ends_with(hint), "{limited:?}");
    let rest = list(&["--after", id, "--json"]).json();
    assert_eq!(rest["events"][0]["type"], "user.created");
    assert!(ids(&rest).is_sorted(), "{rest}");
    let short = ["events", "--url", platform.url(), "--type", "program.", "--json"];
    assert_eq!(env.air(&short).succeeded().json()["events"], programs["events"]);

    let (url, posted) = receive(&[204, 204, 204, 404]);
    env.write("secret", SECRET);
    let replay = |more: &[&str]| {
        let arguments = [
            "events",
            "replay",
            "--url",
            platform.url(),
            "--to",
            &url,
            "--secret-file",
            "secret",
        ];
        env.air(&[&arguments, more].concat())
    };
    assert_eq!(
        replay(&[id, "--json"]).succeeded().json(),
        json!({ "delivered": 1 })
    );
    assert_eq!(verified(&next(&posted)), programs["events"][0]);
    let from = ["--from", id, "--type", "program."];
    replay(&from).succeeded();
    assert_eq!(verified(&next(&posted)), programs["events"][0]);
    replay(&["--from", "first"]).failed_with(1, "the receiver answered 404");
    let unknown = format!("{}{}", &id[..16], "0".repeat(12));
    replay(&[&unknown]).failed_with(3, "no such event");
    replay(&["evt_1"]).failed_with(2, "24 hex digits");
}

#[test]
fn a_platform_is_kept_put_back_and_reset_and_its_clock_is_moved() {
    let env = TestEnv::new();
    let (platform, _jwks) = seeded(&env, seed());
    let sandbox = |arguments: &[&str]| {
        let url = ["--url", platform.url()];
        env.air(&[&["sandbox"], arguments, &url].concat())
    };
    let saved = sandbox(&["snapshot", "save", "seeded", "--json"])
        .succeeded()
        .json();
    assert_eq!(saved["name"], "seeded");
    sandbox(&["snapshot", "save", "seeded"]).failed_with(1, "with this name");
    sandbox(&["snapshot", "save", "../up"]).failed_with(2, "invalid snapshot name");
    let clock = sandbox(&["clock", "--advance", "91d", "--json"])
        .succeeded()
        .json();
    assert_eq!(clock["offsetSeconds"], 91 * 86_400);
    assert!(
        sandbox(&["clock"])
            .succeeded()
            .text()
            .contains("91 d ahead of the machine's")
    );
    sandbox(&["clock", "--set", "2020-01-01T00:00:00Z"]).failed_with(3, "move its clock forward");
    sandbox(&["reset"]).failed_with(2, "--yes");
    sandbox(&["reset", "--yes"]).succeeded();
    assert!(
        sandbox(&["clock"])
            .succeeded()
            .text()
            .contains("the machine's time")
    );
    assert!(
        sandbox(&["snapshot", "list"])
            .succeeded()
            .text()
            .contains("seeded")
    );
    sandbox(&["snapshot", "restore", "seeded"]).succeeded();
    issue(&env, &platform, "ada@example.com");
    sandbox(&["snapshot", "delete", "seeded"]).succeeded();
    sandbox(&["snapshot", "restore", "seeded"]).failed_with(3, "no such snapshot");
}
