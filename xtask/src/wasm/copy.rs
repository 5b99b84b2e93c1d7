//! Checks that the copy of the module that the local platform embeds is up to date: by digests of its sources, and by rebuilding it
//! if the same compiler is installed.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use super::{CORE, TARGET, build_core, compiler::Compiler, read, version_of};
use crate::shell::{Outcome, cargo, root, say};

pub(crate) const FOLDER: &str = "crates/air-sandbox/assets/airkit/wasm";
const FILES: [&str; 2] = ["air_wasm.js", "air_wasm_bg.wasm"];
const LIST: &str = "built-from.txt";
/// The heading of the second part of the list: the versions of the compiler, the linker and
/// wasm-bindgen.
const BUILT_WITH: &str = "\nBuilt with\n";
/// The workspace crates that it is built from.
const CRATES: [&str; 3] = ["air-crypto", "air-pem", "air-wasm"];

/// Checks the digests of sources and files. Only `rebuild` proves that the files were built from the sources.
pub(crate) fn check() -> Outcome {
    built_with().map(drop)
}

/// Rebuilds the copy and compares the bytes, if the same compiler is installed.
pub(crate) fn rebuild() -> Outcome {
    let recorded = built_with()?;
    let Some(compiler) = Compiler::find() else {
        say("  SKIPPED: the copy was not rebuilt, since no compiler for wasm32 is installed");
        return Ok(());
    };
    let installed = versions_of(&compiler)?;
    if installed != recorded {
        say(&format!(
            "  SKIPPED: the copy was not rebuilt. It was built with\n{recorded}\n  Installed:\n{installed}"
        ));
        return Ok(());
    }
    let built = build_core(&compiler)?;
    for file in FILES {
        let bytes = |folder: PathBuf| {
            let path = folder.join(file);
            fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))
        };
        if bytes(built.clone())? != bytes(root().join(FOLDER))? {
            return Err(format!(
                "{FOLDER}/{file} differs from a new build; run `cargo xtask wasm --write`"
            ));
        }
    }
    say("  the copy equals a new build");
    Ok(())
}

/// Compares the digests, and returns the recorded versions.
fn built_with() -> Outcome<String> {
    let listed = read(&format!("{FOLDER}/{LIST}"))?;
    match listed.split_once(BUILT_WITH) {
        Some((digests, versions)) if digests == list(&root().join(FOLDER))? => {
            Ok(versions.trim_end().to_owned())
        }
        _ => Err(format!("{FOLDER} is out of date; run `cargo xtask wasm --write`")),
    }
}

fn versions_of(compiler: &Compiler) -> Outcome<String> {
    let lock = read("Cargo.lock")?;
    let bindgen = version_of("wasm-bindgen", &lock).ok_or("Cargo.lock has no wasm-bindgen")?;
    Ok(format!("{}\nwasm-bindgen: {bindgen}", compiler.versions()?))
}

/// Replaces the copy with the new build.
pub(super) fn write(built: &Path, compiler: &Compiler) -> Outcome {
    let folder = root().join(FOLDER);
    fs::create_dir_all(&folder).map_err(|error| format!("{FOLDER}: {error}"))?;
    for file in FILES {
        fs::copy(built.join(file), folder.join(file)).map_err(|error| format!("{file}: {error}"))?;
    }
    let versions = versions_of(compiler)?;
    let listed = format!("{}{BUILT_WITH}{versions}\n", list(&folder)?);
    fs::write(folder.join(LIST), listed).map_err(|error| format!("{LIST}: {error}"))?;
    say(&format!("  {FOLDER}"));
    Ok(())
}

/// The digests of the sources and of each file.
fn list(folder: &Path) -> Outcome<String> {
    let mut list = "SHA-256, written by `cargo xtask wasm --write`\n".to_owned();
    let _ = writeln!(list, "{}  sources", sources()?);
    for file in FILES {
        let path = folder.join(file);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let _ = writeln!(list, "{}  {file}", hex::encode(Sha256::digest(bytes)));
    }
    Ok(list)
}

/// The digest of our crates' files, the versions of other crates, and the profile.
fn sources() -> Outcome<String> {
    let mut digest = Sha256::new();
    for name in CRATES {
        let folder = root().join("crates").join(name);
        let mut files = vec![folder.join("Cargo.toml")];
        collect(&folder.join("src"), &mut files)?;
        files.sort();
        for file in files {
            let bytes = fs::read(&file).map_err(|error| format!("{}: {error}", file.display()))?;
            let name = file.strip_prefix(root()).unwrap_or(&file);
            digest.update(format!("{} {}\n", name.display(), bytes.len()));
            digest.update(bytes);
        }
    }
    digest.update(versions()?);
    digest.update(profile(&read("Cargo.toml")?));
    Ok(hex::encode(digest.finalize()))
}

/// All files below a folder, except tests.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for path in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            collect(&path, files)?;
        } else if !(stem == "tests" || stem == "testing" || stem.ends_with("_tests")) {
            files.push(path);
        }
    }
    Ok(())
}

/// The name, version and features of each crate in the build.
fn versions() -> Outcome<String> {
    let tree = cargo(["tree", "--locked", "--target", TARGET, "--edges", "normal"])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p} {f}"])
        .args(CORE.of())
        .read()
        .ok_or("`cargo tree` failed")?;
    let without_paths = |line: &str| line.split(" (/").next().unwrap_or_default().to_owned();
    let mut versions: Vec<String> = tree.lines().map(without_paths).collect();
    versions.sort();
    versions.dedup();
    Ok(versions.join("\n"))
}

/// The tables of `[profile.wasm]` in Cargo.toml.
fn profile(manifest: &str) -> String {
    let mut within = false;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            within = line.starts_with("[profile.wasm");
        }
        within && !line.starts_with('#') && !line.is_empty()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_the_profile_alone_out_of_the_manifest() {
        let manifest = "[profile.dev]\ndebug = 1\n\n# Why.\n[profile.wasm]\nlto = true\n\n[profile.wasm.package]\naes = 3\n\n[profile.z]\na = 1\n";
        assert_eq!(
            profile(manifest),
            "[profile.wasm]\nlto = true\n[profile.wasm.package]\naes = 3"
        );
    }
}
