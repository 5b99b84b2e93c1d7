//! The compiler, which npm installs, and Debian's JDK and libraries.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use crate::{
    peers::npm_ci_with,
    shell::{Outcome, Shell, apt_install, program, root, say},
};

use super::{PACKAGE, failed};

/// The JDK, JNA, and the libraries of the tests.
const DEBIAN: [&str; 4] = [
    "openjdk-17-jdk-headless",
    "libjna-java",
    "junit4",
    "libgoogle-gson-java",
];
const JARS: &str = "/usr/share/java";
const JNA: &str = "jna.jar";
const OF_TESTS: [&str; 3] = ["junit4.jar", "hamcrest.jar", "gson.jar"];

/// The installed tools.
pub(super) struct Tools {
    /// The folder with the compiler's jars.
    compiler: PathBuf,
}

impl Tools {
    /// Installs what is missing, or returns `None` if that is not possible.
    pub(super) fn find() -> Outcome<Option<Self>> {
        if !is_complete() {
            apt_install(&DEBIAN);
        }
        if !is_complete() {
            say(&format!(
                "  the Kotlin package is skipped: a JDK and JNA are not installed (Debian: {})",
                DEBIAN.join(", ")
            ));
            return Ok(None);
        }
        if program("node").args(["--version"]).read().is_none() {
            say("  the Kotlin package is skipped: Node, which installs the compiler, is not installed");
            return Ok(None);
        }
        npm_ci_with(PACKAGE, &["--ignore-scripts"])?;
        let compiler = root().join(PACKAGE).join("node_modules/kotlin-compiler/lib");
        Ok(Some(Self { compiler }))
    }

    /// Compiles sources into a new folder or, if it ends with `.jar`, a file. Warnings are errors.
    pub(super) fn compile(&self, sources: &[PathBuf], class_path: &[PathBuf], to: &Path) -> Outcome {
        if to.is_dir() {
            fs::remove_dir_all(to).map_err(|error| failed(to, &error))?;
        }
        program("java")
            .args(["-Xmx1g", "-cp"])
            .args([self.jar("kotlin-preloader.jar")])
            .args(["org.jetbrains.kotlin.preloading.Preloader", "-cp"])
            .args([self.jar("kotlin-compiler.jar")])
            .args(["org.jetbrains.kotlin.cli.jvm.K2JVMCompiler"])
            .args(["-no-reflect", "-Werror", "-jvm-target", "11", "-module-name"])
            .args([to.file_stem().unwrap_or_default()])
            .args(["-cp"])
            .args([joined(class_path)?])
            .args(["-d"])
            .args([to])
            .args(sources)
            .run()
    }

    /// A program for the JVM.
    pub(super) fn java(&self, class_path: &[PathBuf], class: &str) -> Outcome<Shell> {
        let mut class_path = class_path.to_vec();
        class_path.extend(native_access());
        class_path.push(self.jar("kotlin-stdlib.jar"));
        let mut root_property = OsString::from("-Dair.root=");
        root_property.push(root());
        Ok(program("java")
            .args([root_property])
            .args(["-cp"])
            .args([joined(&class_path)?])
            .args([class]))
    }

    pub(super) fn test_jars(&self) -> Vec<PathBuf> {
        let debian = OF_TESTS.iter().map(|name| Path::new(JARS).join(name));
        let ours = ["kotlin-test.jar", "kotlin-test-junit.jar"].map(|name| self.jar(name));
        debian.chain(ours).collect()
    }

    fn jar(&self, name: &str) -> PathBuf {
        self.compiler.join(name)
    }
}

/// JNA, with which the package calls the native library.
pub(super) fn native_access() -> Vec<PathBuf> {
    vec![Path::new(JARS).join(JNA)]
}

fn is_complete() -> bool {
    let has_jars = [JNA]
        .iter()
        .chain(&OF_TESTS)
        .all(|name| Path::new(JARS).join(name).exists());
    has_jars && program("jar").args(["--version"]).read().is_some()
}

fn joined(paths: &[PathBuf]) -> Outcome<OsString> {
    env::join_paths(paths).map_err(|error| error.to_string())
}
