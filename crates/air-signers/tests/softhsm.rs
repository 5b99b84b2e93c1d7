//! SoftHSM 2 with a token folder for each test.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use air_signers::{Pkcs11Uri, Secret};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    session::{Session, UserType},
    types::AuthPin,
};

pub(crate) const PIN: &str = "1934-pin";
const FOLDER: &str = "AIR_TEST_SOFTHSM_FOLDER";

/// A folder with SoftHSM's configuration, its tokens and a PIN file.
pub(crate) struct SoftHsm {
    folder: PathBuf,
    module: PathBuf,
}

/// Runs `test` in a process of its own: SoftHSM reads its configuration from the environment, and
/// has one state for a process. Skips the test if SoftHSM is not installed.
pub(crate) fn with_softhsm(name: &str, test: impl FnOnce(&SoftHsm)) {
    let Some(module) = module() else {
        announce(&format!(
            "{name}: skipped, SoftHSM is not installed (apt-get install softhsm2)"
        ));
        return;
    };
    if let Some(folder) = std::env::var_os(FOLDER) {
        return test(&SoftHsm {
            folder: folder.into(),
            module,
        });
    }
    let folder = tempfile::tempdir().unwrap();
    let hsm = SoftHsm {
        folder: folder.path().to_owned(),
        module,
    };
    fs::create_dir(hsm.tokens()).unwrap();
    fs::write(
        hsm.configuration(),
        format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            hsm.tokens().display()
        ),
    )
    .unwrap();
    fs::write(hsm.pin_file(), format!("{PIN}\n")).unwrap();
    let output = Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env(FOLDER, &hsm.folder)
        .env("SOFTHSM2_CONF", hsm.configuration())
        .output()
        .unwrap();
    let shown = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{shown}");
    assert!(shown.contains("1 passed"), "no test is called {name}: {shown}");
}

/// The module: of `AIR_TEST_PKCS11_MODULE`, or of Debian, Fedora or Homebrew.
fn module() -> Option<PathBuf> {
    if let Some(module) = std::env::var_os("AIR_TEST_PKCS11_MODULE") {
        return Some(module.into());
    }
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ]
    .into_iter()
    .map(PathBuf::from)
    .find(|path| path.exists())
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn announce(text: &str) {
    eprintln!("{text}");
}

impl SoftHsm {
    pub(crate) fn module(&self) -> &Path {
        &self.module
    }

    pub(crate) fn tokens(&self) -> PathBuf {
        self.folder.join("tokens")
    }

    pub(crate) fn pin_file(&self) -> PathBuf {
        self.folder.join("pin")
    }

    fn configuration(&self) -> PathBuf {
        self.folder.join("softhsm2.conf")
    }

    /// Initialises a token, before the module is loaded in this process.
    pub(crate) fn add_token(&self, label: &str) {
        let output = Command::new("softhsm2-util")
            .args(["--init-token", "--free", "--label", label])
            .args(["--pin", PIN, "--so-pin", "security-officer"])
            .env("SOFTHSM2_CONF", self.configuration())
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }

    /// The URI of a key, with the PIN's file.
    pub(crate) fn uri(&self, token: &str, object: &str) -> Pkcs11Uri {
        self.uri_without_pin(token, object).with_pin_file(self.pin_file())
    }

    pub(crate) fn uri_without_pin(&self, token: &str, object: &str) -> Pkcs11Uri {
        Pkcs11Uri::new(token, object, self.module()).unwrap()
    }

    /// The module, initialised, as another part of the process would use it.
    pub(crate) fn context(&self) -> Pkcs11 {
        let context = Pkcs11::new(self.module()).unwrap();
        // It may be initialised already.
        let _ = context.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK));
        context
    }

    /// A session of the logged-in user at the token, which may be logged in already.
    pub(crate) fn session(&self, token: &str) -> Session {
        let context = self.context();
        let slot = context
            .get_slots_with_initialized_token()
            .unwrap()
            .into_iter()
            .find(|slot| context.get_token_info(*slot).unwrap().label() == token)
            .unwrap();
        let session = context.open_rw_session(slot).unwrap();
        let _ = session.login(UserType::User, Some(&AuthPin::from(PIN)));
        session
    }
}

pub(crate) fn pin() -> Secret {
    Secret::new(PIN).unwrap()
}
