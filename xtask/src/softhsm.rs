//! SoftHSM, the PKCS#11 token of the tests of `air-signers`, `air-issuer` and `air-cli`, which skip themselves without it.

use std::path::Path;

use crate::shell::apt_install;

/// The module of Debian's package.
const MODULE: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// Whether SoftHSM is installed, or could be.
pub(crate) fn is_available() -> bool {
    let is_there = || Path::new(MODULE).exists();
    if !is_there() {
        apt_install(&["softhsm2"]);
    }
    is_there()
}
