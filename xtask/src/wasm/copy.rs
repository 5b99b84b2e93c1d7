//! Checks that the copies of modules that the local platform embeds are up to date: by digests of
//! their sources, and by rebuilding them if the same compiler is installed.

use std::{
    fmt::Write as _,
    fs,
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use sha2::{Digest, Sha256};

use super::{ANCHOR, CORE, Module, TARGET, build_in, compiler::Compiler, read, version_of};
use crate::shell::{Outcome, cargo, root, say};

/// The folder of the copy of `core`.
pub(crate) const FOLDER: &str = "crates/air-sandbox/assets/airkit/wasm";
/// The module that the pages of wallets use, and the one that checks an anchor in the dashboard.
const COPIES: [Copy; 2] = [
    Copy {
        module: &CORE,
        folder: FOLDER,
        crates: &["air-crypto", "air-pem", "air-wasm"],
    },
    Copy {
        module: &ANCHOR,
        folder: "crates/air-dashboard/assets/anchor",
        crates: &["air-ledger", "air-wasm"],
    },
];
const FILES: [&str; 2] = ["air_wasm.js", MODULE];
/// The module itself. Its copy is compressed, and has the ending `.gz`.
const MODULE: &str = "air_wasm_bg.wasm";
const LIST: &str = "built-from.txt";
/// The heading of the second part of the list: the versions of the compiler, the linker and
/// wasm-bindgen.
const BUILT_WITH: &str = "\nBuilt with\n";

/// A module that a crate embeds.
struct Copy {
    module: &'static Module,
    folder: &'static str,
    /// The workspace crates that it is built from.
    crates: &'static [&'static str],
}

/// Checks the digests of sources and files. Only `rebuild` proves that the files were built from the sources.
pub(crate) fn check() -> Outcome {
    COPIES.iter().try_for_each(|copy| copy.built_with().map(drop))
}

/// Rebuilds the copies and compares the bytes, if the same compiler is installed.
pub(crate) fn rebuild() -> Outcome {
    check()?;
    let Some(compiler) = Compiler::find() else {
        say("  SKIPPED: the copies were not rebuilt, since no compiler for wasm32 is installed");
        return Ok(());
    };
    COPIES.iter().try_for_each(|copy| copy.rebuild(&compiler))
}

/// Replaces the copies with new builds.
pub(super) fn write(compiler: &Compiler) -> Outcome {
    COPIES.iter().try_for_each(|copy| copy.write(compiler))
}

impl Copy {
    fn rebuild(&self, compiler: &Compiler) -> Outcome {
        let (name, recorded, installed) = (self.module.name, self.built_with()?, versions_of(compiler)?);
        if installed != recorded {
            say(&format!(
                "  SKIPPED: the copy of {name} was not rebuilt. It was built with\n{recorded}\n  Installed:\n{installed}"
            ));
            return Ok(());
        }
        let built = build_in(self.module, compiler)?;
        for file in FILES {
            let path = built.join(file);
            let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if bytes != unpacked(self.folder, file)? {
                return Err(format!(
                    "{}/{file} differs from a new build; run `cargo xtask wasm --write`",
                    self.folder
                ));
            }
        }
        say(&format!("  the copy of {name} equals a new build"));
        Ok(())
    }

    /// Compares the digests, and returns the recorded versions.
    fn built_with(&self) -> Outcome<String> {
        let folder = self.folder;
        let outdated = || format!("{folder} is out of date; run `cargo xtask wasm --write`");
        let listed = read(&format!("{folder}/{LIST}")).map_err(|_| outdated())?;
        match listed.split_once(BUILT_WITH) {
            Some((digests, versions)) if digests == self.list()? => Ok(versions.trim_end().to_owned()),
            _ => Err(outdated()),
        }
    }

    /// Replaces the copy with a new build.
    fn write(&self, compiler: &Compiler) -> Outcome {
        let built = build_in(self.module, compiler)?;
        let folder = root().join(self.folder);
        fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", self.folder))?;
        for file in FILES {
            let failed = |error: io::Error| format!("{file}: {error}");
            if file == MODULE {
                let packed = pack(&fs::read(built.join(file)).map_err(failed)?).map_err(failed)?;
                fs::write(folder.join(format!("{file}.gz")), packed).map_err(failed)?;
            } else {
                fs::copy(built.join(file), folder.join(file)).map_err(failed)?;
            }
        }
        let versions = versions_of(compiler)?;
        let listed = format!("{}{BUILT_WITH}{versions}\n", self.list()?);
        fs::write(folder.join(LIST), listed).map_err(|error| format!("{LIST}: {error}"))?;
        say(&format!("  {}", self.folder));
        Ok(())
    }

    /// The digests of the sources and of each file before compression.
    fn list(&self) -> Outcome<String> {
        let mut list = "SHA-256, written by `cargo xtask wasm --write`\n".to_owned();
        let _ = writeln!(list, "{}  sources", self.sources()?);
        for file in FILES {
            let bytes = unpacked(self.folder, file)?;
            let _ = writeln!(list, "{}  {file}", hex::encode(Sha256::digest(bytes)));
        }
        Ok(list)
    }

    /// The digest of our crates' files, the versions of other crates, and the profile.
    fn sources(&self) -> Outcome<String> {
        let mut digest = Sha256::new();
        for name in self.crates {
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
        digest.update(versions(self.module)?);
        digest.update(profile(&read("Cargo.toml")?));
        Ok(hex::encode(digest.finalize()))
    }
}

/// Compresses a module. The header has no time, so the same module gives the same bytes.
fn pack(module: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(module)?;
    packed.finish()
}

/// Reads a file of a copy, as it was built.
pub(crate) fn unpacked(folder: &str, file: &str) -> Outcome<Vec<u8>> {
    let is_packed = file == MODULE;
    let name = if is_packed {
        format!("{folder}/{file}.gz")
    } else {
        format!("{folder}/{file}")
    };
    let failed = |error: io::Error| format!("{name}: {error}");
    let bytes = fs::read(root().join(&name)).map_err(failed)?;
    if !is_packed {
        return Ok(bytes);
    }
    let mut module = Vec::new();
    GzDecoder::new(bytes.as_slice())
        .read_to_end(&mut module)
        .map_err(failed)?;
    Ok(module)
}

fn versions_of(compiler: &Compiler) -> Outcome<String> {
    let lock = read("Cargo.lock")?;
    let bindgen = version_of("wasm-bindgen", &lock).ok_or("Cargo.lock has no wasm-bindgen")?;
    Ok(format!("{}\nwasm-bindgen: {bindgen}", compiler.versions()?))
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

/// The name, version and features of each crate in the build of a module.
fn versions(module: &Module) -> Outcome<String> {
    let tree = cargo(["tree", "--locked", "--target", TARGET, "--edges", "normal"])
        .args(["--prefix", "none", "--no-dedupe", "--format", "{p} {f}"])
        .args(module.of())
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
