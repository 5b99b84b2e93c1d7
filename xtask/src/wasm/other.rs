//! Modules of packages in workspaces of their own.

use std::path::{Path, PathBuf};

use super::{
    bind,
    compiler::{Compiler, TARGET},
    weigh,
};
use crate::shell::{Outcome, root, say};

/// A module that is built from another lock file than the workspace's.
pub(crate) struct OtherModule {
    /// The folder of the other workspace.
    pub(crate) workspace: &'static str,
    pub(crate) package: &'static str,
    /// The name of the JavaScript file.
    pub(crate) name: &'static str,
    /// The maximum size with gzip.
    pub(crate) limit: usize,
}

/// A module that was built.
pub(crate) struct Built {
    /// The folder with the JavaScript and the module.
    pub(crate) folder: PathBuf,
    /// The size with gzip.
    pub(crate) size: usize,
}

impl OtherModule {
    /// Builds the module in a target folder, and checks its size; `None` without a compiler for it.
    pub(crate) fn build(&self, target: &Path) -> Outcome<Option<Built>> {
        let Some(compiler) = Compiler::find() else {
            say(&format!(
                "  skipped: no compiler for wasm32 (`rustup target add {TARGET}`)"
            ));
            return Ok(None);
        };
        compiler
            .cargo("build")
            .args(["--locked", "--profile", "wasm", "--target", TARGET])
            .args(["--package", self.package, "--target-dir"])
            .args([target])
            .within(root().join(self.workspace))
            .run()?;
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        let folder = target.join("module");
        bind(
            &target.join(TARGET).join("wasm").join(file),
            &folder,
            self.name,
            &format!("{}/Cargo.lock", self.workspace),
        )?;
        let size = weigh(
            self.package,
            &folder.join(format!("{}_bg.wasm", self.name)),
            self.limit,
        )?;
        Ok(Some(Built { folder, size }))
    }
}
