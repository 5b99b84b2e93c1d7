//! Groups of a dealer: the published ones, a dealt one, and each wrong input.

use serde_json::{Value, json};

use super::{deal, dealt};
use crate::support::{self, TestEnv};

fn vectors() -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../air-crypto/tests/vectors/cak-v1.json"
    );
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    vectors["threshold"].as_array().unwrap().clone()
}

/// The vector's group and shares as files, and its container.
fn write_vector(env: &TestEnv, vector: &Value) {
    let shares = vector["shares"].as_array().unwrap();
    let keys: Vec<&Value> = shares.iter().map(|share| &share["verifyingKey"]).collect();
    let group = json!({
        "curve": vector["curve"], "issuer": vector["issuer"], "keyId": vector["keyId"],
        "threshold": vector["threshold"], "shares": shares.len(), "publicKey": vector["publicKey"],
        "verifyingKeys": keys,
    });
    env.write("group.json", group.to_string());
    for share in shares {
        let file = json!({
            "curve": vector["curve"], "issuer": vector["issuer"], "keyId": vector["keyId"],
            "index": share["index"], "share": share["share"],
        });
        env.write(&format!("share-{}.json", share["index"]), file.to_string());
    }
    env.write("sealed", hex::decode(vector["sealed"].as_str().unwrap()).unwrap());
}

fn write_partials(env: &TestEnv, count: usize) -> Vec<String> {
    (1..=count)
        .map(|index| {
            let share = format!("share-{index}.json");
            let run = env.air(&[
                "custody",
                "partial",
                "--share",
                &share,
                "--group",
                "group.json",
                "sealed",
            ]);
            let name = format!("partial-{index}.json");
            env.write(&name, run.succeeded().stdout);
            name
        })
        .collect()
}

fn open(env: &TestEnv, partials: &[&str]) -> support::Run {
    let mut arguments = vec!["custody", "open", "--group", "group.json"];
    for partial in partials {
        arguments.extend(["--partial", partial]);
    }
    arguments.extend(["--force", "sealed", "opened"]);
    env.air(&arguments)
}

#[test]
fn opens_every_published_container() {
    for (case, vector) in vectors().iter().enumerate() {
        let env = TestEnv::new();
        write_vector(&env, vector);
        let shares = vector["shares"].as_array().unwrap();
        let partials = write_partials(&env, shares.len());
        for (name, share) in partials.iter().zip(shares) {
            let partial: Value = serde_json::from_slice(&env.read(name)).unwrap();
            assert_eq!(partial["partial"], share["partial"], "threshold {case}");
            assert_eq!(partial["proof"].as_str().unwrap().len(), 128);
        }
        let threshold = usize::try_from(vector["threshold"].as_u64().unwrap()).unwrap();
        let last: Vec<&str> = partials
            .iter()
            .rev()
            .take(threshold)
            .map(String::as_str)
            .collect();
        open(&env, &last).succeeded();
        assert_eq!(
            hex::encode(env.read("opened")),
            vector["plaintext"].as_str().unwrap(),
            "threshold {case}"
        );
        open(&env, &last[1..]).failed_with(3, "too few");

        // The files before the option, and several partials after one.
        let start = ["custody", "open", "--group", "group.json"];
        env.air(&[&start[..], &["sealed", "again", "--partial"], &last].concat())
            .succeeded();
        assert_eq!(env.read("again"), env.read("opened"));
        let run = env
            .air(&[&start[..], &["--partial"], &last, &["sealed", "-"]].concat())
            .succeeded();
        assert_eq!(run.stdout, env.read("opened"));
        env.air(&[&start[..], &["--partial"], &last[..1], &["sealed"]].concat())
            .failed_with(2, "missing arguments");
    }
}

#[test]
fn a_dealt_group_opens_what_is_sealed_to_it() {
    let env = dealt();
    write_partials(&env, 3);
    for pair in [[1, 2], [1, 3], [2, 3]] {
        let names = pair.map(|index| format!("partial-{index}.json"));
        open(&env, &names.each_ref().map(String::as_str)).succeeded();
        assert_eq!(env.read("opened"), b"the scan");
    }
    let verify = ["custody", "verify", "--group", "group.json"];
    env.air(&[&verify[..], &["--share", "share-3.json"]].concat())
        .succeeded();
    let partials = [
        "--partial",
        "partial-1.json",
        "partial-2.json",
        "--container",
        "sealed",
    ];
    env.air(&[&verify[..], &partials].concat()).succeeded();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(env.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("share-1.json"), 0o600);
    }
}

#[test]
fn a_given_key_is_shared_and_opens_alone_too() {
    let env = TestEnv::new();
    env.write("key", "11".repeat(32));
    for curve in ["secp256r1", "secp256k1"] {
        let out = format!("group-{curve}");
        let run = env.air(&[
            "custody",
            "deal",
            "--threshold",
            "2",
            "--shares",
            "2",
            "--issuer",
            "did:x:i",
            "--key-id",
            "vault",
            "--curve",
            curve,
            "--private-key-file",
            "key",
            "--out",
            &out,
            "--json",
        ]);
        let key = run.succeeded().json()["publicKey"].as_str().unwrap().to_owned();
        let context = ["--managed", "vault", "--issuer", "did:x:i"];
        let seal = ["cak", "seal", "--curve", curve, "--public-key", &key];
        env.air_with(&[&seal[..], &context, &["--force", "-", "sealed"]].concat(), "x")
            .succeeded();
        let open = ["cak", "open", "--private-key-file", "key"];
        assert_eq!(
            env.air(&[&open[..], &context, &["sealed", "-"]].concat())
                .succeeded()
                .stdout,
            b"x"
        );
    }
}

#[test]
fn each_wrong_input_is_named_and_nothing_is_written() {
    let env = dealt();
    write_partials(&env, 3);
    // A partial of another custodian under this one's number.
    let mut wrong: Value = serde_json::from_slice(&env.read("partial-3.json")).unwrap();
    wrong["index"] = json!(2);
    env.write("wrong.json", wrong.to_string());
    open(&env, &["partial-1.json", "wrong.json"]).failed_with(
        3,
        "custodian 2's partial is for another container, or was changed",
    );
    wrong["index"] = json!(9);
    env.write("wrong.json", wrong.to_string());
    open(&env, &["partial-1.json", "wrong.json"]).failed_with(3, "custodian 9 is not in the group");
    wrong["index"] = json!(0);
    env.write("wrong.json", wrong.to_string());
    open(&env, &["partial-1.json", "wrong.json"]).failed_with(3, "must be between 1 and 255");
    open(&env, &["partial-1.json", "partial-1.json"]).failed_with(3, "two partials of custodian 1");
    open(&env, &["partial-1.json"]).failed_with(3, "too few partials: 1 of 2");
    open(&env, &["partial-1.json", "absent.json"]).failed_with(1, "failed to read absent.json");
    open(&env, &["partial-1.json", "document"]).failed_with(3, "document: this is not a partial");

    let mut group: Value = serde_json::from_slice(&env.read("group.json")).unwrap();
    group["verifyingKeys"].as_array_mut().unwrap().swap(0, 1);
    env.write("swapped.json", group.to_string());
    env.air(&["custody", "verify", "--group", "swapped.json"])
        .failed_with(3, "are inconsistent");
    let share = env.read("share-1.json");
    let mut other: Value = serde_json::from_slice(&share).unwrap();
    other["share"] = json!("22".repeat(32));
    env.write("share-x.json", other.to_string());
    let run = env.air(&[
        "custody",
        "partial",
        "--share",
        "share-x.json",
        "--group",
        "group.json",
        "sealed",
    ]);
    run.failed_with(3, "does not belong to this group");
    assert!(!run.stderr.contains("2222"));
    other["keyId"] = json!("other");
    env.write("share-x.json", other.to_string());
    env.air(&[
        "custody",
        "partial",
        "--share",
        "share-x.json",
        "--group",
        "group.json",
        "sealed",
    ])
    .failed_with(3, "does not belong to this group");
    env.write("share-x.json", "{\"share\": \"2222\", \"index\": \"3333\"}");
    let run = env.air(&[
        "custody",
        "partial",
        "--share",
        "share-x.json",
        "--group",
        "group.json",
        "sealed",
    ]);
    run.failed_with(3, "this is not a share file");
    assert!(
        !run.stderr.contains("2222") && !run.stderr.contains("3333"),
        "{}",
        run.stderr
    );
    assert!(!env.names().contains(&"opened".to_owned()));

    deal(&env, &[]).failed_with(1, "group.json already exists");
    assert_eq!(env.read("share-1.json"), share);
    let deal = [
        "custody", "deal", "--issuer", "i", "--key-id", "k", "--out", "new",
    ];
    for (threshold, shares) in [("1", "3"), ("4", "3"), ("2", "1"), ("2", "256")] {
        let limits = ["--threshold", threshold, "--shares", shares];
        assert_eq!(
            env.air(&[&deal[..], &limits].concat()).code,
            2,
            "{threshold} of {shares}"
        );
    }
    assert!(!env.names().contains(&"new".to_owned()));
}

#[test]
fn a_partial_for_another_container_says_so() {
    let env = dealt();
    write_partials(&env, 2);
    env.write("document", "another scan");
    let seal = ["cak", "seal", "--group", "group.json", "document", "other"];
    env.air(&seal).succeeded();
    let open = ["custody", "open", "--group", "group.json", "--partial"];
    let run = env.air(&[&open[..], &["partial-1.json", "partial-2.json", "other", "-"]].concat());
    run.failed_with(3, "custodian 1's partial is for another container");
    run.failed_with(3, "ask for a partial for this container");
}

#[test]
fn without_an_output_the_sealed_file_is_not_taken_for_it() {
    let env = dealt();
    write_partials(&env, 2);
    let open = ["custody", "open", "--group", "group.json"];
    for more in [&[][..], &["--force"]] {
        let partials = ["--partial", "partial-1.json", "partial-2.json", "sealed"];
        let run = env.air(&[&open[..], more, &partials].concat());
        run.failed_with(2, "missing OUT: partial-2.json is a partial");
        run.failed_with(2, "partial-3.json IN OUT");
        assert!(!run.stderr.contains("--force replaces"), "{}", run.stderr);
    }
    let sealed = env.read("sealed");
    env.air(&[&open[..], &["--partial", "partial-1.json", "sealed"]].concat())
        .failed_with(2, "IN OUT");
    assert_eq!(env.read("sealed"), sealed);
}
