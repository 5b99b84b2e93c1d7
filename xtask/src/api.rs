//! The platform against its own OpenAPI document: schemathesis, with every check, on a platform that was set up.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::{
    build::{EVERYTHING, target},
    shell::{Outcome, cargo, program, root, say},
};

const CONFIG: &str = "crates/air-sandbox/tests/openapi/schemathesis.toml";
const REQUIREMENTS: &str = "crates/air-sandbox/tests/python/requirements.txt";
const PACKAGES: &str = "target/schemathesis/python";
const FOLDER: &str = "target/schemathesis";
/// Setting faults makes every other call fail, so it is tested behind them and alone.
const FAULTS: &str = "/sandbox/v1/faults";
/// Moved time ends what others need, and a reset takes it: last.
const WHOLE: &str = "^/sandbox/v1/(clock|snapshots|reset)";
/// Streams that end when the platform does: their own tests read them.
const STREAMS: &str = "^/sandbox/v1/(events|logs/follow)$";

/// `cargo xtask api [EXAMPLES]`: so many fuzzed cases of each operation, 40 unless said.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let examples = arguments.first().map_or("40", String::as_str);
    if !is_installed() {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    // The program of the tests, so that nothing is built for this alone.
    cargo(["build", "--quiet", "--tests"].iter().chain(&EVERYTHING)).run()?;
    let platform = SetUp::start()?;
    let others = [
        "--exclude-path",
        FAULTS,
        "--exclude-path-regex",
        &format!("{WHOLE}|{STREAMS}"),
    ];
    platform.test(examples, &others)?;
    platform.test(examples, &["--include-path", FAULTS])?;
    platform.test(examples, &["--include-path-regex", WHOLE])
}

/// Whether schemathesis is there, of the version that is pinned; pip fetches it into `target/`.
fn is_installed() -> bool {
    let pinned = fs::read_to_string(root().join(REQUIREMENTS)).unwrap_or_default();
    let record = format!("{}.dist-info", pinned.trim().replace("==", "-"));
    if root().join(PACKAGES).join(record).is_dir() {
        return true;
    }
    program("python3")
        .args(["-m", "pip", "--version"])
        .read()
        .is_some()
        && program("python3")
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
            .args(["--root-user-action=ignore", "--upgrade", "--target", PACKAGES])
            .args(["--requirement", REQUIREMENTS])
            .run()
            .is_ok()
}

/// A platform with a partner, whose tokens the tests carry.
struct SetUp {
    _jwks: Server,
    platform: Server,
    url: String,
    issuer_token: String,
    verifier_token: String,
    session: String,
}

impl SetUp {
    fn start() -> Outcome<Self> {
        let folder = root().join(FOLDER);
        fs::create_dir_all(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
        let key = folder.join("partner-key.pem").display().to_string();
        let _ = fs::remove_file(&key);
        air(&["keys", "generate", "--out", &key])?;
        let jwks = Server::start(&["jwks", "serve", "--key", &key, "--listen", "127.0.0.1:0"])?;
        write(
            &folder.join("seed.json"),
            &seed(text(&jwks.ready, "/url")?).to_string(),
        )?;
        let seed = folder.join("seed.json").display().to_string();
        let platform = Server::start(&["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", &seed])?;

        let partner = text(&platform.ready, "/seeded/partnerId")?;
        let token = |scope: &[&str]| {
            let sign = [
                "token",
                "sign",
                "--key",
                &key,
                "--partner-id",
                partner,
                "--ttl",
                "900",
            ];
            air(&[&sign, scope].concat())
        };
        let issuer_token = token(&["--scope", "issue on-behalf", "--email", "ada@example.com"])?;
        let verifier_token = token(&["--scope", "verify"])?;
        let url = text(&platform.ready, "/url")?.to_owned();
        let login = post(
            &url,
            "/sandbox/v1/sessions",
            &issuer_token,
            &json!({ "email": "ada@example.com" }),
        )?;
        let order = json!({
            "issuerDid": platform.ready["seeded"]["issuerDid"],
            "credentialId": platform.ready["seeded"]["programs"]["age"],
            "credentialSubject": { "isOver18": true },
        });
        let issued = post(&url, "/v1/credentials/issue-on-behalf", &issuer_token, &order)?;
        let session = text(&login, "/sessionToken")?.to_owned();

        for (name, id) in [
            ("partners", partner),
            ("issuers", text(&platform.ready, "/seeded/issuerDid")?),
            ("schemas", text(&platform.ready, "/seeded/schemas/age")?),
            ("programs", text(&platform.ready, "/seeded/programs/age")?),
            (
                "verification-programs",
                text(&platform.ready, "/seeded/verificationPrograms/age")?,
            ),
            ("credentials", text(&issued, "/coreClaimHash")?),
        ] {
            write(&folder.join(format!("{name}.txt")), &format!("\"{id}\"\n"))?;
        }
        fs::copy(root().join(CONFIG), folder.join("schemathesis.toml"))
            .map_err(|error| format!("{CONFIG}: {error}"))?;
        Ok(Self {
            _jwks: jwks,
            platform,
            url,
            issuer_token,
            verifier_token,
            session,
        })
    }

    fn test(&self, examples: &str, which: &[&str]) -> Outcome {
        let document = format!("{}/openapi.json", self.url);
        program("python3")
            .args(["-m", "schemathesis.cli", "--config-file"])
            .args([&format!("{FOLDER}/schemathesis.toml"), "run", &document])
            .args([
                "--checks",
                "all",
                "--mode",
                "all",
                "--max-examples",
                examples,
                "--no-shrink",
            ])
            .args(which)
            .env("PYTHONPATH", root().join(PACKAGES))
            .env("PYTHONHASHSEED", "0")
            .env("AIR_ISSUER_TOKEN", &self.issuer_token)
            .env("AIR_VERIFIER_TOKEN", &self.verifier_token)
            .env("AIR_SESSION", &self.session)
            .run()
            .map_err(|reason| format!("{reason}; `{}` has the requests", self.platform.line))
    }
}

/// An `air` that serves until this is dropped.
struct Server {
    process: Child,
    line: String,
    ready: Value,
}

impl Server {
    /// Started when it has printed its line.
    fn start(arguments: &[&str]) -> Outcome<Self> {
        let line = format!("air {}", arguments.join(" "));
        say(&format!("  $ {line} &"));
        let failed = |error: &dyn std::fmt::Display| format!("`{line}` did not start: {error}");
        let mut process = Command::new(binary())
            .args(arguments)
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| failed(&error))?;
        let stdout = process.stdout.take();
        let mut server = Self {
            process,
            line: line.clone(),
            ready: Value::Null,
        };
        let mut first = String::new();
        if let Some(stdout) = stdout {
            let read = BufReader::new(stdout).read_line(&mut first);
            read.map_err(|error| failed(&error))?;
        }
        server.ready = serde_json::from_str(&first).map_err(|error| failed(&error))?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn binary() -> std::path::PathBuf {
    target()
        .join("debug")
        .join(format!("air{}", std::env::consts::EXE_SUFFIX))
}

/// What the command prints.
fn air(arguments: &[&str]) -> Outcome<String> {
    program(binary()).args(arguments).read().ok_or_else(|| {
        format!(
            "`air {}` failed",
            arguments.iter().take(2).copied().collect::<Vec<_>>().join(" ")
        )
    })
}

fn seed(jwks_url: &str) -> Value {
    json!({
        "partner": { "name": "Zenith", "jwksUrl": jwks_url, "issueOnBehalf": true },
        "schemas": [{ "key": "age", "title": "Proof of age", "attributes": [
            { "name": "isOver18", "type": "boolean", "required": true },
        ] }],
        "programs": [{ "key": "age", "schema": "age", "cak": false, "expiration": "90d", "publish": true }],
        "verificationPrograms": [{ "key": "age", "schema": "age", "conditions": [
            { "attribute": "isOver18", "operator": "equals", "value": true },
        ] }],
    })
}

/// One call, which must succeed.
fn post(url: &str, path: &str, token: &str, body: &Value) -> Outcome<Value> {
    let failed = |error: &dyn std::fmt::Display| format!("POST {path}: {error}");
    let host = url.trim_start_matches("http://");
    let body = body.to_string();
    let request = format!(
        "POST {path} HTTP/1.0\r\nHost: {host}\r\nx-partner-auth: {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = TcpStream::connect(host).map_err(|error| failed(&error))?;
    stream
        .write_all(request.as_bytes())
        .map_err(|error| failed(&error))?;
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .map_err(|error| failed(&error))?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or_else(|| failed(&"no answer"))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(failed(&body));
    }
    serde_json::from_str(body).map_err(|error| failed(&error))
}

fn text<'a>(json: &'a Value, pointer: &str) -> Outcome<&'a str> {
    json.pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("no `{pointer}` in what `air` printed"))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
