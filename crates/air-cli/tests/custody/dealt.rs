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
fn write_vector(desk: &TestEnv, vector: &Value) {
    let shares = vector["shares"].as_array().unwrap();
    let keys: Vec<&Value> = shares.iter().map(|share| &share["verifyingKey"]).collect();
    let group = json!({
        "curve": vector["curve"], "issuer": vector["issuer"], "keyId": vector["keyId"],
        "threshold": vector["threshold"], "shares": shares.len(), "publicKey": vector["publicKey"],
        "verifyingKeys": keys,
    });
    desk.write("group.json", group.to_string());
    for share in shares {
        let file = json!({
            "curve": vector["curve"], "issuer": vector["issuer"], "keyId": vector["keyId"],
            "index": share["index"], "share": share["share"],
        });
        desk.write(&format!("share-{}.json", share["index"]), file.to_string());
    }
    desk.write("sealed", hex::decode(vector["sealed"].as_str().unwrap()).unwrap());
}

fn write_partials(desk: &TestEnv, count: usize) -> Vec<String> {
    (1..=count)
        .map(|index| {
            let share = format!("share-{index}.json");
            let run = desk.air(&[
                "custody",
                "partial",
                "--share",
                &share,
                "--group",
                "group.json",
                "sealed",
            ]);
            let name = format!("partial-{index}.json");
            desk.write(&name, run.succeeded().stdout);
            name
        })
        .collect()
}

fn open(desk: &TestEnv, partials: &[&str]) -> support::Run {
    let mut arguments = vec!["custody", "open", "--group", "group.json"];
    for partial in partials {
        arguments.extend(["--partial", partial]);
    }
    arguments.extend(["--force", "sealed", "opened"]);
    desk.air(&arguments)
}

#[test]
fn opens_every_published_container() {
    for (case, vector) in vectors().iter().enumerate() {
        let desk = TestEnv::new();
        write_vector(&desk, vector);
        let shares = vector["shares"].as_array().unwrap();
        let partials = write_partials(&desk, shares.len());
        for (name, share) in partials.iter().zip(shares) {
            let partial: Value = serde_json::from_slice(&desk.read(name)).unwrap();
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
        open(&desk, &last).succeeded();
        assert_eq!(
            hex::encode(desk.read("opened")),
            vector["plaintext"].as_str().unwrap(),
            "threshold {case}"
        );
        open(&desk, &last[1..]).failed_with(3, "too few");

        // The files before the option, and several partials after one.
        let start = ["custody", "open", "--group", "group.json"];
        desk.air(&[&start[..], &["sealed", "again", "--partial"], &last].concat())
            .succeeded();
        assert_eq!(desk.read("again"), desk.read("opened"));
        let run = desk
            .air(&[&start[..], &["--partial"], &last, &["sealed", "-"]].concat())
            .succeeded();
        assert_eq!(run.stdout, desk.read("opened"));
        desk.air(&[&start[..], &["--partial"], &last[..1], &["sealed"]].concat())
            .failed_with(2, "missing arguments");
    }
}

#[test]
fn a_dealt_group_opens_what_is_sealed_to_it() {
    let desk = dealt();
    write_partials(&desk, 3);
    for pair in [[1, 2], [1, 3], [2, 3]] {
        let names = pair.map(|index| format!("partial-{index}.json"));
        open(&desk, &names.each_ref().map(String::as_str)).succeeded();
        assert_eq!(desk.read("opened"), b"the scan");
    }
    let verify = ["custody", "verify", "--group", "group.json"];
    desk.air(&[&verify[..], &["--share", "share-3.json"]].concat())
        .succeeded();
    let partials = [
        "--partial",
        "partial-1.json",
        "partial-2.json",
        "--container",
        "sealed",
    ];
    desk.air(&[&verify[..], &partials].concat()).succeeded();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |name: &str| std::fs::metadata(desk.path(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode("share-1.json"), 0o600);
    }
}

#[test]
fn a_given_key_is_shared_and_opens_alone_too() {
    let desk = TestEnv::new();
    desk.write("key", "11".repeat(32));
    for curve in ["secp256r1", "secp256k1"] {
        let out = format!("group-{curve}");
        let run = desk.air(&[
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
        desk.air_with(&[&seal[..], &context, &["--force", "-", "sealed"]].concat(), "x")
            .succeeded();
        let open = ["cak", "open", "--private-key-file", "key"];
        assert_eq!(
            desk.air(&[&open[..], &context, &["sealed", "-"]].concat())
                .succeeded()
                .stdout,
            b"x"
        );
    }
}

#[test]
fn each_wrong_input_is_named_and_nothing_is_written() {
    let desk = dealt();
    write_partials(&desk, 3);
    // A partial of another custodian under this one's number.
    let mut wrong: Value = serde_json::from_slice(&desk.read("partial-3.json")).unwrap();
    wrong["index"] = json!(2);
    desk.write("wrong.json", wrong.to_string());
    open(&desk, &["partial-1.json", "wrong.json"]).failed_with(
        3,
        "custodian 2's partial is for another container, or was changed",
    );
    wrong["index"] = json!(9);
    desk.write("wrong.json", wrong.to_string());
    open(&desk, &["partial-1.json", "wrong.json"]).failed_with(3, "custodian 9 is not in the group");
    wrong["index"] = json!(0);
    desk.write("wrong.json", wrong.to_string());
    open(&desk, &["partial-1.json", "wrong.json"]).failed_with(3, "must be between 1 and 255");
    open(&desk, &["partial-1.json", "partial-1.json"]).failed_with(3, "two partials of custodian 1");
    open(&desk, &["partial-1.json"]).failed_with(3, "too few partials: 1 of 2");
    open(&desk, &["partial-1.json", "absent.json"]).failed_with(1, "failed to read absent.json");
    open(&desk, &["partial-1.json", "document"]).failed_with(3, "document: this is not a partial");

    let mut group: Value = serde_json::from_slice(&desk.read("group.json")).unwrap();
    group["verifyingKeys"].as_array_mut().unwrap().swap(0, 1);
    desk.write("swapped.json", group.to_string());
    desk.air(&["custody", "verify", "--group", "swapped.json"])
        .failed_with(3, "are inconsistent");
    let share = desk.read("share-1.json");
    let mut other: Value = serde_json::from_slice(&share).unwrap();
    other["share"] = json!("22".repeat(32));
    desk.write("share-x.json", other.to_string());
    let run = desk.air(&[
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
    desk.write("share-x.json", other.to_string());
    desk.air(&[
        "custody",
        "partial",
        "--share",
        "share-x.json",
        "--group",
        "group.json",
        "sealed",
    ])
    .failed_with(3, "does not belong to this group");
    desk.write("share-x.json", "{\"share\": \"2222\", \"index\": \"3333\"}");
    let run = desk.air(&[
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
    assert!(!desk.names().contains(&"opened".to_owned()));

    deal(&desk, &[]).failed_with(1, "group.json already exists");
    assert_eq!(desk.read("share-1.json"), share);
    let deal = [
        "custody", "deal", "--issuer", "i", "--key-id", "k", "--out", "new",
    ];
    for (threshold, shares) in [("1", "3"), ("4", "3"), ("2", "1"), ("2", "256")] {
        let limits = ["--threshold", threshold, "--shares", shares];
        assert_eq!(
            desk.air(&[&deal[..], &limits].concat()).code,
            2,
            "{threshold} of {shares}"
        );
    }
    assert!(!desk.names().contains(&"new".to_owned()));
}

#[test]
fn a_partial_for_another_container_says_so() {
    let desk = dealt();
    write_partials(&desk, 2);
    desk.write("document", "another scan");
    let seal = ["cak", "seal", "--group", "group.json", "document", "other"];
    desk.air(&seal).succeeded();
    let open = ["custody", "open", "--group", "group.json", "--partial"];
    let run = desk.air(&[&open[..], &["partial-1.json", "partial-2.json", "other", "-"]].concat());
    run.failed_with(3, "custodian 1's partial is for another container");
    run.failed_with(3, "ask for a partial for this container");
}

#[test]
fn without_an_output_the_sealed_file_is_not_taken_for_it() {
    let desk = dealt();
    write_partials(&desk, 2);
    let open = ["custody", "open", "--group", "group.json"];
    for more in [&[][..], &["--force"]] {
        let partials = ["--partial", "partial-1.json", "partial-2.json", "sealed"];
        let run = desk.air(&[&open[..], more, &partials].concat());
        run.failed_with(2, "missing OUT: partial-2.json is a partial");
        run.failed_with(2, "partial-3.json IN OUT");
        assert!(!run.stderr.contains("--force replaces"), "{}", run.stderr);
    }
    let sealed = desk.read("sealed");
    desk.air(&[&open[..], &["--partial", "partial-1.json", "sealed"]].concat())
        .failed_with(2, "IN OUT");
    assert_eq!(desk.read("sealed"), sealed);
}
