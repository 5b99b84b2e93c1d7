//! The pure crates for wasm32-unknown-unknown: with the installed target, or with Debian's compiler for the web.

use std::path::Path;

use crate::shell::{Outcome, Shell, apt_install, cargo, program, say};

const TARGET: &str = "wasm32-unknown-unknown";
const PURE: [&str; 5] = ["air-schema", "air-crypto", "air-jwt", "air-vc", "air-api"];
const DEBIAN: [&str; 3] = ["rustc-web", "cargo-web", "rust-web-src"];

pub(crate) fn run() -> Outcome {
    if has_target() {
        return check(cargo(["check"]));
    }
    if let Some(cargo) = debian_cargo() {
        return check(cargo);
    }
    say(&format!(
        "  skipped: `rustup target add {TARGET}` makes it possible"
    ));
    Ok(())
}

fn check(cargo: Shell) -> Outcome {
    let packages = PURE.iter().flat_map(|name| ["--package", name]);
    cargo
        .args(["--locked", "--target", TARGET, "--target-dir", "target/wasm"])
        .args(packages)
        .run()
}

fn has_target() -> bool {
    program("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .read()
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Debian packages a compiler for the web, whose standard library is built on the spot.
fn debian_cargo() -> Option<Shell> {
    if !has_debian_compiler() {
        apt_install(&DEBIAN);
    }
    let linker = lld().filter(|_| has_debian_compiler())?;
    let mut cargo = program("/usr/bin/cargo")
        .args(["check", "-Zbuild-std=std,panic_abort"])
        .env("RUSTC", "/usr/bin/rustc")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", format!("-Clinker={linker}"));
    for name in ["RUSTUP_TOOLCHAIN", "RUSTC_WRAPPER", "CARGO", "RUSTDOC"] {
        cargo = cargo.without_env(name);
    }
    Some(cargo)
}

/// Older ones than the workspace's minimum come from the stable archive; the security archive has the new.
fn has_debian_compiler() -> bool {
    let source = Path::new("/usr/lib/rustlib/src/rust/library/std");
    let version = program("/usr/bin/rustc")
        .args(["--version"])
        .read()
        .unwrap_or_default();
    let minor = version
        .strip_prefix("rustc 1.")
        .and_then(|rest| rest.split('.').next()?.parse().ok());
    Path::new("/usr/bin/cargo").exists() && source.exists() && minor.is_some_and(|minor: u32| minor >= 95)
}

/// The linker that comes with the toolchain.
fn lld() -> Option<String> {
    let sysroot = program("rustc").args(["--print", "sysroot"]).read()?;
    let version = program("rustc").args(["-vV"]).read()?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "))?;
    let lld = format!("{sysroot}/lib/rustlib/{host}/bin/rust-lld");
    Path::new(&lld).exists().then_some(lld)
}
