//! Help texts and the most common outputs on a real terminal of 80 columns: no line is longer, and
//! no word is broken.

use std::process::Command;

use rexpect::spawn_with_options;

use crate::support::{
    HELP, RUNTIME_FOLDER, TestEnv, binary, example,
    server::{Server, seeded},
    stems,
};

/// No script takes this long.
const PATIENCE: u64 = 300_000;
const WIDTH: usize = 80;

/// Runs a shell script on a terminal of 80 columns, and returns its output without control sequences.
fn on_terminal(env: &TestEnv, script: &str) -> String {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("stty cols {WIDTH} rows 50\n{script}")])
        .current_dir(env.path(""))
        .env("TERM", "xterm")
        .env("AIR", binary())
        .env("XDG_RUNTIME_DIR", RUNTIME_FOLDER);
    for name in [
        "AIR_URL",
        "AIR_KEY",
        "AIR_PARTNER_ID",
        "AIR_PROFILE",
        "AIR_ISSUER",
        "AIR_PROGRAM",
    ] {
        command.env_remove(name);
    }
    let options = rexpect::reader::Options::new().timeout_ms(Some(PATIENCE));
    let mut terminal = spawn_with_options(command, options).unwrap();
    // rexpect makes a character of each byte.
    let output = terminal.exp_eof().unwrap();
    let bytes: Vec<u8> = output
        .chars()
        .filter_map(|byte| u8::try_from(byte).ok())
        .collect();
    without_controls(&String::from_utf8_lossy(&bytes))
}

/// Removes control sequences (`ESC [ … letter`). A new line begins where the cursor moves to one.
fn without_controls(output: &str) -> String {
    let mut pieces = output.split('\u{1b}');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|letter: char| letter.is_ascii_alphabetic());
        let (sequence, rest) = piece.split_at(end.map_or(piece.len(), |end| end + 1));
        if !sequence.ends_with('m') {
            text.push('\n');
        }
        text.push_str(rest);
    }
    text
}

/// The number of columns, where each character has one.
fn columns(line: &str) -> usize {
    line.trim_end().chars().count()
}

/// Finds the lines that the terminal would break. `=== NAME` begins the output of a command. A
/// value that is longer than the terminal is whole on a line of its own.
#[track_caller]
fn assert_fits(output: &str) {
    let mut command = "";
    let mut wide = Vec::new();
    for line in output.split(['\n', '\r']) {
        if let Some(name) = line.strip_prefix("=== ") {
            command = name;
        } else if columns(line) > WIDTH && line.split_whitespace().count() > 1 && !is_json(line) {
            wide.push(format!("{command}: {} columns: {line}", columns(line)));
        }
    }
    assert!(wide.is_empty(), "{}", wide.join("\n"));
}

/// A document is printed as JSON, whose members are not broken.
fn is_json(line: &str) -> bool {
    line.starts_with("  ") && line.trim_start().starts_with('"')
}

/// The commands whose names have a hyphen.
const HYPHENATED: [&str; 8] = [
    "erase-user",
    "export-user",
    "from-json",
    "remove-key",
    "revoke-key",
    "rotate-callback-secret",
    "trust-list",
    "verify-proof",
];

#[test]
fn every_help_text_fits() {
    let env = TestEnv::new();
    let names = stems(HELP);
    assert!(names.len() > 80, "{names:?}");
    let helps: Vec<String> = names
        .iter()
        .map(|name| {
            let words = name.trim_start_matches("air").replace('-', " ");
            let words = HYPHENATED
                .iter()
                .fold(words, |words, name| words.replace(&name.replace('-', " "), name));
            format!("echo '=== {name}'; \"$AIR\"{words} --help; \"$AIR\"{words} --no-such-option")
        })
        .collect();
    let output = on_terminal(&env, &helps.join("\n"));
    assert_eq!(output.matches("=== ").count(), names.len());
    assert!(!output.contains("unrecognized subcommand"), "{output}");
    assert_fits(&output);
}

/// Examples in help texts can be pasted: clap does not break them.
#[test]
fn examples_are_broken_by_backslashes_only() {
    for name in stems(HELP) {
        let help = std::fs::read_to_string(format!("{HELP}/{name}.txt")).unwrap();
        let lines: Vec<&str> = help.lines().collect();
        for pair in lines.windows(2) {
            let is_example = pair[0].starts_with("  air ") || pair[0].starts_with("      --");
            assert!(!is_example || columns(pair[0]) <= WIDTH, "{name}: {}", pair[0]);
            let is_continued = pair[1].starts_with("      --") && pair[0].starts_with("  air ");
            assert!(!is_continued || pair[0].ends_with('\\'), "{name}: {}", pair[0]);
        }
    }
}

const SCRIPT: &str = r#"
air() { echo "=== air $1 $2 $3"; "$AIR" "$@" </dev/null; }
air init --from-sandbox --url "$URL" --key key.pem
air use local
air doctor
air issue --program kyc --on-behalf ada@example.com "$SUBJECT"
air issue --program kyc --on-behalf ada@example.com "$SUBJECT"
air issue --program kyc --on-behalf ada@example.com --on-duplicate revoke "$SUBJECT"
air issue --program kyc --on-behalf ada@example.com "$WRONG"
HASH=$("$AIR" issue --program kyc --on-behalf bob@example.com "$SUBJECT" --json | sed -n 's/.*"coreClaimHash": "\([0-9a-f]*\)".*/\1/p' | head -1)
air status --wait "$HASH"
air status --proof "$HASH"
air status 0000000000000000000000000000000000000000000000000000000000000000
air revoke "$HASH"
air status "$HASH"
KEYS="--url $URL --key key.pem --partner-id $("$AIR" partner list --json | sed -n 's/.*"partnerId": "\([^"]*\)".*/\1/p' | head -1)"
ISSUER=$("$AIR" partner list --json | sed -n 's/.*"issuerDid": "\([^"]*\)".*/\1/p' | head -1)
PROGRAM=$("$AIR" program list --json | sed -n 's/.*"credentialId": "\([^"]*\)".*/\1/p' | head -1)
CHECK=$("$AIR" verification list --json | sed -n 's/.*"programId": "\([^"]*\)".*/\1/p' | head -1)
air issue $KEYS --issuer "$ISSUER" --program "$PROGRAM" --email eve@example.com --wallet-key-file wallet --out vc.sd-jwt "$SUBJECT"
air verify $KEYS --program "$CHECK" --email eve@example.com --wallet-key-file wallet --wait --agree --out opened
air verify $KEYS --program "$CHECK" --email nobody@example.com --wallet-key-file wallet --agree
air verify $KEYS --program "$CHECK" --email eve@example.com --wallet-key-file wallet --deny
air credential show vc.sd-jwt
air credential verify --issuer "$ISSUER" --issuer-jwks "$URL/sandbox/v1/issuers/$ISSUER/jwks.json" - < vc.sd-jwt
air bulk --program kyc --schema schema.json --dry-run people.csv
air bulk --program kyc --schema schema.json people.csv --results results.csv
air bulk --program kyc people.csv
air events
air events --limit 2
air logs
air logs --failed
air partner list
air partner show "Eighty Columns"
air program list
air program show kyc
air verification list
air verification show adult
air schema show schema.json
air schema lint schema.json
air schema validate --schema "$KYC" "$SUBJECT"
air schema validate --schema "$KYC" "$WRONG"
air schema compare schema.json "$KYC"
air schema search --url "$URL" identity
air keys generate --out other.pem
air keys generate --out other.pem
air keys generate --dir keys
air keys rotate --dir keys
air keys list --dir keys
air token inspect "$("$AIR" token sign --key key.pem --kid k --partner-id p --scope issue)"
air cak derive --user 7f01c42c-02cf-4325-96ed-ba034700f724 --issuer "$ISSUER" --schema c21 --wallet-key-file wallet --chain-id 222888
air custody deal --threshold 2 --shares 3 --issuer did:x:y --key-id vault --out custody
air cak seal --group custody/group.json "$SUBJECT" subject.sealed
air cak inspect subject.sealed
air custody verify --group custody/group.json
air custody open --group custody/group.json --partial custody/share-1.json subject.sealed opened.json
air sandbox clock --url "$URL"
air sandbox snapshot save eighty --url "$URL"
air sandbox snapshot list --url "$URL"
air sandbox faults --url "$URL"
air sandbox reset --url "$URL"
air did resolve "$ISSUER" --url "$URL"
air issue
air "isue"
air status --url http://127.0.0.1:1 --key key.pem --partner-id p "$HASH"
air quickstart --agree --out quickstart
"#;

#[test]
fn the_most_common_outputs_fit() {
    let env = TestEnv::new();
    let mut seed: serde_json::Value =
        serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    seed["partner"]["name"] = "Eighty Columns".into();
    let (platform, _jwks): (Server, Server) = seeded(&env, seed);
    env.write("wallet", "11".repeat(32));
    let schema = serde_json::json!({ "title": "Adult", "attributes": [
        { "name": "isOver18", "type": "boolean", "required": true },
        { "name": "birthDate", "type": "date" }] });
    env.write("schema.json", schema.to_string());
    env.write(
        "people.csv",
        "email,isOver18,birthDate\na@b.cd,yes,\nb@b.cd,TRUE,01.05.1990\n",
    );
    let settings = format!(
        "URL={} SUBJECT={} WRONG={} KYC={}\n",
        platform.url(),
        example("subject.json"),
        example("subject-wrong.json"),
        example("schema.json")
    );
    let output = on_terminal(&env, &format!("{settings}{SCRIPT}"));
    for told in [
        "Issued",
        "Not issued",
        "ONCHAIN",
        "Compliant",
        "were refused",
        "credential.issued",
        "\n  coreClaimHash",
    ] {
        assert!(output.contains(told), "lacks `{told}`: {output}");
    }
    assert_fits(&output);
}
