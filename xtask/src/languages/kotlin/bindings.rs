//! The sources that UniFFI generates from the native library. They are kept in the repository, so that a
//! build of the packages needs no generator, and each change of them is visible.

use std::{fs, path::PathBuf};

use crate::shell::{Outcome, root, say};

use super::{building, built_library, failed, folder};

/// The generated files, and where they are kept.
const FILES: [(&str, &str); 4] = [
    (
        "kotlin/air/holder/ffi/air_ffi.kt",
        "packages/air-kotlin/generated/air/holder/ffi/air_ffi.kt",
    ),
    (
        "swift/AirFfi.swift",
        "packages/air-swift/Sources/AirFfi/AirFfi.swift",
    ),
    (
        "swift/AirFfiFFI.h",
        "packages/air-swift/Sources/AirFfiFFI/AirFfiFFI.h",
    ),
    (
        "swift/AirFfiFFI.modulemap",
        "packages/air-swift/Sources/AirFfiFFI/module.modulemap",
    ),
];

/// Generates the sources, and compares their bytes with those that are kept.
pub(super) fn check() -> Outcome {
    let generated = generate()?;
    for (file, kept) in FILES {
        let (file, kept_file) = (generated.join(file), root().join(kept));
        let new = fs::read(&file).map_err(|error| failed(&file, &error))?;
        let old = fs::read(&kept_file).map_err(|error| failed(&kept_file, &error))?;
        if new != old {
            return Err(format!(
                "{kept} does not have the bytes that its generator writes; run `cargo xtask languages --bindings`"
            ));
        }
    }
    say("  the generated sources have the bytes that their generator writes");
    Ok(())
}

/// Generates the sources and keeps them.
pub(super) fn write() -> Outcome {
    let generated = generate()?;
    for (file, kept) in FILES {
        let (file, kept) = (generated.join(file), root().join(kept));
        if let Some(folder) = kept.parent() {
            fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        }
        fs::copy(&file, &kept).map_err(|error| failed(&file, &error))?;
    }
    Ok(())
}

fn generate() -> Outcome<PathBuf> {
    let library = built_library()?;
    let generated = folder().join("generated");
    if generated.exists() {
        fs::remove_dir_all(&generated).map_err(|error| failed(&generated, &error))?;
    }
    for language in ["kotlin", "swift"] {
        building(&[
            "run",
            "--quiet",
            "--locked",
            "--package",
            "air-ffi-bindgen",
            "--",
            "generate",
        ])
        .args([
            "--no-format",
            "--config",
            "bindgen/config.toml",
            "--language",
            language,
        ])
        .args(["--out-dir"])
        .args([generated.join(language)])
        .args([&library])
        .run()?;
    }
    Ok(generated)
}
