//! The Kotlin package: its native library, generated sources, tests, example and times.

mod bindings;
mod examples;
mod tools;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    audit::Auditor,
    build::target,
    shell::{Outcome, Shell, cargo, program, root, say},
};

use tools::Tools;

const PACKAGE: &str = "packages/air-kotlin";
const CRATE: &str = "crates/air-ffi";
/// The maximum size of the native library in bytes.
const LIBRARY_LIMIT: u64 = 4 * 1024 * 1024;
/// The maximum size of the jar with classes in bytes.
const CLASSES_LIMIT: u64 = 400 * 1024;

/// Checks the crate, and builds and tests the package.
pub(super) fn run() -> Outcome {
    let Some(tools) = Tools::find()? else {
        return Ok(());
    };
    check_crate()?;
    bindings::check()?;
    let package = Package::build(&tools)?;
    package.test(&tools)?;
    examples::run(&tools, &package)
}

/// Writes the generated sources of Kotlin and Swift.
pub(super) fn write_bindings() -> Outcome {
    bindings::write()
}

/// Prints the times of the package in a JVM.
pub(super) fn measure() -> Outcome {
    let Some(tools) = Tools::find()? else {
        return Ok(());
    };
    let package = Package::build(&tools)?;
    let classes = folder().join("bench");
    tools.compile(
        &[root().join(PACKAGE).join("src/bench/kotlin")],
        &package.jars(),
        &classes,
    )?;
    let class_path = [package.jars(), vec![classes]].concat();
    tools.java(&class_path, "air.holder.TimesKt")?.run()
}

/// Formatting, lints and dependencies of the crate, which has its own lock file.
fn check_crate() -> Outcome {
    within(&["fmt", "--all", "--check"]).run()?;
    building(&[
        "clippy",
        "--release",
        "--workspace",
        "--locked",
        "--",
        "-D",
        "warnings",
    ])
    .run()?;
    if let Some(auditor) = Auditor::find() {
        return auditor.check(&root().join(CRATE));
    }
    say("  cargo-deny is not installed; licences and advisories of air-ffi are not checked");
    Ok(())
}

/// The built jars: the classes, and the native library of this machine.
struct Package {
    classes: PathBuf,
    library: PathBuf,
}

impl Package {
    fn build(tools: &Tools) -> Outcome<Self> {
        let classes = folder().join("air-kotlin.jar");
        let sources = ["generated", "src/main/kotlin"].map(|part| root().join(PACKAGE).join(part));
        tools.compile(&sources, &tools::native_access(), &classes)?;
        let library = folder().join("library");
        let stripped = library.join(platform()).join(file_name());
        fs::create_dir_all(stripped.parent().unwrap_or(&library))
            .map_err(|error| failed(&library, &error))?;
        strip(&built_library()?, &stripped)?;
        let package = Self {
            classes,
            library: folder().join("air-kotlin-native.jar"),
        };
        program("jar")
            .args(["--create", "--file"])
            .args([&package.library])
            .args(["-C"])
            .args([&library])
            .args(["."])
            .run()?;
        within_limit("the native library", &stripped, LIBRARY_LIMIT)?;
        within_limit("the jar with classes", &package.classes, CLASSES_LIMIT)?;
        Ok(package)
    }

    fn jars(&self) -> Vec<PathBuf> {
        vec![self.classes.clone(), self.library.clone()]
    }

    fn test(&self, tools: &Tools) -> Outcome {
        let classes = folder().join("test");
        let class_path = [self.jars(), tools.test_jars()].concat();
        tools.compile(
            &[root().join(PACKAGE).join("src/test/kotlin")],
            &class_path,
            &classes,
        )?;
        tools
            .java(
                &[class_path, vec![classes.clone()]].concat(),
                "air.holder.RunnerKt",
            )?
            .args([classes])
            .run()
    }
}

/// Builds the native library, with its symbols. A target folder of its own: other builds have other features.
fn built_library() -> Outcome<PathBuf> {
    building(&["build", "--release", "--locked"]).run()?;
    Ok(cargo_target().join("release").join(file_name()))
}

fn strip(from: &Path, to: &Path) -> Outcome {
    if cfg!(target_os = "linux") {
        return program("strip")
            .args(["--strip-all", "-o"])
            .args([to, from])
            .run();
    }
    fs::copy(from, to).map_err(|error| failed(from, &error))?;
    Ok(())
}

fn within_limit(name: &str, file: &Path, limit: u64) -> Outcome {
    let length = fs::metadata(file).map_err(|error| failed(file, &error))?.len();
    say(&format!("  {name}: {} KiB", length.div_ceil(1024)));
    if length > limit {
        return Err(format!("{name} has {length} bytes: must be at most {limit}"));
    }
    Ok(())
}

/// The name of the library's file.
fn file_name() -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}air_ffi{DLL_SUFFIX}")
}

/// The folder in a jar in which JNA looks for the library of this machine.
fn platform() -> String {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        "windows" => "win32",
        other => other,
    };
    let processor = match std::env::consts::ARCH {
        "x86_64" => "x86-64",
        other => other,
    };
    format!("{system}-{processor}")
}

fn within(arguments: &[&str]) -> Shell {
    cargo(arguments).within(root().join(CRATE))
}

fn building(arguments: &[&str]) -> Shell {
    within(arguments).env("CARGO_TARGET_DIR", cargo_target())
}

fn cargo_target() -> PathBuf {
    folder().join("target")
}

fn folder() -> PathBuf {
    root().join(target()).join("languages/kotlin")
}

fn failed(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}
