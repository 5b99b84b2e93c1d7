//! Runs the benchmarks on both backends and in Node, and updates their ratios in the book.

mod post_quantum;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    book::{PERFORMANCE, Part},
    build::target,
    peers,
    shell::{Outcome, cargo, program, root, say},
};

const FIGURES: Part = Part {
    page: PERFORMANCE,
    begin: "<!-- figures: `cargo xtask bench` writes what follows -->",
    end: "<!-- end of figures -->",
};

/// A comparison: our job, its peer, and the maximum ratio.
struct Row {
    job: &'static str,
    ours: Figure,
    against: &'static str,
    peer: Figure,
    bound: Option<f64>,
}

/// The source of a median.
#[derive(Clone, Copy)]
enum Figure {
    /// A criterion bench, `group/function`, of the native build.
    Native(&'static str),
    /// The same, of the portable build.
    Portable(&'static str),
    Node(&'static str),
}

use Figure::{Native, Node, Portable};

const ROWS: &[Row] = &[
    row(
        "derive, seed root, secp256r1",
        Native("derive-seed-secp256r1/air-crypto"),
        "HKDF and AWS-LC by hand",
        Native("derive-seed-secp256r1/by-hand"),
        Some(1.15),
    ),
    row(
        "derive, wallet root, secp256k1",
        Native("derive-wallet-secp256k1/air-crypto"),
        "Keccak, libsecp256k1, HKDF by hand",
        Native("derive-wallet-secp256k1/by-hand"),
        Some(1.15),
    ),
    row(
        "derive_many, 10,000 contexts, two threads",
        Native("derive-many-10000/threads-2"),
        "one thread",
        Native("derive-many-10000/threads-1"),
        Some(0.55),
    ),
    row(
        "seal 1 KiB, secp256r1",
        Native("seal-1KiB/air-crypto"),
        "AWS-LC by hand: keys, ECDH, HKDF, AES",
        Native("seal-1KiB/by-hand"),
        Some(1.20),
    ),
    row(
        "seal 1 KiB, secp256r1",
        Native("seal-1KiB/air-crypto"),
        "the `hpke` crate",
        Native("seal-1KiB/hpke"),
        Some(0.40),
    ),
    row(
        "seal 1 MiB, secp256r1",
        Native("seal-1MiB/air-crypto"),
        "the `hpke` crate",
        Native("seal-1MiB/hpke"),
        None,
    ),
    row(
        "open 1 KiB, secp256r1",
        Native("open-1KiB/air-crypto"),
        "the `hpke` crate",
        Native("open-1KiB/hpke"),
        None,
    ),
    row(
        "open 1 MiB, secp256r1",
        Native("open-1MiB/air-crypto"),
        "the `hpke` crate",
        Native("open-1MiB/hpke"),
        None,
    ),
    row(
        "derive, seed root, secp256r1",
        Native("derive-seed-secp256r1/air-crypto"),
        "Node's `crypto`",
        Node("derive-seed-secp256r1"),
        Some(0.5),
    ),
    row(
        "derive, seed root, secp256k1",
        Native("derive-seed-secp256k1/air-crypto"),
        "Node's `crypto`",
        Node("derive-seed-secp256k1"),
        Some(0.15),
    ),
    row(
        "seal 1 KiB, secp256r1",
        Native("seal-1KiB/air-crypto"),
        "Node's `crypto`",
        Node("seal-1KiB"),
        Some(0.4),
    ),
    row(
        "sign a Partner JWT, ES256",
        Native("token-sign-es256/air-jwt"),
        "AWS-LC's signature alone",
        Native("token-sign-es256/raw"),
        Some(1.15),
    ),
    row(
        "sign a Partner JWT, ES256",
        Native("token-sign-es256/air-jwt"),
        "the `jsonwebtoken` crate",
        Native("token-sign-es256/jsonwebtoken"),
        None,
    ),
    row(
        "sign a Partner JWT, ES256",
        Native("token-sign-es256/air-jwt"),
        "`jose` in Node",
        Node("token-sign-es256"),
        Some(0.15),
    ),
    row(
        "AWS-LC's ES256 signature alone",
        Native("token-sign-es256/raw"),
        "`jose` in Node",
        Node("token-sign-es256"),
        None,
    ),
    row(
        "sign a Partner JWT, RS256",
        Native("token-sign-rs256/air-jwt"),
        "the `jsonwebtoken` crate",
        Native("token-sign-rs256/jsonwebtoken"),
        None,
    ),
    row(
        "sign a Partner JWT, RS256",
        Native("token-sign-rs256/air-jwt"),
        "`jose` in Node",
        Node("token-sign-rs256"),
        None,
    ),
    row(
        "verify a Partner JWT, ES256",
        Native("token-verify-es256/air-jwt"),
        "the `jsonwebtoken` crate",
        Native("token-verify-es256/jsonwebtoken"),
        None,
    ),
    row(
        "verify a Partner JWT, ES256",
        Native("token-verify-es256/air-jwt"),
        "`jose` in Node",
        Node("token-verify-es256"),
        None,
    ),
    row(
        "verify a Partner JWT, RS256",
        Native("token-verify-rs256/air-jwt"),
        "the `jsonwebtoken` crate",
        Native("token-verify-rs256/jsonwebtoken"),
        None,
    ),
    row(
        "verify a Partner JWT, RS256",
        Native("token-verify-rs256/air-jwt"),
        "`jose` in Node",
        Node("token-verify-rs256"),
        None,
    ),
    row(
        "validate a subject of 12 attributes",
        Native("schema-validate/air-schema"),
        "`ajv`, compiled, in Node",
        Node("schema-validate"),
        Some(1.0),
    ),
    row(
        "validate a subject of 12 attributes",
        Native("schema-validate/air-schema"),
        "the bare `jsonschema` crate",
        Native("schema-validate/jsonschema"),
        Some(1.2),
    ),
    row(
        "compile its schema",
        Native("schema-compile/air-schema"),
        "the bare `jsonschema` crate",
        Native("schema-compile/jsonschema"),
        None,
    ),
    row(
        "issue an SD-JWT VC of 12 claims",
        Native("credential-issue/air-vc"),
        "`@sd-jwt/sd-jwt-vc` in Node",
        Node("credential-issue"),
        Some(0.10),
    ),
    row(
        "verify it",
        Native("credential-verify/air-vc"),
        "`@sd-jwt/sd-jwt-vc` in Node",
        Node("credential-verify"),
        Some(0.15),
    ),
    row(
        "verify it with its key binding",
        Native("credential-verify/air-vc-bound"),
        "`@sd-jwt/sd-jwt-vc` in Node",
        Node("credential-verify-bound"),
        None,
    ),
    row(
        "issue an mdoc of 12 elements",
        Native("mdoc-issue/air-mdoc"),
        "`@owf/mdoc` in Node",
        Node("mdoc-issue"),
        Some(0.15),
    ),
    row(
        "verify its presentation, with the certificate",
        Native("mdoc-verify/air-mdoc"),
        "`@owf/mdoc` in Node",
        Node("mdoc-verify"),
        Some(0.20),
    ),
    row(
        "match a DCQL query with 10 credentials",
        Native("dcql-ten/air-oid4vc"),
        "`dcql` in Node",
        Node("dcql-ten"),
        Some(0.02),
    ),
    row(
        "verify token, DPoP and key proof, issue an SD-JWT VC",
        Native("vci-issue/air"),
        "`@openid4vc` and `@sd-jwt` in Node",
        Node("vci-issue"),
        Some(0.20),
    ),
    row(
        "decrypt and verify a `direct_post.jwt` response",
        Native("vp-verify/air"),
        "`@openid4vc`, `@sd-jwt` and `dcql` in Node",
        Node("vp-verify"),
        Some(0.20),
    ),
    row(
        "decrypt an encrypted message of 3 kB",
        Native("jwe-decrypt/air-jwt"),
        "`jose` in Node",
        Node("jwe-decrypt"),
        Some(0.20),
    ),
    row(
        "sign a status list of 1,000,000 entries",
        Native("status-list-million/sign"),
        "`@sd-jwt/jwt-status-list` in Node",
        Node("status-list-sign"),
        None,
    ),
    row(
        "verify it and inflate it",
        Native("status-list-million/verify"),
        "`@sd-jwt/jwt-status-list` in Node",
        Node("status-list-verify"),
        None,
    ),
    row(
        "seal 256 MiB, file to file",
        Native("stream-256MiB/air-crypto"),
        "AWS-LC's AES-256-GCM in memory",
        Native("stream-256MiB/aes-in-memory"),
        Some(1.5),
    ),
    row(
        "seal 256 MiB, file to file",
        Native("stream-256MiB/air-crypto"),
        "the same reads and writes alone",
        Native("stream-256MiB/read-and-write"),
        None,
    ),
];

/// Node's benchmarks, each with the crates whose test packages it uses.
const NODE: &[(&str, &[&str])] = &[
    ("benches/node/bench.mjs", &[]),
    ("benches/node/tokens.mjs", &["air-jwt"]),
    ("benches/node/schemas.mjs", &["air-schema"]),
    ("benches/node/credentials.mjs", &["air-vc"]),
    ("benches/node/wallets.mjs", &["air-oid4vc", "air-vc"]),
];

/// Jobs that are compared between the portable and the native backend.
const BACKENDS: &[(&str, &str)] = &[
    ("derive, seed root, secp256r1", "derive-seed-secp256r1/air-crypto"),
    ("derive, seed root, secp256k1", "derive-seed-secp256k1/air-crypto"),
    (
        "derive, wallet root, secp256k1",
        "derive-wallet-secp256k1/air-crypto",
    ),
    (
        "derive_many, 10,000 contexts, secp256r1, one thread",
        "derive-many-10000/threads-1",
    ),
    ("seal 1 KiB, secp256r1", "seal-1KiB/air-crypto"),
    ("seal 1 MiB, secp256r1", "seal-1MiB/air-crypto"),
    ("open 1 KiB, secp256r1", "open-1KiB/air-crypto"),
    ("open 1 MiB, secp256r1", "open-1MiB/air-crypto"),
    ("seal 256 MiB, file to file", "stream-256MiB/air-crypto"),
    ("sign a Partner JWT, ES256", "token-sign-es256/air-jwt"),
    ("sign a Partner JWT, RS256", "token-sign-rs256/air-jwt"),
    ("verify a Partner JWT, ES256", "token-verify-es256/air-jwt"),
    ("verify a Partner JWT, RS256", "token-verify-rs256/air-jwt"),
    ("issue an SD-JWT VC of 12 claims", "credential-issue/air-vc"),
    ("verify it", "credential-verify/air-vc"),
];

/// Status lists of a million entries, in milliseconds.
const STATUS_LISTS: &[(&str, &str)] = &[
    ("build, one in a hundred revoked", "status-list-million/build"),
    ("compress and sign", "status-list-million/sign"),
    ("verify and inflate", "status-list-million/verify"),
    ("look one up", "status-list-million/check"),
];

/// Opening with custodians: our times, and ZF FROST's published times of its aggregation, in milliseconds.
const CUSTODY: &[(&str, &str, Option<f64>)] = &[
    ("3 of 5, secp256r1", "custody-secp256r1/open-3-of-5", None),
    (
        "67 of 100, secp256r1",
        "custody-secp256r1/open-67-of-100",
        Some(9.4),
    ),
    ("3 of 5, secp256k1", "custody-secp256k1/open-3-of-5", None),
    ("67 of 100, secp256k1", "custody-secp256k1/open-67-of-100", None),
];

const fn row(
    job: &'static str,
    ours: Figure,
    against: &'static str,
    peer: Figure,
    bound: Option<f64>,
) -> Row {
    Row {
        job,
        ours,
        against,
        peer,
        bound,
    }
}

/// `cargo xtask bench [--write] [--only BENCH | --post-quantum]`. Passes further arguments to criterion, and writes
/// nothing then. With `--only`, other rows keep the figures of their last run, or those of the
/// page; both figures of a row are always from the same run.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut write = false;
    let mut is_post_quantum = false;
    let mut only = Vec::new();
    let mut rest = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--write" => write = true,
            "--post-quantum" => is_post_quantum = true,
            "--only" => only.extend([
                "--bench",
                arguments.next().ok_or("--only needs the name of a benchmark")?,
            ]),
            _ => rest.push(argument),
        }
    }
    if !rest.is_empty() {
        return cargo(["bench", "--package", "benches", "--features", "native", "--"])
            .args(rest)
            .run();
    }
    if is_post_quantum {
        return post_quantum::run(write);
    }
    for (backend, features) in [("native", &["--features", "native"][..]), ("portable", &[])] {
        cargo(["bench", "--locked", "--package", "benches"])
            .args(features)
            .args(&only)
            .args([
                "--",
                "--save-baseline",
                backend,
                "--warm-up-time",
                "1",
                "--measurement-time",
                "4",
            ])
            .run()?;
    }
    let node = node_medians()?;
    let memory = cargo(["run", "--quiet", "--release", "--locked", "--package", "benches"])
        .args(["--features", "native", "--bin", "stream-memory"])
        .read()
        .and_then(|kib| kib.trim().parse::<f64>().ok())
        .ok_or("failed to read the memory of streaming")?;
    let page =
        fs::read_to_string(root().join(PERFORMANCE)).map_err(|error| format!("{PERFORMANCE}: {error}"))?;
    let tables = tables(&node, memory, &page)?;
    say(&tables);
    if write { FIGURES.write(&tables) } else { Ok(()) }
}

/// Node's measurements in nanoseconds, by job.
fn node_medians() -> Outcome<BTreeMap<String, f64>> {
    let mut medians = BTreeMap::new();
    for (script, packages) in NODE {
        for package in *packages {
            peers::install_node_packages(package)?;
        }
        let measured: BTreeMap<String, f64> = program("node")
            .args([script])
            .read()
            .and_then(|json| serde_json::from_str(&json).ok())
            .ok_or_else(|| format!("{script} failed"))?;
        medians.extend(measured);
    }
    Ok(medians)
}

/// The tables; rows that were not measured in this checkout are copied from the page.
fn tables(node: &BTreeMap<String, f64>, memory: f64, page: &str) -> Outcome<String> {
    let mut lines = Vec::new();
    let head = "| job | against | ratio | at most | |";
    table(&mut lines, page, head, ROWS, |row| {
        let name = format!("| {} | {} |", row.job, row.against);
        (name, compared(row, node))
    })?;
    lines.push(format!(
        "\nPeak memory of sealing 256 MiB from file to file: {:.1} MiB.\n",
        memory / 1024.0
    ));
    let head = "| job | portable against native |";
    table(&mut lines, page, head, BACKENDS, |(job, bench)| {
        let ratio = || Ok(median(Portable(bench), node)? / median(Native(bench), node)?);
        (
            format!("| {job} |"),
            ratio().map(|ratio: f64| format!(" {ratio:.1} |")),
        )
    })?;
    lines.push(String::new());
    let head =
        "| open 1 KiB with custodians, every proof verified | ms | FROST's published aggregation, ms |";
    table(&mut lines, page, head, CUSTODY, |(job, bench, frost)| {
        let frost = frost.map(|frost| frost.to_string()).unwrap_or_default();
        let figures = median(Native(bench), node).map(|ours| format!(" {:.1} | {frost} |", ours / 1e6));
        (format!("| {job} |"), figures)
    })?;
    lines.push(String::new());
    let head = "| a status list of 1,000,000 entries | ms |";
    table(&mut lines, page, head, STATUS_LISTS, |(job, bench)| {
        let figures = median(Native(bench), node).map(|ours| format!(" {:.6} |", ours / 1e6));
        (format!("| {job} |"), figures)
    })?;
    Ok(lines.join("\n") + "\n")
}

fn compared(row: &Row, node: &BTreeMap<String, f64>) -> Outcome<String> {
    let ratio = median(row.ours, node)? / median(row.peer, node)?;
    let (bound, verdict) = match row.bound {
        None => (String::new(), ""),
        Some(bound) if ratio <= bound => (format!("{bound:.2}"), "met"),
        Some(bound) => (format!("{bound:.2}"), "missed"),
    };
    Ok(format!(" {ratio:.2} | {bound} | {verdict} |"))
}

/// A table: the name of each row, and its figures or the reason for their absence.
fn table<T>(
    lines: &mut Vec<String>,
    page: &str,
    head: &str,
    rows: &[T],
    row: impl Fn(&T) -> (String, Outcome<String>),
) -> Outcome {
    let columns = head.matches('|').count() - 1;
    lines.extend([head.to_owned(), format!("|{}", "---|".repeat(columns))]);
    let (_, kept) = page.split_once(head).unwrap_or_default();
    let kept = || kept.lines().skip(1).take_while(|line| line.starts_with('|'));
    for of in rows {
        let (name, figures) = row(of);
        let line = match figures {
            Ok(figures) => format!("{name}{figures}"),
            Err(reason) => kept()
                .find(|line| line.starts_with(&name))
                .ok_or(reason)?
                .to_owned(),
        };
        lines.push(line);
    }
    Ok(())
}

/// The median in nanoseconds.
fn median(figure: Figure, node: &BTreeMap<String, f64>) -> Outcome<f64> {
    let (bench, backend) = match figure {
        Native(bench) => (bench, "native"),
        Portable(bench) => (bench, "portable"),
        Node(job) => {
            return node
                .get(job)
                .copied()
                .ok_or_else(|| format!("Node did not measure {job}"));
        }
    };
    let path: PathBuf = root()
        .join(target())
        .join("criterion")
        .join(bench)
        .join(backend)
        .join("estimates.json");
    estimate(&path)
}

/// The median of a file of criterion, in nanoseconds.
pub(crate) fn estimate(path: &Path) -> Outcome<f64> {
    let missing = |error: String| format!("{}: {error}", path.display());
    let text = fs::read_to_string(path).map_err(|error| missing(error.to_string()))?;
    let estimates: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| missing(error.to_string()))?;
    estimates["median"]["point_estimate"]
        .as_f64()
        .ok_or_else(|| missing("no median".into()))
}
