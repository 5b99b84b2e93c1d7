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
    let env = TestEnv::new();
    walk.run(&env, &["keys", "generate", "--out", "key.pem", "--kid", "k1"]);
    let set = walk.run(&env, &[&["jwks", "export"], &SIGNER[..]].concat());
    env.write("jwks.json", set.to_string());
    env
}

pub(super) fn keys_and_tokens(walk: &mut Walk) {
    let env = with_key(walk);
    walk.run(&env, &["keys", "generate", "--dir", "keys"]);
    walk.run(&env, &["keys", "list"]);
    walk.run(&env, &["keys", "rotate"]);

    let sign = ["token", "sign", "--partner-id", PARTNER, "--scope", "issue"];
    let signed = walk.run(&env, &[&sign[..], &SIGNER].concat());
    let token = text(&signed, "/token");
    walk.run(&env, &["token", "inspect", token]);
    walk.ends_with(4, &env, &["token", "inspect", "--at", "4000000000", token]);
    walk.run(&env, &["token", "verify", "--jwks", "jwks.json", token]);

    let document = ["did", "document", "--jwks", "jwks.json"];
    walk.run(&env, &[&document[..], &["--issuer", ISSUER]].concat());
    let did = walk.run(&env, &[&document[..], &["--did", "did:key"]].concat());
    walk.run(&env, &["did", "resolve", text(&did, "/id")]);
}

pub(super) fn schemas(walk: &mut Walk) {
    let env = TestEnv::new();
    let schema = example("schema.json");
    let new = [
        "schema",
        "new",
        "--title",
        "Age",
        "--attribute",
        "isOver18:boolean",
    ];
    walk.run(&env, &new);
    walk.run(&env, &[&new[..], &["--out", "age.json"]].concat());
    walk.run(&env, &["schema", "lint", &schema]);
    walk.ends_with(3, &env, &["schema", "lint", "--deny", &schema]);
    walk.run(&env, &["schema", "compare", &schema, &schema]);
    let mut other: Value = serde_json::from_slice(&std::fs::read(&schema).unwrap()).unwrap();
    other["attributes"].as_array_mut().unwrap().remove(0);
    env.write("other.json", other.to_string());
    let compare = ["schema", "compare", "--deny-breaking", &schema, "other.json"];
    walk.ends_with(3, &env, &compare);
    walk.run(&env, &["schema", "show", &schema]);
    let shown = walk.run(&env, &["schema", "show", "--format", "json-schema", &schema]);
    env.write("json-schema.json", shown.to_string());
    walk.run(&env, &["schema", "from-json", "json-schema.json"]);
    let validate = ["schema", "validate", "--schema", &schema];
    walk.run(&env, &[&validate[..], &[&example("subject.json")]].concat());
    let wrong = example("subject-wrong.json");
    walk.ends_with(3, &env, &[&validate[..], &[&wrong]].concat());
}

pub(super) fn credentials(walk: &mut Walk) {
    let env = with_key(walk);
    env.write("subject.json", r#"{"isOver18":true,"givenName":"Ada"}"#);
    let issue = [
        "credential",
        "issue",
        "--issuer",
        ISSUER,
        "--vct",
        "urn:example:kyc",
    ];
    let issue = [&issue[..], &SIGNER].concat();
    let issued = walk.run(&env, &[&issue[..], &["subject.json"]].concat());
    let credential = text(&issued, "/credential");
    walk.run(&env, &["credential", "show", credential]);
    let present = ["credential", "present", "--disclose", "isOver18"];
    walk.run(&env, &[&present[..], &[credential]].concat());
    walk.run(&env, &[&present[..], &["--enveloped", credential]].concat());

    let issuer = ["--issuer", ISSUER, "--issuer-jwks", "jwks.json"];
    let verify = [&["credential", "verify"], &issuer[..]].concat();
    walk.run(&env, &[&verify[..], &[credential]].concat());
    let stranger = with_key(walk);
    walk.ends_with(4, &stranger, &[&verify[..], &[credential]].concat());
    let uri = "http://127.0.0.1:1/statuslist/1";
    let status = ["--status-uri", uri, "--status-index", "0", "subject.json"];
    let listed = walk.run(&env, &[&issue[..], &status].concat());
    walk.ends_with(5, &env, &[&verify[..], &[text(&listed, "/credential")]].concat());

    let list = |command: &'static str| ["status", "list", command, "--list", "list.json"];
    let new = ["status", "list", "new", "--uri", uri, "--size", "1000"];
    walk.run(&env, &[&new[..], &["--out", "list.json"]].concat());
    let entry = walk.run(&env, &list("allocate"));
    let index = entry["index"].to_string();
    walk.run(&env, &[&list("publish"), &SIGNER[..]].concat());
    let check = [
        &["status", "list", "check", "--uri", uri, "--list", "list.jwt"],
        &issuer[..],
        &["--index", &index],
    ]
    .concat();
    let publish = ["--force", "--out", "list.jwt"];
    let publish = [&list("publish"), &SIGNER[..], &publish].concat();
    walk.run(&env, &publish);
    walk.run(&env, &check);
    walk.run(&env, &[&list("set")[..], &[&index, "invalid"]].concat());
    walk.run(&env, &publish);
    walk.ends_with(4, &env, &check);

    let offer = |issuer: &str| {
        json!({ "credential_issuer": issuer, "credential_configuration_ids": ["pid"] }).to_string()
    };
    walk.run(&env, &["explain", &offer(ISSUER)]);
    walk.ends_with(4, &env, &["explain", &offer("http://issuer.example")]);
}

pub(super) fn sealed_documents(walk: &mut Walk) {
    let env = TestEnv::new();
    env.write("seed", "11".repeat(32));
    env.write("document", "a scan");
    let context = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
    let derive = [
        "cak",
        "derive",
        "--seed-file",
        "seed",
        "--private-key-out",
        "key.hex",
    ];
    let derived = walk.run(&env, &[&derive[..], &context].concat());
    let key = text(&derived, "/publicKey");
    let convert = ["cak", "convert", "--public-key", key, "--to", "jwk"];
    walk.run(&env, &convert);
    walk.run(&env, &[&convert[..], &["--out", "key.jwk"]].concat());
    let seal = [&["cak", "seal", "--public-key", key], &context[..]].concat();
    walk.run(&env, &[&seal[..], &["document", "sealed"]].concat());
    walk.run(&env, &["cak", "inspect", "sealed"]);
    let private = ["--private-key-file", "key.hex"];
    let open = [&["cak", "open"], &private[..], &context].concat();
    walk.run(&env, &[&open[..], &["sealed", "opened"]].concat());
    let rewrap = [&["cak", "rewrap"], &private[..], &context].concat();
    walk.run(
        &env,
        &[&rewrap[..], &["--to-public-key", key, "sealed", "again"]].concat(),
    );
}

pub(super) fn envelopes(walk: &mut Walk) {
    let (env, key) = holder::test_env();
    for (names, plaintext) in [
        (holder::STORED, "\"e30.e30.c2ln~\""),
        (holder::PREVIEW, r#"{"isOver18":true}"#),
    ] {
        let envelope = holder::document(&holder::sealed(&key, plaintext), names);
        env.write("envelope.json", envelope);
        walk.run(&env, &[&holder::OPEN[..], &["envelope.json"]].concat());
    }
}

pub(super) fn chains(walk: &mut Walk) {
    let env = TestEnv::new();
    let (honest, trusted) = (node(&[]), recorded("trusted"));
    walk.run(&env, &["chain", "key", "new", "key.pem"]);
    walk.run(&env, &["chain", "key", "address", "key.pem"]);
    env.write("key", KEY);
    let rpc = ["--rpc", &honest.url, "--key", "key"];
    let immutables = [
        "--ledger-id",
        text(&trusted, "/ledgerId"),
        "--owner",
        text(&trusted, "/owner"),
    ];
    walk.run(&env, &[&["chain", "deploy"], &rpc[..], &immutables].concat());
    let rotate = ["--contract", CONTRACT, "--withdraw"];
    walk.run(&env, &[&["chain", "rotate"], &rpc[..], &rotate].concat());
    let status = |url: &str| {
        let words = ["chain", "status", "--contract", CONTRACT, "--rpc", url];
        words.map(str::to_owned)
    };
    let honest_status = status(&honest.url);
    walk.run(&env, &honest_status.each_ref().map(String::as_str));
    let unknown = node(&[("eth_getCode", json!("0x6001"))]);
    let unknown_status = status(&unknown.url);
    walk.ends_with(1, &env, &unknown_status.each_ref().map(String::as_str));

    env.write("proof.json", recorded("proof").to_string());
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
    walk.run(&env, &[&check[..], &block].concat());
    let other = format!("0x{}", "11".repeat(32));
    walk.ends_with(1, &env, &[&check[..], &["--block-hash", &other]].concat());
}

pub(super) fn whole_programs(walk: &mut Walk) {
    let env = TestEnv::new();
    walk.run(&env, &["completions", "bash"]);
    walk.run(&env, &["licenses"]);
    walk.run(&env, &["man", "--out", "man"]);
    walk.run(&env, &["quickstart"]);
    walk.ends_with(1, &env, &["quickstart", "--deny"]);
}

pub(super) fn issuer_services(walk: &mut Walk) {
    let env = TestEnv::new();
    let check = ["issuer", "check", "--config", "issuer.toml"];
    issuer_service::configure(&env, &Web::start().url(""), 0);
    walk.run(&env, &check);

    let server = Server::start(&env.path(""), &["issuer", "serve", "--config", "issuer.toml"]);
    let url = server.url().to_owned();
    let ours = [
        "issuer",
        "shadow",
        "--config",
        "issuer.toml",
        "--ours",
        url.as_str(),
    ];
    walk.run(&env, &[&ours[..], &["--vendor", url.as_str()]].concat());
    // The other one responds to each request with 404.
    let other = Web::start().url("");
    walk.ends_with(1, &env, &[&ours[..], &["--vendor", other.as_str()]].concat());
    server.terminate();
    issuer_backups(walk, &env);
    env.write("issuer.toml", "");
    walk.ends_with(1, &env, &check);

    let schema = r#"{ "title": "Member", "attributes": [{ "name": "level", "type": "integer" }] }"#;
    env.write("member.json", schema);
    let header = "email,expiration,credentialSubject.level\n";
    env.write("members.csv", format!("{header}ada@example.com,2099-01-01,3\n"));
    let schema = ["--schema", "member", "--schema-file", "member.json"];
    let bulk = [&["issuer", "bulk", "--dry-run"], &schema[..], &["members.csv"]].concat();
    walk.run(&env, &bulk);
    env.write("members.csv", format!("{header}ada@example.com,soon,3\n"));
    walk.ends_with(1, &env, &bulk);
}

/// A backup of the database in `data`, and its restore in the folder `restored`.
fn issuer_backups(walk: &mut Walk, env: &TestEnv) {
    let config = ["--config", "issuer.toml"];
    let to = ["--no-encrypt", "--to", "issuer.backup"];
    walk.run(env, &[&["issuer", "backup"], &config[..], &to].concat());
    let toml = String::from_utf8(env.read("issuer.toml")).unwrap();
    env.write("restored.toml", toml.replace("\"data\"", "\"restored\""));
    let restore = ["issuer", "restore", "--config", "restored.toml", "issuer.backup"];
    walk.run(env, &restore);
    let revoke = ["issuer", "revoke-key", "--config", "issuer.toml", "--since"];
    let set = env
        .air(&["jwks", "export", "--key", "credentials.pem"])
        .succeeded()
        .json();
    let kid = set["keys"][0]["kid"].as_str().unwrap();
    walk.run(env, &[&revoke[..], &["2026-12-24T00:00:00Z", kid]].concat());
    let erase = ["issuer", "erase-user", "--config", "issuer.toml"];
    walk.run(
        env,
        &[&erase[..], &["--holder", "did:example:ada", "--yes"]].concat(),
    );
}

pub(super) fn sandbox_backups(walk: &mut Walk) {
    let env = TestEnv::new();
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "data"];
    Server::start(&env.path(""), &up).terminate();
    let to = ["--no-encrypt", "--to", "platform.backup"];
    walk.run(
        &env,
        &[&["sandbox", "backup", "--data", "data"], &to[..]].concat(),
    );
    let restore = ["sandbox", "restore", "--data", "restored", "platform.backup"];
    walk.run(&env, &restore);
}
