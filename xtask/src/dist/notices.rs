//! The licences of the crates that a binary contains. Most of them require that their text
//! accompanies the binary.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use crate::shell::{Outcome, root};

/// How the names of files with a licence start, in capitals.
const NAMES: [&str; 5] = ["LICENSE", "LICENCE", "COPYING", "COPYRIGHT", "NOTICE"];

/// The files of other authors that are no crates, with their licences.
const FILES: [(&str, [&str; 3]); 1] = [(
    "Swagger UI, the API reader at /docs",
    [
        "crates/air-sandbox/assets/docs/NOTICE-swagger-ui",
        "crates/air-sandbox/assets/docs/LICENSE-swagger-ui",
        "crates/air-sandbox/assets/docs/swagger-ui-bundle.js.LICENSE.txt",
    ],
)];

/// Lists the crates below a crate, and prints each text once, with the crates that have it. The licences of embedded
/// files follow.
pub(crate) fn of(name: &str, target: &str) -> Outcome<String> {
    let metadata = MetadataCommand::new()
        .current_dir(root())
        .other_options(["--locked".to_owned(), format!("--filter-platform={target}")])
        .exec()
        .map_err(|error| error.to_string())?;
    let crates = below(name, &metadata)?;
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut list = String::new();
    for package in &crates {
        let title = format!("{} {}", package.name, package.version);
        let licence = package.license.as_deref().unwrap_or("see below");
        let _ = writeln!(list, "{title}: {licence}");
        let folder = package
            .manifest_path
            .parent()
            .ok_or("a manifest without a folder")?;
        for text in texts_in(folder.as_std_path())? {
            texts.entry(text).or_default().push(title.clone());
        }
    }
    let mut notices = format!("air contains these crates, under these licences:\n\n{list}");
    for (text, crates) in texts {
        add(&mut notices, &crates.join("\n"), &text);
    }
    for (title, files) in FILES {
        for file in files {
            let text = fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))?;
            add(&mut notices, title, &text);
        }
    }
    Ok(notices)
}

fn add(notices: &mut String, title: &str, text: &str) {
    let rule = "-".repeat(72);
    let _ = write!(notices, "\n{rule}\n{title}\n{rule}\n\n{}\n", text.trim_end());
}

/// The crates of other authors that a crate depends on, except those that only build scripts and tests use.
fn below<'m>(name: &str, metadata: &'m Metadata) -> Outcome<Vec<&'m Package>> {
    let nodes: BTreeMap<&PackageId, _> = metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes)
        .map(|node| (&node.id, node))
        .collect();
    let first = metadata
        .packages
        .iter()
        .find(|package| *package.name == name)
        .ok_or_else(|| format!("no crate `{name}`"))?;
    let mut found = BTreeSet::from([&first.id]);
    let mut rest = vec![&first.id];
    while let Some(id) = rest.pop() {
        let dependencies = nodes.get(id).into_iter().flat_map(|node| &node.deps);
        for dependency in dependencies {
            let kinds = &dependency.dep_kinds;
            let is_linked = kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if is_linked && found.insert(&dependency.pkg) {
                rest.push(&dependency.pkg);
            }
        }
    }
    let mut crates: Vec<&Package> = metadata
        .packages
        .iter()
        .filter(|package| found.contains(&package.id) && package.source.is_some())
        .collect();
    crates.sort_by(|one, other| (&one.name, &one.version).cmp(&(&other.name, &other.version)));
    Ok(crates)
}

/// The texts in a crate's folder.
fn texts_in(folder: &Path) -> Outcome<BTreeSet<String>> {
    let failed = |error| format!("{}: {error}", folder.display());
    let mut texts = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().to_uppercase();
        if NAMES.iter().any(|start| name.starts_with(start)) && entry.path().is_file() {
            let bytes = fs::read(entry.path()).map_err(failed)?;
            texts.insert(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"));
        }
    }
    Ok(texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_linked_crates_with_their_texts_and_no_others() {
        let notices = of("air-cli", "x86_64-unknown-linux-gnu").unwrap();
        let has = |name: &str| notices.lines().any(|line| line.starts_with(&format!("{name} ")));
        assert!(has("aws-lc-sys") && has("tokio"), "linked crates");
        assert!(
            !has("cc") && !has("assert_cmd") && !has("air-api"),
            "build, test and own crates"
        );
        assert!(
            notices.contains("Permission is hereby granted"),
            "the text of the MIT licence"
        );
        assert!(notices.contains("\nSwagger UI, "), "an embedded file");
    }
}
