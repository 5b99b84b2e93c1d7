//! `cargo xtask package`: packages every crate of `crates/` as `cargo publish` would, and checks
//! that each package is complete: it has every file of the crate's folder, its README, and every
//! file that its sources include. `--build` also compiles the packages.

mod files;
mod includes;
mod workspace;

use std::{fs, path::Path};

use cargo_metadata::{Metadata, MetadataCommand, Package};

use crate::shell::{Outcome, Shell, cargo, program, root, say};

/// Cargo writes the packages to `package/` in this folder.
const TARGET: &str = "target/package";
const UNPACKED: &str = "target/package/unpacked";

/// `cargo xtask package [--build]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let build = match arguments {
        [] => false,
        [option] if option == "--build" => true,
        _ => return Err("Usage: cargo xtask package [--build]".into()),
    };
    let crates = crates()?;
    pack(&crates).run()?;
    let unpacked = unpack(&crates)?;
    let missing: Vec<String> = crates
        .iter()
        .map(|of| files::missing(of, &unpacked))
        .collect::<Outcome<Vec<_>>>()?
        .concat();
    say(&format!("  {} packages", crates.len()));
    if !missing.is_empty() {
        return Err(missing.join("\n  "));
    }
    if build {
        workspace::check(&unpacked)
    } else {
        Ok(())
    }
}

/// The crates of `crates/`. The others (benches, fuzz targets, jobs) are never published.
fn crates() -> Outcome<Vec<Package>> {
    let folder = root().join("crates");
    let mut crates = metadata(&root())?.packages;
    crates.retain(|package| package.manifest_path.starts_with(&folder));
    Ok(crates)
}

/// Packages all crates together, without building them.
///
/// The lock file is left out: Cargo would resolve it with our own crates from a registry, and with
/// `publish = false` it adds none of them to the local registry that it makes for this purpose.
fn pack(crates: &[Package]) -> Shell {
    let names = crates
        .iter()
        .flat_map(|package| ["--package", package.name.as_str()]);
    cargo(["package"]).args(names).args([
        "--quiet",
        "--no-verify",
        "--no-metadata",
        "--allow-dirty",
        "--exclude-lockfile",
        "--target-dir",
        TARGET,
    ])
}

/// Unpacks the packages into a folder, as the members of one workspace.
fn unpack(crates: &[Package]) -> Outcome<Metadata> {
    let folder = root().join(UNPACKED);
    let failed = |error| format!("{UNPACKED}: {error}");
    if folder.exists() {
        fs::remove_dir_all(&folder).map_err(failed)?;
    }
    fs::create_dir_all(&folder).map_err(failed)?;
    for package in crates {
        let file = format!("{TARGET}/package/{}.crate", folder_name(package));
        // `m`: every file in a package has the same old time, by which Cargo would not see that it changed.
        let unpacked = program("tar").args(["-xzmf", &file, "-C", UNPACKED]).read();
        unpacked.ok_or_else(|| format!("tar failed to unpack {file}"))?;
    }
    workspace::write(&folder, crates).map_err(failed)?;
    metadata(&folder)
}

/// The folder inside of a package.
fn folder_name(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

fn metadata(folder: &Path) -> Outcome<Metadata> {
    MetadataCommand::new()
        .current_dir(folder)
        .no_deps()
        .exec()
        .map_err(|error| error.to_string())
}
