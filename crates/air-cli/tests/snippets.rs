//! The calls that the dashboard shows beside its form, pasted into a terminal.

use std::{ops::Deref, process::Command};

use serde_json::{Value, json};

use crate::support::{binary, seeded_env::SeededEnv};

/// A typed value: each character that a language could take for its own.
const TYPED: &str = r#"Ada's "half" \ $HOME `id` </code>"#;

struct SnippetEnv(SeededEnv);

impl Deref for SnippetEnv {
    type Target = SeededEnv;

    fn deref(&self) -> &SeededEnv {
        &self.0
    }
}

impl SnippetEnv {
    fn start() -> Self {
        let seed = json!({
            "partner": { "name": "Pasted Ltd", "issueOnBehalf": true },
            "schemas": [{ "key": "name", "title": "Name", "attributes": [
                { "name": "nickname", "type": "string", "required": true },
                { "name": "isOver18", "type": "boolean", "required": true }] }],
            "programs": [{ "key": "name", "schema": "name", "publish": true }],
        });
        let env = Self(SeededEnv::start(seed));
        let path = |name| env.cli.path(name);
        std::fs::copy(path("key.pem"), path("partner-key.pem")).unwrap();
        std::os::unix::fs::symlink(binary(), path("air")).unwrap();
        env
    }

    /// Returns what the program's page shows in a language, once the claim is typed.
    fn snippet(&self, language: &str) -> String {
        let program = self.platform.ready["seeded"]["programs"]["name"]
            .as_str()
            .unwrap();
        let fields = [
            &format!("program={program}"),
            "email=ada@example.com",
            "duplicate=ignore",
            &format!("claim.nickname={TYPED}"),
        ];
        let page = self.page("/dashboard/issue", &fields);
        let start = format!("aria-label=\"{language}\"><code>");
        let (_, shown) = page.split_once(&start).unwrap_or_else(|| panic!("{page}"));
        let (shown, _) = shown.split_once("</code>").unwrap();
        shown
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&amp;", "&")
    }

    fn page(&self, path: &str, fields: &[&str]) -> String {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--get"]);
        for field in fields {
            curl.args(["--data-urlencode", field]);
        }
        let page = curl
            .arg(format!("{}{path}", self.platform.url()))
            .output()
            .unwrap();
        String::from_utf8(page.stdout).unwrap()
    }

    fn run(&self, command: &mut Command) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        let folder = self.cli.path("");
        command
            .env("PATH", format!("{}:{path}", folder.display()))
            .current_dir(folder);
        let ended = command.output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr).into_owned();
        let output = String::from_utf8(ended.stdout).unwrap();
        assert!(ended.status.success(), "{output} {said}");
        output
    }

    /// Checks that the one credential has what was typed.
    fn assert_issued(&self) {
        let list = self.page("/dashboard/credentials", &[]);
        let (_, link) = list
            .split_once("scope=\"row\"><a href=\"/dashboard/credentials/")
            .unwrap_or_else(|| panic!("{list}"));
        let credential = link.split('"').next().unwrap();
        let shown = self.page(&format!("/dashboard/credentials/{credential}"), &[]);
        let typed = TYPED
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;");
        assert!(shown.contains(&typed), "{shown}");
    }
}

#[test]
fn the_commands_run_as_they_are_shown() {
    let env = SnippetEnv::start();
    for language in ["air", "curl"] {
        let snippet = env.snippet(language);
        let output = env.run(Command::new("bash").args(["-c", &snippet]));
        assert!(!output.is_empty(), "{snippet}");
        env.assert_issued();
    }
    // The second call asks to keep the first credential.
    let body = env.snippet("curl");
    let (_, body) = body.split_once("-d ").unwrap();
    assert!(body.contains("\"onDuplicate\": \"ignore\""), "{body}");
}

mod other_languages {
    use super::*;

    #[test]
    #[ignore = "needs Node; `cargo xtask peers` runs it"]
    fn the_typescript_runs_in_node_without_packages() {
        let env = SnippetEnv::start();
        env.cli.write("issue.mjs", env.snippet("TypeScript"));
        let output = env.run(Command::new("node").arg("issue.mjs"));
        let (status, body) = output.trim().split_once(' ').unwrap();
        let body: Value = serde_json::from_str(body).unwrap();
        assert!(status == "200" && body["coreClaimHash"].is_string(), "{output}");
        env.assert_issued();
    }
}
