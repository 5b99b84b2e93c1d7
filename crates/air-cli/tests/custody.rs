//! Custodians through the command line: the published groups, a dealt one, and each wrong input.

use serde_json::{Value, json};

use crate::support::{self, Desk};

fn vectors() -> Vec<Value> {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../air-crypto/tests/vectors/cak-v1.json"
    );
    let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    vectors["threshold"].as_array().unwrap().clone()
}

/// The vector's group and shares as files, and its container.
fn write_vector(desk: &Desk, vector: &Value) {
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

fn write_partials(desk: &Desk, count: usize) -> Vec<String> {
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

fn open(desk: &Desk, partials: &[&str]) -> support::Run {
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
        let desk = Desk::new();
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
            .failed_with(2, "are needed");
    }
}

fn deal(desk: &Desk, more: &[&str]) -> support::Run {
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "3",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--out",
        ".",
    ];
    desk.air(&[&deal[..], more].concat())
}

/// A dealt group and a document sealed to it.
fn dealt() -> Desk {
    let desk = Desk::new();
    let key = deal(&desk, &["--json"]).succeeded().json()["publicKey"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.write("document", "the scan");
    let seal = [
        "cak",
        "seal",
        "--public-key",
        &key,
        "--managed",
        "vault",
        "--issuer",
        "did:x:i",
        "document",
        "sealed",
    ];
    desk.air(&seal).succeeded();
    desk
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
    let desk = Desk::new();
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
    open(&desk, &["partial-1.json", "wrong.json"]).failed_with(3, "custodian 2 sent a partial");
    wrong["index"] = json!(9);
    desk.write("wrong.json", wrong.to_string());
    open(&desk, &["partial-1.json", "wrong.json"]).failed_with(3, "custodian 9 is not in the group");
    wrong["index"] = json!(0);
    desk.write("wrong.json", wrong.to_string());
    open(&desk, &["partial-1.json", "wrong.json"]).failed_with(3, "numbered 1 to 255");
    open(&desk, &["partial-1.json", "partial-1.json"]).failed_with(3, "custodian 1 is there twice");
    open(&desk, &["partial-1.json"]).failed_with(3, "1 partials are too few; 2");
    open(&desk, &["partial-1.json", "absent.json"]).failed_with(1, "absent.json can't be read");
    open(&desk, &["partial-1.json", "document"]).failed_with(3, "document: this is not a partial");

    let mut group: Value = serde_json::from_slice(&desk.read("group.json")).unwrap();
    group["verifyingKeys"].as_array_mut().unwrap().swap(0, 1);
    desk.write("swapped.json", group.to_string());
    desk.air(&["custody", "verify", "--group", "swapped.json"])
        .failed_with(3, "do not belong together");
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
    run.failed_with(3, "is not this group's");
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
    .failed_with(3, "is not this group's");
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

    deal(&desk, &[]).failed_with(1, "group.json exists");
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

/// Three custodians' own keys and their `did:key`s.
fn join(desk: &Desk, curve: &str, count: usize) -> Vec<String> {
    (1..=count)
        .map(|i| {
            let out = format!("{curve}-custodian-{i}.pem");
            let join = ["custody", "join", "--curve", curve, "--out", &out, "--json"];
            let run = desk.air(&join).succeeded().json();
            run["didKey"].as_str().unwrap().to_owned()
        })
        .collect()
}

fn strs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Each custodian's end of a ceremony, in a folder of their own; all their fingerprints are one.
fn finish(desk: &Desk, curve: &str, name: &str, count: usize, dealings: &[&str]) {
    let mut fingerprints = Vec::new();
    for i in 1..=count {
        let (key, out) = (format!("{curve}-custodian-{i}.pem"), format!("{name}-{i}"));
        let ceremony = format!("{name}.json");
        let start = [
            "custody",
            "finish",
            "--ceremony",
            &ceremony,
            "--key",
            &key,
            "--out",
            &out,
        ];
        let run = desk
            .air(&[&start[..], &["--json", "--dealing"], dealings].concat())
            .succeeded()
            .json();
        assert_eq!(run["index"], i);
        fingerprints.push(run["fingerprint"].as_str().unwrap().to_owned());
    }
    fingerprints.dedup();
    assert_eq!(fingerprints.len(), 1);
}

/// Opens `sealed` with the shares of some custodians of a ceremony.
fn open_with(desk: &Desk, name: &str, custodians: &[usize]) -> support::Run {
    let group = format!("{name}-1/group.json");
    let mut open = vec![
        "custody".to_owned(),
        "open".into(),
        "--group".into(),
        group.clone(),
    ];
    for i in custodians {
        let share = format!("{name}-{i}/share-{i}.json");
        let partial = [
            "custody", "partial", "--share", &share, "--group", &group, "sealed",
        ];
        let file = format!("{name}-partial-{i}.json");
        desk.write(&file, desk.air(&partial).succeeded().stdout);
        open.extend(["--partial".into(), file]);
    }
    open.extend(["sealed".into(), "-".into()]);
    desk.air(&strs(&open))
}

/// Calls for a ceremony, and gives its fingerprint.
fn called(desk: &Desk, call: &[&str], file: &str, custodians: &[&str]) -> String {
    let arguments = [
        &["custody"],
        call,
        &["--out", file, "--json", "--custodian"],
        custodians,
    ];
    let called = desk.air(&arguments.concat()).succeeded().json();
    called["fingerprint"].as_str().unwrap().to_owned()
}

/// Calls for a ceremony, has some dealers contribute, and everyone finish.
fn hold(
    desk: &Desk,
    curve: &str,
    name: &str,
    call: &[&str],
    custodians: &[&str],
    dealers: &[(&str, String)],
) {
    let ceremony = format!("{name}.json");
    let fingerprint = called(desk, call, &ceremony, custodians);
    let mut dealings = Vec::new();
    for (place, (kind, file)) in dealers.iter().enumerate() {
        let out = format!("{name}-dealing-{place}.json");
        let mut arguments = vec!["custody", "contribute", "--ceremony", &ceremony, kind, file];
        let own_group = file
            .rsplit_once('/')
            .map(|(folder, _)| format!("{folder}/group.json"));
        if let Some(group) = own_group.as_ref().filter(|_| *kind == "--share") {
            arguments.extend(["--group", group]);
        }
        arguments.extend(["--ceremony-id", &fingerprint, "--out", &out]);
        desk.air(&arguments).succeeded();
        dealings.push(out);
    }
    finish(desk, curve, name, custodians.len(), &strs(&dealings));
}

#[test]
fn a_key_is_made_without_a_dealer_renewed_and_moved() {
    for curve in ["secp256r1", "secp256k1"] {
        let desk = Desk::new();
        let custodians = join(&desk, curve, 4);
        let (three, four) = (strs(&custodians[..3]), strs(&custodians));
        let call = [
            "dkg",
            "--threshold",
            "2",
            "--issuer",
            "did:x:i",
            "--key-id",
            "vault",
            "--curve",
            curve,
        ];
        let own = [1, 2, 3].map(|i| ("--key", format!("{curve}-custodian-{i}.pem")));
        hold(&desk, curve, "made", &call, &three, &own);

        let group: Value = serde_json::from_slice(&desk.read("made-1/group.json")).unwrap();
        let key = group["publicKey"].as_str().unwrap().to_owned();
        let seal = ["cak", "seal", "--curve", curve, "--public-key", &key];
        let context = ["--managed", "vault", "--issuer", "did:x:i", "-", "sealed"];
        desk.air_with(&[&seal[..], &context].concat(), "the scan")
            .succeeded();
        assert_eq!(open_with(&desk, "made", &[1, 3]).succeeded().stdout, b"the scan");

        // Custodian 2 lost their share: the other two renew everyone's.
        let call = ["refresh", "--group", "made-1/group.json"];
        let two = [3, 1].map(|i| ("--share", format!("made-{i}/share-{i}.json")));
        hold(&desk, curve, "renewed", &call, &three, &two);
        assert_eq!(
            open_with(&desk, "renewed", &[2, 3]).succeeded().stdout,
            b"the scan"
        );
        let partial = ["custody", "partial", "--share", "made-1/share-1.json", "--group"];
        desk.air(&[&partial[..], &["renewed-1/group.json", "sealed"]].concat())
            .failed_with(3, "is not this group's");

        // To four custodians, any three of whom open.
        let call = ["reshare", "--group", "renewed-2/group.json", "--threshold", "3"];
        let two = [2, 3].map(|i| ("--share", format!("renewed-{i}/share-{i}.json")));
        hold(&desk, curve, "moved", &call, &four, &two);
        assert_eq!(
            open_with(&desk, "moved", &[4, 1, 2]).succeeded().stdout,
            b"the scan"
        );
        open_with(&desk, "moved", &[4, 1]).failed_with(3, "3 custodians have to answer");
    }
}

#[test]
fn a_ceremony_names_who_cheats_and_what_is_missing() {
    let desk = Desk::new();
    let custodians = join(&desk, "secp256r1", 2);
    let start = ["custody", "dkg", "--issuer", "did:x:i", "--key-id", "vault"];
    let call = [&start[1..], &["--threshold", "2"]].concat();
    let fingerprint = called(&desk, &call, "made.json", &strs(&custodians));
    for i in ["1", "2"] {
        let (key, out) = (
            format!("secp256r1-custodian-{i}.pem"),
            format!("dealing-{i}.json"),
        );
        desk.air(&[
            "custody",
            "contribute",
            "--ceremony",
            "made.json",
            "--key",
            &key,
            "--ceremony-id",
            &fingerprint,
            "--out",
            &out,
        ])
        .succeeded();
    }
    let finish = |key: &str, dealings: &[&str]| {
        let start = [
            "custody",
            "finish",
            "--ceremony",
            "made.json",
            "--out",
            "out",
            "--key",
            key,
            "--dealing",
        ];
        desk.air(&[&start[..], dealings].concat())
    };
    let key = "secp256r1-custodian-1.pem";
    finish(key, &["dealing-1.json"]).failed_with(3, "this ceremony takes 2");
    finish(key, &["dealing-1.json", "dealing-1.json"]).failed_with(3, "custodian 1 is there twice");
    let mut spoiled: Value = serde_json::from_slice(&desk.read("dealing-2.json")).unwrap();
    spoiled["sealed"][0] = spoiled["sealed"][1].clone();
    desk.write("spoiled.json", spoiled.to_string());
    finish(key, &["dealing-1.json", "spoiled.json"])
        .failed_with(3, "custodian 2 sent a dealing that contradicts itself");
    finish(key, &["dealing-1.json", "made.json"]).failed_with(3, "made.json: this is not a dealing");
    join(&desk, "secp256k1", 1);
    finish("secp256k1-custodian-1.pem", &["dealing-1.json", "dealing-2.json"])
        .failed_with(3, "use the same curve");
    desk.air(&["custody", "join", "--out", "stranger.pem"])
        .succeeded();
    finish("stranger.pem", &["dealing-1.json", "dealing-2.json"])
        .failed_with(3, "none of the ceremony's custodians");
    assert!(!desk.names().contains(&"out".to_owned()));
    finish(key, &["dealing-1.json", "dealing-2.json"]).succeeded();
    finish(key, &["dealing-1.json", "dealing-2.json"]).failed_with(1, "exists");

    desk.air(&["custody", "join", "--out", key])
        .failed_with(1, "never overwritten");
    let share = [
        "custody",
        "contribute",
        "--ceremony",
        "made.json",
        "--share",
        "out/share-1.json",
        "--group",
        "out/group.json",
    ];
    desk.air(&share).failed_with(2, "no share is there yet");
    let five = [&["--threshold", "5", "--custodian"][..], &strs(&custodians)].concat();
    desk.air(&[&start[..], &five].concat())
        .failed_with(2, "5 of 2 custodians");
    let bad = [
        "--threshold",
        "2",
        "--custodian",
        &custodians[0],
        "did:key:zDnaNone",
    ];
    desk.air(&[&start[..], &bad].concat())
        .failed_with(3, "custodian 2: public key");
}

/// A coordinator who has the public group file writes a reshare to keys of its own.
#[test]
fn a_hostile_coordinator_gets_no_share_for_keys_that_were_not_agreed_on() {
    let desk = dealt();
    let agreed_keys = join(&desk, "secp256r1", 3);
    let hostile_keys = [1, 2].map(|i| {
        let out = format!("hostile-{i}.pem");
        let run = desk
            .air(&["custody", "join", "--out", &out, "--json"])
            .succeeded();
        run.json()["didKey"].as_str().unwrap().to_owned()
    });
    let call = ["reshare", "--group", "group.json", "--threshold", "2"];
    let agreed = called(&desk, &call, "agreed.json", &strs(&agreed_keys));
    let hostile = called(&desk, &call, "hostile.json", &strs(&hostile_keys));
    assert_ne!(agreed, hostile);

    let contribute = |ceremony: &str, more: &[&str]| {
        let start = [
            "custody",
            "contribute",
            "--ceremony",
            ceremony,
            "--share",
            "share-1.json",
            "--out",
            "dealing.json",
        ];
        desk.air(&[&start[..], more].concat())
    };
    // The command of old names no group of the custodian's own.
    contribute("hostile.json", &[]).failed_with(2, "--group");
    let own = ["--group", "group.json"];
    let unconfirmed = contribute("hostile.json", &own);
    unconfirmed.failed_with(2, "--ceremony-id FINGERPRINT");
    let group: Value = serde_json::from_slice(&desk.read("group.json")).unwrap();
    for shown in [
        group["publicKey"].as_str().unwrap(),
        "2 of 2 custodians",
        &hostile_keys[0],
        &hostile_keys[1],
        &hostile,
    ] {
        assert!(
            unconfirmed.stderr.contains(shown),
            "{shown}: {}",
            unconfirmed.stderr
        );
    }
    contribute("hostile.json", &[&own[..], &["--ceremony-id", &agreed]].concat())
        .failed_with(3, "its fingerprint is another");
    contribute(
        "hostile.json",
        &[&own[..], &["--ceremony-id", &hostile[..16]]].concat(),
    )
    .failed_with(2, "64 hexadecimal digits");
    // Nobody answers for a custodian: stdin is no terminal.
    let start = [
        "custody",
        "contribute",
        "--ceremony",
        "hostile.json",
        "--share",
        "share-1.json",
    ];
    desk.air_with(&[&start[..], &own].concat(), "y\n")
        .failed_with(2, "a terminal to ask on");

    // A ceremony around a group that the coordinator made, under the same name.
    desk.air(&[
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "3",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--out",
        "other",
    ])
    .succeeded();
    let call = ["reshare", "--group", "other/group.json", "--threshold", "2"];
    let foreign = called(&desk, &call, "foreign.json", &strs(&hostile_keys));
    contribute("foreign.json", &[&own[..], &["--ceremony-id", &foreign]].concat())
        .failed_with(3, "the key of another group");
    assert!(!desk.names().contains(&"dealing.json".to_owned()));

    let spaced: Vec<String> = agreed
        .to_uppercase()
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8(four.to_vec()).unwrap())
        .collect();
    contribute(
        "agreed.json",
        &[&own[..], &["--ceremony-id", &spaced.join(" ")]].concat(),
    )
    .succeeded();
    desk.read("dealing.json");
}

#[test]
fn a_part_of_a_new_key_needs_the_custodians_agreement_too() {
    let desk = Desk::new();
    let custodians = join(&desk, "secp256r1", 2);
    let call = [
        "dkg",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--threshold",
        "2",
    ];
    let fingerprint = called(&desk, &call, "made.json", &strs(&custodians));
    let contribute = [
        "custody",
        "contribute",
        "--ceremony",
        "made.json",
        "--key",
        "secp256r1-custodian-1.pem",
    ];
    let run = desk.air(&contribute);
    run.failed_with(2, "the custodian's agreement is needed");
    assert!(run.stdout.is_empty());
    assert!(
        run.stderr.contains(&fingerprint) && run.stderr.contains(&custodians[1]),
        "{}",
        run.stderr
    );
    let other = "0".repeat(64);
    desk.air(&[&contribute[..], &["--ceremony-id", &other]].concat())
        .failed_with(3, "its fingerprint is another");
    desk.air(&[&contribute[..], &["--ceremony-id", &fingerprint]].concat())
        .succeeded();
}

#[cfg(unix)]
#[test]
fn at_a_terminal_a_custodian_is_asked() {
    use rexpect::{process::WaitStatus, spawn_with_options};

    let desk = Desk::new();
    let custodians = join(&desk, "secp256r1", 2);
    let call = [
        "dkg",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--threshold",
        "2",
    ];
    let fingerprint = called(&desk, &call, "made.json", &strs(&custodians));
    for (answer, code) in [("", 1), ("n", 1), ("y", 0)] {
        let mut command = std::process::Command::new(support::binary());
        command
            .args(["custody", "contribute", "--ceremony", "made.json"])
            .args(["--key", "secp256r1-custodian-1.pem", "--out", "dealing.json"])
            .current_dir(desk.path(""));
        let options = rexpect::reader::Options::new().timeout_ms(Some(60_000));
        let mut session = spawn_with_options(command, options).unwrap();
        session.exp_string(&fingerprint).unwrap();
        session.exp_string("[y/N]").unwrap();
        session.send_line(answer).unwrap();
        session.exp_eof().unwrap();
        let status = session.process().wait().unwrap();
        assert!(
            matches!(status, WaitStatus::Exited(_, ended) if ended == code),
            "{answer}: {status:?}"
        );
        assert_eq!(desk.names().contains(&"dealing.json".to_owned()), code == 0);
    }
}
