//! Tests the admin pages of the issuer's own service in Chromium.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::{CHROMIUM, FOLDER, PROJECT};
use crate::{
    platform::{Server, air, binary, text, write},
    shell::{Outcome, program, root},
};

const API_KEY: &str = "0123456789abcdef0123456789abcdef";
const ADMIN_API_KEY: &str = "fedcba9876543210fedcba9876543210";
/// dStorage does not respond, so that credentials stay in the outbox.
const CONFIG: &str = r#"
origin = "http://localhost:1"
listen = "127.0.0.1"
port = 0
admin-listen = "127.0.0.1:0"
sqlite = "data"

[air]
partner-id = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"
chain-origin = "http://127.0.0.1:9"
timeout = "1s"

[keys]
tokens = { file = "key.pem" }
credentials = { file = "key.pem" }
status-lists = { file = "key.pem" }

[status-list]
partition-size = 80000

[openid4vc]
name = "Example"

[[schemas]]
id = "member"
valid-for = "90d"
document = "member.json"
claims = { table = "members.csv" }
"#;
const SCHEMA: &str = r#"{ "title": "Member", "attributes": [{ "name": "level", "type": "integer" }] }"#;
const TABLE: &str = "userId,credentialSubject.level\nuser-1,3\n";

/// Starts a service on a new database, and walks through its pages. The `air` that the tests built exists.
pub(super) fn walk(pictures: Option<&Path>) -> Outcome {
    let config = configure()?;
    let mut command = Command::new(binary());
    command
        .args(["issuer", "serve", "--config"])
        .arg(&config)
        .env("API_KEY", API_KEY)
        .env("ADMIN_API_KEY", ADMIN_API_KEY);
    let server = Server::spawn(command, "air issuer serve")?;
    let mut walk = program("node")
        .args(["--test", "--test-reporter=spec"])
        .args([format!("{PROJECT}/issuer-pages.test.mjs")])
        .env("AIR_ISSUER_URL", text(&server.ready, "/url")?)
        .env("AIR_ADMIN_URL", text(&server.ready, "/adminUrl")?)
        .env("AIR_API_KEY", API_KEY)
        .env("AIR_ADMIN_API_KEY", ADMIN_API_KEY)
        .env("AIR_CHROMIUM", CHROMIUM);
    if let Some(folder) = pictures {
        walk = walk.env("AIR_SCREENSHOTS", folder);
    }
    walk.run()
}

/// Writes the files of the service, and returns `issuer.toml`.
fn configure() -> Outcome<PathBuf> {
    let folder = root().join(FOLDER).join("issuer");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let key = folder.join("key.pem").display().to_string();
    air(&["keys", "generate", "--out", &key])?;
    write(&folder.join("member.json"), SCHEMA)?;
    write(&folder.join("members.csv"), TABLE)?;
    let config = folder.join("issuer.toml");
    write(&config, CONFIG)?;
    Ok(config)
}
