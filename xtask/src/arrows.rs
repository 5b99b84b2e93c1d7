//! Checks the dependencies between crates and between modules. Those between crates are a design decision: an unlisted one fails.
//! Those between sibling modules must not form a cycle. Browser modules include no certificates and mdocs.

mod browser;
mod cycles;

use std::{collections::BTreeMap, fmt::Write};

use cargo_metadata::{CargoOpt, DependencyKind, Metadata, MetadataCommand};

use crate::shell::{Outcome, root, say};

/// The allowed dependencies, top down.
const ALLOWED: [(&str, &[&str]); 30] = [
    (
        "air-cli",
        &[
            "air-api",
            "air-client",
            "air-crypto",
            "air-fetch",
            "air-ids",
            "air-issuer",
            "air-jwt",
            "air-ledger",
            "air-mdoc",
            "air-oid4vc",
            "air-sandbox",
            "air-schema",
            "air-signers",
            "air-vc",
            "air-x509",
        ],
    ),
    (
        "air-sandbox",
        &[
            "air-api",
            "air-dashboard",
            "air-fetch",
            "air-http",
            "air-ids",
            "air-json",
            "air-jwt",
            "air-ledger",
            "air-oid4vc",
            "air-oid4vc-http",
            "air-pem",
            "air-platform",
            "air-schema",
            "air-server",
            "air-store",
            "air-vc",
            "air-x509",
        ],
    ),
    (
        "air-dashboard",
        &[
            "air-api",
            "air-fetch",
            "air-http",
            "air-ids",
            "air-oid4vc",
            "air-pages",
            "air-platform",
            "air-schema",
        ],
    ),
    ("air-http", &["air-platform"]),
    (
        "air-platform",
        &[
            "air-api",
            "air-crypto",
            "air-fetch",
            "air-ids",
            "air-json",
            "air-jwt",
            "air-ledger",
            "air-mdoc",
            "air-oid4vc",
            "air-schema",
            "air-store",
            "air-vc",
            "air-x509",
        ],
    ),
    ("air-store", &["air-api", "air-ids", "air-ledger"]),
    (
        "air-client",
        &["air-api", "air-crypto", "air-ids", "air-json", "air-jwt"],
    ),
    (
        "air-issuer",
        &[
            "air-api",
            "air-crypto",
            "air-fetch",
            "air-ids",
            "air-json",
            "air-jwt",
            "air-oid4vc",
            "air-oid4vc-http",
            "air-pages",
            "air-schema",
            "air-server",
            "air-signers",
            "air-vc",
        ],
    ),
    ("air-server", &[]),
    ("air-pages", &[]),
    ("air-signers", &["air-fetch", "air-jwt"]),
    ("air-fetch", &["air-ids", "air-jwt", "air-ledger", "air-vc"]),
    (
        "air-wasm",
        &["air-crypto", "air-jwt", "air-ledger", "air-schema", "air-vc"],
    ),
    ("air-python", &["air-crypto", "air-jwt", "air-schema", "air-vc"]),
    ("air-oid4vc-http", &["air-json", "air-jwt", "air-oid4vc"]),
    ("air-oid4vc", &["air-ids", "air-json", "air-jwt"]),
    ("air-vc", &["air-ids", "air-json", "air-jwt"]),
    ("air-mdoc", &["air-ids", "air-jwt"]),
    ("air-x509", &["air-ids", "air-jwt", "air-pem"]),
    ("air-api", &["air-ids", "air-ledger"]),
    ("air-crypto", &["air-ids", "air-pem"]),
    ("air-jwt", &["air-ids", "air-pem"]),
    ("air-ledger", &["air-ids"]),
    ("air-ids", &[]),
    ("air-pem", &[]),
    ("air-schema", &["air-json"]),
    ("air-json", &[]),
    ("benches", &["air-crypto", "air-schema"]),
    (
        "air-fuzz",
        &[
            "air-crypto",
            "air-jwt",
            "air-ledger",
            "air-mdoc",
            "air-oid4vc",
            "air-schema",
            "air-vc",
            "air-x509",
        ],
    ),
    ("xtask", &[]),
];

/// Crates without files, sockets, clocks and runtimes. None of their dependencies may be in [`IMPURE`].
const PURE: [&str; 13] = [
    "air-ids",
    "air-ledger",
    "air-json",
    "air-pem",
    "air-schema",
    "air-crypto",
    "air-jwt",
    "air-oid4vc",
    "air-x509",
    "air-vc",
    "air-mdoc",
    "air-api",
    "air-wasm",
];
const IMPURE: [&str; 8] = [
    "tokio",
    "reqwest",
    "hyper",
    "axum",
    "sqlx",
    "mio",
    "socket2",
    "async-std",
];

/// The only impure dependency of a pure crate: the feature `sqlx` of air-ids, which [`STORE`] alone may enable. The resolved graph has the
/// features of all crates together, so it shows the dependency below each pure crate.
const COLUMNS: (&str, &str) = ("air-ids", "sqlx");
const STORE: &str = "air-store";

/// Crates without HTTP. Neither they nor what they use may depend on [`HTTP`], apart from [`FETCHER`].
const WITHOUT_HTTP: [&str; 2] = ["air-platform", "air-store"];
const HTTP: [&str; 6] = ["axum", "axum-core", "hyper", "hyper-util", "maud", "tower-http"];
/// The crate through which the others fetch documents of other parties.
const FETCHER: &str = "air-fetch";

/// A family of crates that no crate of the workspace may use.
const SSI: &str = "ssi";

/// A feature that changes the numbers of the whole build. Our crates read the same numbers with it (`cargo xtask precision`), but types of
/// others with tags, flattened members or several forms may fail.
const NUMBERS: (&str, &str) = ("serde_json", "arbitrary_precision");

const PAGE: &str = "docs/book/src/architecture.md";
const BEGIN: &str = "<!-- arrows: written by `cargo xtask arrows --write` -->\n```text\n";
const END: &str = "```\n<!-- end of arrows -->";

pub(crate) fn run(write: bool) -> Outcome {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .exec()
        .map_err(|error| error.to_string())?;
    let found = arrows(&metadata);
    let picture = picture(&found);
    say(&picture);
    compare(&found)?;
    check_purity(&metadata)?;
    check_without_http(&metadata)?;
    check_numbers()?;
    browser::check()?;
    cycles::check(&metadata)?;
    check_page(&picture, write)
}

/// The dependencies of each crate on crates of the workspace, without dev-dependencies.
fn arrows(metadata: &Metadata) -> BTreeMap<String, Vec<String>> {
    let members = metadata.workspace_packages();
    let is_member = |name: &str| members.iter().any(|member| member.name.as_str() == name);
    members
        .iter()
        .map(|member| {
            let mut below: Vec<String> = member
                .dependencies
                .iter()
                .filter(|dependency| dependency.kind != DependencyKind::Development)
                .map(|dependency| dependency.name.clone())
                .filter(|name| is_member(name))
                .collect();
            below.sort();
            (member.name.to_string(), below)
        })
        .collect()
}

fn compare(found: &BTreeMap<String, Vec<String>>) -> Outcome {
    for (name, below) in found {
        let Some((_, allowed)) = ALLOWED.iter().find(|(known, _)| known == name) else {
            return Err(format!("{name} is new: list its arrows in xtask/src/arrows.rs"));
        };
        if let Some(arrow) = below.iter().find(|arrow| !allowed.contains(&arrow.as_str())) {
            return Err(format!(
                "the dependency {name} → {arrow} is not allowed; a new one needs a page in docs/book/src/decisions"
            ));
        }
        if let Some(arrow) = allowed
            .iter()
            .find(|arrow| !below.iter().any(|below| below == *arrow))
        {
            return Err(format!(
                "the dependency {name} → {arrow} no longer exists; remove it from xtask/src/arrows.rs"
            ));
        }
    }
    Ok(())
}

/// Checks the resolved graph, without dev-dependencies and build scripts.
fn check_purity(metadata: &Metadata) -> Outcome {
    for name in PURE {
        if let Some(impure) = reachable(metadata, name, None)
            .iter()
            .find(|below| IMPURE.contains(&below.as_str()))
        {
            return Err(format!("{name} must be pure, but depends on {impure}"));
        }
    }
    for member in metadata.workspace_packages() {
        let (crate_name, feature) = COLUMNS;
        let enables_columns = member
            .dependencies
            .iter()
            .any(|below| below.name == crate_name && below.features.iter().any(|enabled| enabled == feature));
        if enables_columns && member.name != STORE {
            return Err(format!(
                "{} enables {crate_name}/{feature}, which only {STORE} may: it brings a runtime",
                member.name
            ));
        }
        let uses_ssi = member
            .dependencies
            .iter()
            .any(|below| below.name == SSI || below.name.starts_with("ssi-"));
        if uses_ssi {
            return Err(format!(
                "{} uses ssi, which no crate of the workspace may: it turns on serde_json's arbitrary_precision for all",
                member.name
            ));
        }
    }
    Ok(())
}

/// Checks the resolved graph, without dev-dependencies, build scripts and what only the fetcher uses.
fn check_without_http(metadata: &Metadata) -> Outcome {
    for name in WITHOUT_HTTP {
        if let Some(http) = reachable(metadata, name, Some(FETCHER))
            .iter()
            .find(|below| HTTP.contains(&below.as_str()))
        {
            return Err(format!(
                "{name} must not know HTTP, but depends on {http}; routes, statuses and headers belong in air-http and air-sandbox"
            ));
        }
    }
    Ok(())
}

/// Checks that no package enables [`NUMBERS`], with all features of the workspace, among them those of `air-cli`.
fn check_numbers() -> Outcome {
    let (crate_name, feature) = NUMBERS;
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .features(CargoOpt::AllFeatures)
        .exec()
        .map_err(|error| error.to_string())?;
    let packages = metadata.packages.iter();
    let ids: Vec<_> = packages
        .filter(|package| package.name.as_str() == crate_name)
        .map(|package| &package.id)
        .collect();
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: Vec<_> = nodes.filter(|node| ids.contains(&&node.id)).collect();
    if nodes.is_empty() {
        return Err(format!("the resolved graph has no {crate_name}"));
    }
    if nodes
        .iter()
        .any(|node| node.features.iter().any(|enabled| enabled.as_str() == feature))
    {
        return Err(format!(
            "a package enables {crate_name}/{feature}, which changes how the whole build reads numbers; \
             find it with `cargo tree --edges features --invert {crate_name}`"
        ));
    }
    Ok(())
}

/// The packages that a package uses, and itself. `left_out` and what only it uses are not among them.
fn reachable(metadata: &Metadata, name: &str, left_out: Option<&str>) -> Vec<String> {
    let Some(resolve) = &metadata.resolve else {
        return Vec::new();
    };
    let package_name = |id| {
        metadata
            .packages
            .iter()
            .find(|package| package.id == id)
            .map(|found| found.name.to_string())
    };
    let mut waiting: Vec<_> = resolve
        .nodes
        .iter()
        .filter(|node| package_name(node.id.clone()).as_deref() == Some(name))
        .collect();
    let mut seen = Vec::new();
    while let Some(node) = waiting.pop() {
        let is_left_out = left_out.is_some_and(|name| package_name(node.id.clone()).as_deref() == Some(name));
        if is_left_out || seen.contains(&&node.id) {
            continue;
        }
        seen.push(&node.id);
        let of = package_name(node.id.clone());
        let normal = node.deps.iter().filter(|below| {
            let is_columns = of.as_deref() == Some(COLUMNS.0)
                && package_name(below.pkg.clone()).as_deref() == Some(COLUMNS.1);
            !is_columns
                && below
                    .dep_kinds
                    .iter()
                    .any(|kind| kind.kind == DependencyKind::Normal)
        });
        for below in normal {
            waiting.extend(resolve.nodes.iter().filter(|other| other.id == below.pkg));
        }
    }
    seen.into_iter()
        .filter_map(|id| package_name(id.clone()))
        .collect()
}

fn picture(found: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = String::new();
    for (name, _) in ALLOWED {
        let below = found.get(name).map(|below| below.join(", ")).unwrap_or_default();
        let line = if below.is_empty() {
            name.to_owned()
        } else {
            format!("{name:13} ─▶ {below}")
        };
        let _ = writeln!(text, "{line}");
    }
    text
}

/// Checks or updates the diagram in the book.
fn check_page(picture: &str, write: bool) -> Outcome {
    let path = root().join(PAGE);
    let page = std::fs::read_to_string(&path).map_err(|error| format!("{PAGE}: {error}"))?;
    let (before, rest) = page
        .split_once(BEGIN)
        .ok_or_else(|| format!("{PAGE} lacks the marker before the arrows"))?;
    let (shown, after) = rest
        .split_once(END)
        .ok_or_else(|| format!("{PAGE} lacks the marker after the arrows"))?;
    if shown == picture {
        return Ok(());
    }
    if !write {
        return Err(format!("{PAGE} is out of date; run `cargo xtask arrows --write`"));
    }
    std::fs::write(path, format!("{before}{BEGIN}{picture}{END}{after}")).map_err(|error| error.to_string())
}
