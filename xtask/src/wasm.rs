//! Builds the modules for browsers and Node: their npm package in `target/wasm/pkg`, and the copies
//! that the local platform embeds. The build also checks that the pure crates support
//! wasm32-unknown-unknown.

mod compiler;
mod copy;
mod other;

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use flate2::{Compression, write::GzEncoder};

use self::compiler::{Compiler, TARGET};
pub(crate) use self::{
    copy::{FOLDER as COPY, check as check_copy, unpacked},
    other::OtherModule,
};
use crate::{
    background::{self, Background},
    shell::{Outcome, cargo, program, root, say},
};

const BUILD: &str = "target/wasm";
const PACKAGE: &str = "target/wasm/pkg";
const SOURCES: &str = "crates/air-wasm";
/// The part of the package in JavaScript, which uses the browser's cryptography.
const WEBCRYPTO: &str = "crates/air-wasm/js/webcrypto";
const NAME: &str = "air_wasm";

/// A module of the package: its name, its feature of air-wasm, and its maximum size with gzip.
struct Module {
    name: &'static str,
    features: &'static str,
    limit: usize,
}

/// Derive, seal and open, and sign with the user's wallet. The platform's pages use it, too.
const CORE: Module = Module {
    name: "core",
    features: "--features=air-wasm/wallet",
    limit: 240 * 1024,
};
const VALIDATE: Module = Module {
    name: "validate",
    features: "--features=air-wasm/validate",
    limit: 200 * 1024,
};
const VERIFY: Module = Module {
    name: "verify",
    features: "--features=air-wasm/verify",
    limit: 220 * 1024,
};
const ANCHOR: Module = Module {
    name: "anchor",
    features: "--features=air-wasm/anchor",
    limit: 100 * 1024,
};
/// The modules of the npm package, each in a folder with its name.
const MODULES: [Module; 4] = [ANCHOR, CORE, VALIDATE, VERIFY];
/// The pure crates that no module includes.
const OTHERS: [&str; 7] = [
    "--package=air-api",
    "--package=air-jwt",
    "--package=air-ledger",
    "--package=air-mdoc",
    "--package=air-oid4vc",
    "--package=air-x509",
    "--features=air-jwt/client-attestation,air-jwt/dpop,air-jwt/jwe,air-ledger/transactions",
];

impl Module {
    /// The packages and features for cargo.
    fn of(&self) -> [&'static str; 3] {
        ["--package=air-wasm", "--no-default-features", self.features]
    }
}

/// `cargo xtask wasm [--write | --check]`.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    match arguments {
        [] => package().map(drop),
        [option] if option == "--check" => copy::rebuild(),
        [option] if option == "--write" => {
            let compiler = Compiler::find().ok_or("no compiler for wasm32 is available")?;
            copy::write(&compiler)
        }
        _ => Err("Usage: cargo xtask wasm [--write | --check]".into()),
    }
}

/// Whether a compiler for wasm32 is installed, or could be.
pub(crate) fn has_compiler() -> bool {
    Compiler::find().is_some()
}

/// The names of the package's modules.
pub(crate) fn modules() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|module| module.name)
}

/// The names of the package's modules, each with the arguments that select its package and features for cargo.
pub(crate) fn selections() -> impl Iterator<Item = (&'static str, [&'static str; 3])> {
    MODULES.iter().map(|module| (module.name, module.of()))
}

/// The npm package, once it is known: it is built only once.
static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();

/// Starts to compare the embedded copies with a new build, and to build the package.
pub(crate) fn start() -> Outcome<Background> {
    background::start("wasm", &[&["wasm", "--check"], &["wasm"]])
}

/// Waits for the copies and the package.
pub(crate) fn wait(started: Background) -> Outcome {
    started.wait()?;
    let folder = root().join(PACKAGE);
    let _ = BUILT.set(folder.join("package.json").exists().then_some(folder));
    Ok(())
}

/// The npm package; `None` without a compiler for it.
pub(crate) fn package() -> Outcome<Option<PathBuf>> {
    if let Some(built) = BUILT.get() {
        return Ok(built.clone());
    }
    let built = build_package()?;
    Ok(BUILT.get_or_init(|| built).clone())
}

fn build_package() -> Outcome<Option<PathBuf>> {
    let folder = root().join(PACKAGE);
    let _ = fs::remove_dir_all(&folder);
    let Some(compiler) = Compiler::find() else {
        say(&format!(
            "  skipped: no compiler for wasm32 (`rustup target add {TARGET}`)"
        ));
        return Ok(None);
    };
    for module in &MODULES {
        let folder = folder.join(module.name);
        build(&compiler, module, &folder)?;
        copy_into(&folder, &format!("{SOURCES}/js/node.js"))?;
    }
    copy_webcrypto(&folder)?;
    check(&compiler, &OTHERS)?;
    for file in ["crates/air-wasm/README.md", "LICENSE-APACHE", "LICENSE-MIT"] {
        copy_into(&folder, file)?;
    }
    let manifest = read(&format!("{SOURCES}/js/package.json"))?;
    let manifest = manifest.replace("\"0.0.0\"", &format!("\"{}\"", env!("CARGO_PKG_VERSION")));
    fs::write(folder.join("package.json"), manifest).map_err(|error| error.to_string())?;
    pack(&folder)?;
    Ok(Some(folder))
}

/// Builds a module that the local platform embeds, without updating its copy.
fn build_in(module: &Module, compiler: &Compiler) -> Outcome<PathBuf> {
    let folder = root().join(BUILD).join(module.name);
    build(compiler, module, &folder)?;
    Ok(folder)
}

/// Compiles a module, generates its JavaScript in a folder, and checks its size.
fn build(compiler: &Compiler, module: &Module, folder: &Path) -> Outcome {
    compile(compiler, &module.of())?;
    let compiled = root().join(format!("{BUILD}/{TARGET}/wasm/{NAME}.wasm"));
    bind(&compiled, folder, NAME, "Cargo.lock")?;
    weigh(module.name, &folder.join(format!("{NAME}_bg.wasm")), module.limit).map(drop)
}

/// The size of a module with gzip. Fails if it exceeds the limit.
fn weigh(name: &str, file: &Path, limit: usize) -> Outcome<usize> {
    let size = gzipped(file)?;
    let weight = format!("module {name}: {size} bytes with gzip, at most {limit}");
    say(&format!("  {weight}"));
    if size > limit { Err(weight) } else { Ok(size) }
}

/// Checks that packages support wasm32. With the modules' profile, so that macros and build scripts
/// are compiled once for both.
fn check(compiler: &Compiler, packages: &[&str]) -> Outcome {
    on_target(compiler, "check", packages)
}

fn compile(compiler: &Compiler, packages: &[&str]) -> Outcome {
    on_target(compiler, "build", packages)
}

fn on_target(compiler: &Compiler, job: &str, packages: &[&str]) -> Outcome {
    compiler
        .cargo(job)
        .args(["--locked", "--profile", "wasm", "--target", TARGET])
        .args(["--target-dir", BUILD])
        .args(packages)
        .run()
}

/// Generates the JavaScript of a compiled module in a folder. Runs wasm-bindgen as a separate program, since
/// nothing else needs its dependencies.
fn bind(compiled: &Path, folder: &Path, name: &str, lock: &str) -> Outcome {
    const TOOL: &str = "target/tools/bindgen";
    let tool = read("xtask/bindgen/Cargo.lock")?;
    if version_of("wasm-bindgen", &read(lock)?) != version_of("wasm-bindgen-cli-support", &tool) {
        return Err(format!(
            "xtask/bindgen must have the version of wasm-bindgen that {lock} has"
        ));
    }
    cargo([
        "build",
        "--quiet",
        "--locked",
        "--manifest-path",
        "xtask/bindgen/Cargo.toml",
    ])
    .args(["--target-dir", TOOL])
    .run()?;
    let bindgen = root().join(TOOL).join("debug/bindgen");
    program(bindgen).args([compiled, folder, Path::new(name)]).run()
}

/// The version in a lock file.
fn version_of<'a>(package: &str, lock: &'a str) -> Option<&'a str> {
    let (_, entry) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    entry.split('"').next()
}

/// Checks that `npm pack` includes all files that package.json names.
fn pack(folder: &Path) -> Outcome {
    if program("npm").args(["--version"]).read().is_none() {
        say("  `npm pack` skipped: Node is not installed");
        return Ok(());
    }
    let listing = program("npm")
        .args(["pack", "--silent", "--pack-destination", BUILD])
        .args([folder])
        .read()
        .ok_or("`npm pack` failed")?;
    say(&format!("  {BUILD}/{listing}"));
    let manifest = read(&format!("{PACKAGE}/package.json"))?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest).map_err(|error| error.to_string())?;
    let named = manifest["files"].as_array().into_iter().flatten();
    let absent: Vec<&str> = named
        .filter_map(serde_json::Value::as_str)
        .filter(|name| !folder.join(name).exists())
        .collect();
    if absent.is_empty() {
        Ok(())
    } else {
        Err(format!("the package lacks {}", absent.join(", ")))
    }
}

fn gzipped(file: &Path) -> Outcome<usize> {
    let bytes = fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(&bytes).and_then(|()| encoder.finish());
    Ok(written.map_err(|error| error.to_string())?.len())
}

/// Copies the part in JavaScript into a package.
pub(crate) fn copy_webcrypto(package: &Path) -> Outcome {
    let folder = package.join("webcrypto");
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let entries = fs::read_dir(root().join(WEBCRYPTO)).map_err(|error| format!("{WEBCRYPTO}: {error}"))?;
    for entry in entries.filter_map(Result::ok) {
        let name = entry.file_name();
        fs::copy(entry.path(), folder.join(&name))
            .map_err(|error| format!("{WEBCRYPTO}/{}: {error}", name.display()))?;
    }
    Ok(())
}

fn copy_into(folder: &Path, file: &str) -> Outcome {
    let name = Path::new(file).file_name().unwrap_or_default();
    fs::copy(root().join(file), folder.join(name))
        .map(drop)
        .map_err(|error| format!("{file}: {error}"))
}

fn read(file: &str) -> Outcome<String> {
    fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_version_in_a_lock_file() {
        let lock = "[[package]]\nname = \"a-b\"\nversion = \"2.0.0\"\n\n[[package]]\nname = \"a\"\nversion = \"1.2.3\"\n";
        assert_eq!(version_of("a", lock), Some("1.2.3"));
        assert_eq!(version_of("c", lock), None);
    }
}
