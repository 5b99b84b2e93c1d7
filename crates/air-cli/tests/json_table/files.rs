//! Commands that need no platform.

use serde_json::{Value, json};

use super::walk::Walk;
use crate::{
    chain::{CONTRACT, KEY, node},
    holder, issuer_service,
    support::{
        TestEnv, example,
        node::{recorded, text},
        server::Server,
        web::Web,
    },
};

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";
const ISSUER: &str = "https://issuer.example";
const SIGNER: [&str; 4] = ["--key", "key.pem", "--kid", "k1"];

/// A folder with the key of a partner or an issuer, and its public set.
fn with_key(walk: &mut Walk) -> TestEnv {
    let desk = TestEnv::new();
    walk.run(&desk, &["keys", "generate", "--out", "key.pem", "--kid", "k1"]);
    let set = walk.run(&desk, &[&["jwks", "export"], &SIGNER[..]].concat());
    desk.write("jwks.json", set.to_string());
    desk
}

pub(super) fn keys_and_tokens(walk: &mut Walk) {
    let desk = with_key(walk);
    walk.run(&desk, &["keys", "generate", "--dir", "keys"]);
    walk.run(&desk, &["keys", "list"]);
    walk.run(&desk, &["keys", "rotate"]);

    let sign = ["token", "sign", "--partner-id", PARTNER, "--scope", "issue"];
    let signed = walk.run(&desk, &[&sign[..], &SIGNER].concat());
    let token = text(&signed, "/token");
    walk.run(&desk, &["token", "inspect", token]);
    walk.ends_with(4, &desk, &["token", "inspect", "--at", "4000000000", token]);
    walk.run(&desk, &["token", "verify", "--jwks", "jwks.json", token]);

    let document = ["did", "document", "--jwks", "jwks.json"];
    walk.run(&desk, &[&document[..], &["--issuer", ISSUER]].concat());
    let did = walk.run(&desk, &[&document[..], &["--did", "did:key"]].concat());
    walk.run(&desk, &["did", "resolve", text(&did, "/id")]);
}

pub(super) fn schemas(walk: &mut Walk) {
    let desk = TestEnv::new();
    let schema = example("schema.json");
    let new = [
        "schema",
        "new",
        "--title",
        "Age",
        "--attribute",
        "isOver18:boolean",
    ];
    walk.run(&desk, &new);
    walk.run(&desk, &[&new[..], &["--out", "age.json"]].concat());
    walk.run(&desk, &["schema", "lint", &schema]);
    walk.ends_with(3, &desk, &["schema", "lint", "--deny", &schema]);
    walk.run(&desk, &["schema", "compare", &schema, &schema]);
    let mut other: Value = serde_json::from_slice(&std::fs::read(&schema).unwrap()).unwrap();
    other["attributes"].as_array_mut().unwrap().remove(0);
    desk.write("other.json", other.to_string());
    let compare = ["schema", "compare", "--deny-breaking", &schema, "other.json"];
    walk.ends_with(3, &desk, &compare);
    walk.run(&desk, &["schema", "show", &schema]);
    let shown = walk.run(&desk, &["schema", "show", "--format", "json-schema", &schema]);
    desk.write("json-schema.json", shown.to_string());
    walk.run(&desk, &["schema", "from-json", "json-schema.json"]);
    let validate = ["schema", "validate", "--schema", &schema];
    walk.run(&desk, &[&validate[..], &[&example("subject.json")]].concat());
    let wrong = example("subject-wrong.json");
    walk.ends_with(3, &desk, &[&validate[..], &[&wrong]].concat());
}

pub(super) fn credentials(walk: &mut Walk) {
    let desk = with_key(walk);
    desk.write("subject.json", r#"{"isOver18":true,"givenName":"Ada"}"#);
    let issue = [
        "credential",
        "issue",
        "--issuer",
        ISSUER,
        "--vct",
        "urn:example:kyc",
    ];
    let issue = [&issue[..], &SIGNER].concat();
    let issued = walk.run(&desk, &[&issue[..], &["subject.json"]].concat());
    let credential = text(&issued, "/credential");
    walk.run(&desk, &["credential", "show", credential]);
    let present = ["credential", "present", "--disclose", "isOver18"];
    walk.run(&desk, &[&present[..], &[credential]].concat());
    walk.run(&desk, &[&present[..], &["--enveloped", credential]].concat());

    let issuer = ["--issuer", ISSUER, "--issuer-jwks", "jwks.json"];
    let verify = [&["credential", "verify"], &issuer[..]].concat();
    walk.run(&desk, &[&verify[..], &[credential]].concat());
    let stranger = with_key(walk);
    walk.ends_with(4, &stranger, &[&verify[..], &[credential]].concat());
    let uri = "http://127.0.0.1:1/statuslist/1";
    let status = ["--status-uri", uri, "--status-index", "0", "subject.json"];
    let listed = walk.run(&desk, &[&issue[..], &status].concat());
    walk.ends_with(5, &desk, &[&verify[..], &[text(&listed, "/credential")]].concat());

    let list = |command: &'static str| ["status", "list", command, "--list", "list.json"];
    let new = ["status", "list", "new", "--uri", uri, "--size", "1000"];
    walk.run(&desk, &[&new[..], &["--out", "list.json"]].concat());
    let entry = walk.run(&desk, &list("allocate"));
    let index = entry["index"].to_string();
    walk.run(&desk, &[&list("publish"), &SIGNER[..]].concat());
    let check = [
        &["status", "list", "check", "--uri", uri, "--list", "list.jwt"],
        &issuer[..],
        &["--index", &index],
    ]
    .concat();
    let publish = ["--force", "--out", "list.jwt"];
    let publish = [&list("publish"), &SIGNER[..], &publish].concat();
    walk.run(&desk, &publish);
    walk.run(&desk, &check);
    walk.run(&desk, &[&list("set")[..], &[&index, "invalid"]].concat());
    walk.run(&desk, &publish);
    walk.ends_with(4, &desk, &check);

    let offer = |issuer: &str| {
        json!({ "credential_issuer": issuer, "credential_configuration_ids": ["pid"] }).to_string()
    };
    walk.run(&desk, &["explain", &offer(ISSUER)]);
    walk.ends_with(4, &desk, &["explain", &offer("http://issuer.example")]);
}

pub(super) fn sealed_documents(walk: &mut Walk) {
    let desk = TestEnv::new();
    desk.write("seed", "11".repeat(32));
    desk.write("document", "a scan");
    let context = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
    let derive = [
        "cak",
        "derive",
        "--seed-file",
        "seed",
        "--private-key-out",
        "key.hex",
    ];
    let derived = walk.run(&desk, &[&derive[..], &context].concat());
    let key = text(&derived, "/publicKey");
    let convert = ["cak", "convert", "--public-key", key, "--to", "jwk"];
    walk.run(&desk, &convert);
    walk.run(&desk, &[&convert[..], &["--out", "key.jwk"]].concat());
    let seal = [&["cak", "seal", "--public-key", key], &context[..]].concat();
    walk.run(&desk, &[&seal[..], &["document", "sealed"]].concat());
    walk.run(&desk, &["cak", "inspect", "sealed"]);
    let private = ["--private-key-file", "key.hex"];
    let open = [&["cak", "open"], &private[..], &context].concat();
    walk.run(&desk, &[&open[..], &["sealed", "opened"]].concat());
    let rewrap = [&["cak", "rewrap"], &private[..], &context].concat();
    walk.run(
        &desk,
        &[&rewrap[..], &["--to-public-key", key, "sealed", "again"]].concat(),
    );
}

pub(super) fn envelopes(walk: &mut Walk) {
    let (desk, key) = holder::desk();
    for (names, plaintext) in [
        (holder::STORED, "\"e30.e30.c2ln~\""),
        (holder::PREVIEW, r#"{"isOver18":true}"#),
    ] {
        let envelope = holder::document(&holder::sealed(&key, plaintext), names);
        desk.write("envelope.json", envelope);
        walk.run(&desk, &[&holder::OPEN[..], &["envelope.json"]].concat());
    }
}

pub(super) fn chains(walk: &mut Walk) {
    let desk = TestEnv::new();
    let (honest, trusted) = (node(&[]), recorded("trusted"));
    walk.run(&desk, &["chain", "key", "new", "key.pem"]);
    walk.run(&desk, &["chain", "key", "address", "key.pem"]);
    desk.write("key", KEY);
    let rpc = ["--rpc", &honest.url, "--key", "key"];
    let immutables = [
        "--ledger-id",
        text(&trusted, "/ledgerId"),
        "--owner",
        text(&trusted, "/owner"),
    ];
    walk.run(&desk, &[&["chain", "deploy"], &rpc[..], &immutables].concat());
    let rotate = ["--contract", CONTRACT, "--withdraw"];
    walk.run(&desk, &[&["chain", "rotate"], &rpc[..], &rotate].concat());
    let status = |url: &str| {
        let words = ["chain", "status", "--contract", CONTRACT, "--rpc", url];
        words.map(str::to_owned)
    };
    let honest_status = status(&honest.url);
    walk.run(&desk, &honest_status.each_ref().map(String::as_str));
    let unknown = node(&[("eth_getCode", json!("0x6001"))]);
    let unknown_status = status(&unknown.url);
    walk.ends_with(1, &desk, &unknown_status.each_ref().map(String::as_str));

    desk.write("proof.json", recorded("proof").to_string());
    let pinned = [
        "--contract",
        text(&trusted, "/contract"),
        "--chain-id",
        "5151",
        "--code-hash",
        text(&trusted, "/codeHash"),
    ];
    let check = [&["status", "--proof", "--offline", "proof.json"], &pinned[..]].concat();
    let block = ["--block-hash", text(&trusted, "/blockHash")];
    walk.run(&desk, &[&check[..], &block].concat());
    let other = format!("0x{}", "11".repeat(32));
    walk.ends_with(1, &desk, &[&check[..], &["--block-hash", &other]].concat());
}

pub(super) fn whole_programs(walk: &mut Walk) {
    let desk = TestEnv::new();
    walk.run(&desk, &["completions", "bash"]);
    walk.run(&desk, &["licenses"]);
    walk.run(&desk, &["man", "--out", "man"]);
    walk.run(&desk, &["quickstart"]);
    walk.ends_with(1, &desk, &["quickstart", "--deny"]);
}

pub(super) fn issuer_services(walk: &mut Walk) {
    let desk = TestEnv::new();
    let check = ["issuer", "check", "--config", "issuer.toml"];
    issuer_service::configure(&desk, &Web::start().url(""), 0);
    walk.run(&desk, &check);

    let server = Server::start(&desk.path(""), &["issuer", "serve", "--config", "issuer.toml"]);
    let url = server.url().to_owned();
    let ours = [
        "issuer",
        "shadow",
        "--config",
        "issuer.toml",
        "--ours",
        url.as_str(),
    ];
    walk.run(&desk, &[&ours[..], &["--vendor", url.as_str()]].concat());
    // The other one responds to each request with 404.
    let other = Web::start().url("");
    walk.ends_with(1, &desk, &[&ours[..], &["--vendor", other.as_str()]].concat());
    server.terminate();
    issuer_backups(walk, &desk);
    desk.write("issuer.toml", "");
    walk.ends_with(1, &desk, &check);

    let schema = r#"{ "title": "Member", "attributes": [{ "name": "level", "type": "integer" }] }"#;
    desk.write("member.json", schema);
    let header = "email,expiration,credentialSubject.level\n";
    desk.write("members.csv", format!("{header}ada@example.com,2099-01-01,3\n"));
    let schema = ["--schema", "member", "--schema-file", "member.json"];
    let bulk = [&["issuer", "bulk", "--dry-run"], &schema[..], &["members.csv"]].concat();
    walk.run(&desk, &bulk);
    desk.write("members.csv", format!("{header}ada@example.com,soon,3\n"));
    walk.ends_with(1, &desk, &bulk);
}

/// A backup of the database in `data`, and its restore in the folder `restored`.
fn issuer_backups(walk: &mut Walk, desk: &TestEnv) {
    let config = ["--config", "issuer.toml"];
    let to = ["--no-encrypt", "--to", "issuer.backup"];
    walk.run(desk, &[&["issuer", "backup"], &config[..], &to].concat());
    let toml = String::from_utf8(desk.read("issuer.toml")).unwrap();
    desk.write("restored.toml", toml.replace("\"data\"", "\"restored\""));
    let restore = ["issuer", "restore", "--config", "restored.toml", "issuer.backup"];
    walk.run(desk, &restore);
    let revoke = ["issuer", "revoke-key", "--config", "issuer.toml", "--since"];
    walk.run(desk, &[&revoke[..], &["2026-12-24T00:00:00Z", "leaked"]].concat());
    let erase = ["issuer", "erase-user", "--config", "issuer.toml"];
    walk.run(
        desk,
        &[&erase[..], &["--holder", "did:example:ada", "--yes"]].concat(),
    );
}

pub(super) fn sandbox_backups(walk: &mut Walk) {
    let desk = TestEnv::new();
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "data"];
    Server::start(&desk.path(""), &up).terminate();
    let to = ["--no-encrypt", "--to", "platform.backup"];
    walk.run(
        &desk,
        &[&["sandbox", "backup", "--data", "data"], &to[..]].concat(),
    );
    let restore = ["sandbox", "restore", "--data", "restored", "platform.backup"];
    walk.run(&desk, &restore);
}
