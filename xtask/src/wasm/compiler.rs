//! Finds the compiler: the installed toolchain if it has the target, or else Debian's rustc-web.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::shell::{Outcome, Shell, apt_install, cargo, program, root};

pub(super) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

/// The source of the standard library in Debian.
const RUST_SOURCE: &str = "/usr/lib/rustlib/src/rust";
/// The variable for flags that may contain spaces, and its separator.
const FLAGS: &str = "CARGO_ENCODED_RUSTFLAGS";
const BETWEEN: &str = "\x1f";

pub(super) enum Compiler {
    Installed,
    /// Debian's rustc-web, with the linker of the installed toolchain.
    Debian {
        linker: String,
    },
}

impl Compiler {
    pub(super) fn find() -> Option<Self> {
        if has_target() {
            return Some(Self::Installed);
        }
        if !has_debian_compiler() {
            apt_install(&DEBIAN);
        }
        let linker = lld().filter(|_| has_debian_compiler())?;
        Some(Self::Debian { linker })
    }

    /// The versions that affect the module's bytes, one a line.
    pub(super) fn versions(&self) -> Outcome<String> {
        let installed = version_of_rustc("rustc")?;
        match self {
            Self::Installed => Ok(format!("compiler: {installed}\nlinker: its own rust-lld")),
            Self::Debian { .. } => {
                let package = program("dpkg-query")
                    .args(["--show", "--showformat=${Version}", "rustc-web"])
                    .read()
                    .ok_or("`dpkg-query --show rustc-web` failed")?;
                let version = version_of_rustc("/usr/bin/rustc")?;
                Ok(format!(
                    "compiler: {version}, Debian's rustc-web {package}\nlinker: rust-lld of {installed}"
                ))
            }
        }
    }

    /// A cargo command. With Debian's compiler, it also builds the standard library.
    pub(super) fn cargo(&self, job: &str) -> Shell {
        let mut flags = without_paths();
        let Self::Debian { linker } = self else {
            return cargo([job]).env(FLAGS, flags.join(BETWEEN));
        };
        flags.push(format!("-Clinker={linker}"));
        let mut cargo = program("/usr/bin/cargo")
            .args([job, "-Zbuild-std=std,panic_abort"])
            .env("RUSTC", "/usr/bin/rustc")
            .env("RUSTC_BOOTSTRAP", "1")
            .env(FLAGS, flags.join(BETWEEN));
        for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "CARGO", "RUSTDOC"] {
            cargo = cargo.without_env(name);
        }
        cargo
    }
}

fn version_of_rustc(rustc: &str) -> Outcome<String> {
    let version = program(rustc).args(["--version"]).read();
    version.ok_or_else(|| format!("`{rustc} --version` failed"))
}

/// Flags that remap source paths in panic messages, so that they are equal on every machine.
fn without_paths() -> Vec<String> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")));
    let sources = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    // One folder for each registry index.
    let sources = sources.into_iter().flatten().filter_map(Result::ok);
    let mut names: Vec<_> = sources.map(|folder| (folder.path(), "dependencies")).collect();
    names.push((root(), "air"));
    names.push((PathBuf::from(RUST_SOURCE), "rust"));
    let flag = |(path, name): (PathBuf, &str)| format!("--remap-path-prefix={}={name}", path.display());
    names.into_iter().map(flag).collect()
}

fn has_target() -> bool {
    program("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .read()
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Whether Debian's compiler is recent enough: the stable archive may have an older one than the
/// security archive.
fn has_debian_compiler() -> bool {
    let source = Path::new(RUST_SOURCE).join("library/std");
    let version = program("/usr/bin/rustc")
        .args(["--version"])
        .read()
        .unwrap_or_default();
    let minor = version
        .strip_prefix("rustc 1.")
        .and_then(|rest| rest.split('.').next()?.parse().ok());
    Path::new("/usr/bin/cargo").exists() && source.exists() && minor.is_some_and(|minor: u32| minor >= 95)
}

/// The linker of the installed toolchain.
fn lld() -> Option<String> {
    let sysroot = program("rustc").args(["--print", "sysroot"]).read()?;
    let version = program("rustc").args(["-vV"]).read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?;
    let lld = format!("{sysroot}/lib/rustlib/{host}/bin/rust-lld");
    Path::new(&lld).exists().then_some(lld)
}
