//! `cargo xtask dist`: what a release ships for this machine's target. In `target/dist`: the
//! stripped binary, completions, manual pages, a tarball, a Debian package and their SHA-256
//! digests. `--check` installs the package in a new Debian and issues a credential there.
//!
//! The package is laid out here and packed by `dpkg-deb`, which every Debian has: see "The Debian
//! package" in the book's decisions. Packing the same binary of the same commit twice gives the
//! same bytes.

mod check;
mod chroot;
mod contents;
mod deb;
mod files;
pub(crate) mod notices;
mod service;
mod tarball;

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

pub(crate) use self::check::rate_units;
use self::contents::Built;
use crate::{
    build::target,
    shell::{Outcome, cargo, program, say},
};

const USAGE: &str = "Usage: cargo xtask dist [--check] [--binary FILE]";
/// The profile in Cargo.toml, and the folder that cargo makes for it.
const PROFILE: &str = "dist";
/// The binary has to be smaller: see "The size of the binary" in the book's decisions.
const LIMIT: usize = 30_000_000;
/// Leaves AES-GCM, AES-XTS and RSA for AVX-512 out of AWS-LC: 0.7 MB of unrolled loops. The code for AVX2 remains.
const AWS_LC_FLAGS: &str = "-DMY_ASSEMBLER_IS_TOO_OLD_FOR_512AVX";
/// Leaves out the extensions of SQLite that no table uses. The index of schemas needs FTS5.
const SQLITE_FLAGS: &str = "-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS -USQLITE_ENABLE_RTREE";

/// A release: its version, its origin and its date.
pub(crate) struct Release {
    /// The version of the workspace.
    version: String,
    /// The target triple, such as `x86_64-unknown-linux-gnu`.
    target: String,
    /// Seconds since 1970: when the last commit was made, or SOURCE_DATE_EPOCH.
    epoch: String,
    /// The folder with the files of the release.
    folder: PathBuf,
}

/// `cargo xtask dist [--check] [--binary FILE]`: `--binary` packs a binary that exists instead of
/// building one.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (check, binary) = match *arguments {
        [] => (false, None),
        ["--check"] => (true, None),
        ["--binary", file] => (false, Some(file)),
        ["--check", "--binary", file] | ["--binary", file, "--check"] => (true, Some(file)),
        _ => return Err(USAGE.into()),
    };
    if program("dpkg-deb").args(["--version"]).read().is_none() {
        return Err("dpkg-deb is missing: this job needs Debian, or a system like it".into());
    }
    let release = Release::of_this_commit()?;
    let binary = match binary {
        Some(file) => crate::shell::root().join(file),
        None => build(&release.target)?,
    };
    let package = release.pack(&binary)?;
    if check {
        check::run(&package, &release.folder)
    } else {
        Ok(())
    }
}

fn build(triple: &str) -> Outcome<PathBuf> {
    let build = cargo([
        "rustc",
        "--package",
        "air-cli",
        "--bin",
        "air",
        "--profile",
        PROFILE,
        "--locked",
    ])
    .env("LIBSQLITE3_FLAGS", SQLITE_FLAGS);
    // Rust links with LLD for this target. LLD merges functions with the same code.
    if triple == "x86_64-unknown-linux-gnu" {
        build
            .env("AWS_LC_SYS_CFLAGS", AWS_LC_FLAGS)
            .args(["--", "-C", "link-arg=-Wl,--icf=all"])
            .run()?;
    } else {
        build.run()?;
    }
    Ok(target().join(PROFILE).join("air"))
}

impl Release {
    fn of_this_commit() -> Outcome<Self> {
        let versions = program("rustc").args(["-vV"]).read().ok_or("rustc is missing")?;
        let target = versions
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or("`rustc -vV` names no host")?;
        let epoch = match std::env::var("SOURCE_DATE_EPOCH") {
            Ok(epoch) => epoch,
            Err(_) => program("git")
                .args(["log", "-1", "--format=%ct"])
                .read()
                .ok_or("git knows no last commit; set SOURCE_DATE_EPOCH")?,
        };
        Ok(Self {
            // All crates have the version of the workspace.
            version: env!("CARGO_PKG_VERSION").to_owned(),
            target: target.to_owned(),
            epoch,
            folder: self::target().join(PROFILE),
        })
    }

    /// Writes all files of the release, and returns the path of the package.
    fn pack(&self, binary: &Path) -> Outcome<PathBuf> {
        let built = Built::by(binary, self)?;
        let size = built.binary.len();
        say(&format!(
            "  air: {} (limit {})",
            megabytes(size),
            megabytes(LIMIT)
        ));
        if size >= LIMIT {
            return Err(format!(
                "{} has {size} bytes: must be less than {LIMIT}",
                binary.display()
            ));
        }
        let tarball = tarball::write(self, &contents::portable(&built)?)?;
        let package = deb::write(self, &contents::debian(&built, self)?, binary)?;
        let mut sums = String::new();
        for path in [&package, &tarball] {
            let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            say(&format!("  {name}: {}", megabytes(bytes.len())));
            let _ = writeln!(sums, "{}  {name}", hex::encode(Sha256::digest(bytes)));
        }
        let path = self.folder.join("SHA256SUMS");
        fs::write(&path, sums).map_err(|error| format!("{}: {error}", path.display()))?;
        say(&format!("  {}", self.folder.display()));
        Ok(package)
    }

    /// The epoch, in a format of `date`.
    fn date(&self, format: &str) -> Outcome<String> {
        program("date")
            .args(["--utc", &format!("--date=@{}", self.epoch), format])
            .env("LC_ALL", "C")
            .read()
            .ok_or_else(|| format!("`date` does not know the time {}", self.epoch))
    }
}

fn megabytes(bytes: usize) -> String {
    let tenths = bytes.div_ceil(100_000);
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
