//! The operator token of a platform on this machine: `air sandbox up` stores it in a folder of the
//! user, where later commands find it by the platform's address.

use std::{
    env, fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::{Path, PathBuf},
};

use url::{Host, Url};
use zeroize::Zeroizing;

use crate::{
    exit::Failure,
    files::{self, Audience},
};

/// The token file of a running platform. Dropping it deletes the file.
pub(crate) struct Published {
    file: PathBuf,
    token: Zeroizing<String>,
}

impl Published {
    /// Stores the token of the platform at this address, in a file with mode 0600. Does nothing if
    /// the user has no folder for it.
    ///
    /// # Errors
    /// When the folder can't be created, or other users can access it.
    pub(crate) fn new(address: SocketAddr, token: &str) -> Result<Option<Self>, Failure> {
        match folder() {
            Some(folder) => Self::in_folder(&folder, address, token).map(Some),
            None => Ok(None),
        }
    }

    fn in_folder(folder: &Path, address: SocketAddr, token: &str) -> Result<Self, Failure> {
        files::make_private_folder(folder)?;
        require_private(folder)?;
        let file = folder.join(name(address));
        // A draft replaces a link of that name instead of following it.
        let _ = fs::remove_file(&file);
        files::write(&file, token.as_bytes(), Audience::Owner)?;
        Ok(Self {
            file,
            token: Zeroizing::new(token.to_owned()),
        })
    }

    pub(crate) fn file(&self) -> &Path {
        &self.file
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        // A later platform at the same address may have replaced it.
        if fs::read(&self.file).is_ok_and(|kept| kept == self.token.as_bytes()) {
            let _ = fs::remove_file(&self.file);
        }
    }
}

/// The token of the platform at this URL, if the same user runs it on this machine.
pub(crate) fn find(url: &str) -> Option<Zeroizing<String>> {
    find_in(&folder()?, url)
}

fn find_in(folder: &Path, url: &str) -> Option<Zeroizing<String>> {
    let url = if url == "local" {
        "http://127.0.0.1:8300"
    } else {
        url
    };
    let url = Url::parse(url).ok()?;
    let port = url.port_or_known_default()?;
    require_private(folder).ok()?;
    listeners(&url.host()?).into_iter().find_map(|address| {
        let file = folder.join(name(SocketAddr::new(address, port)));
        files::read_text(&file).ok()
    })
}

/// The addresses at which a platform with this host in its URL may listen; empty for other
/// machines. `localhost` is excluded, because it has two addresses: a program of another user could
/// listen at the one that the platform does not use, and receive the token.
fn listeners(host: &Host<&str>) -> Vec<IpAddr> {
    match host {
        Host::Ipv4(address) if address.is_loopback() || address.is_unspecified() => {
            vec![(*address).into(), Ipv4Addr::UNSPECIFIED.into()]
        }
        Host::Ipv6(address) if address.is_loopback() || address.is_unspecified() => {
            vec![(*address).into(), Ipv6Addr::UNSPECIFIED.into()]
        }
        _ => Vec::new(),
    }
}

/// The file's name: `127.0.0.1_8300`, or `--1_8300` for an IPv6 address.
fn name(address: SocketAddr) -> String {
    let host = address.ip().to_string().replace(':', "-");
    format!("operator-{host}_{}", address.port())
}

/// The user's runtime folder, or else the state folder.
fn folder() -> Option<PathBuf> {
    let variable = |name| {
        let path = PathBuf::from(env::var_os(name)?);
        path.is_absolute().then_some(path)
    };
    let base = variable("XDG_RUNTIME_DIR")
        .or_else(|| variable("XDG_STATE_HOME"))
        .or_else(|| variable("HOME").map(|home| home.join(".local").join("state")))
        .or_else(|| variable("LOCALAPPDATA"))?;
    Some(base.join("air"))
}

/// Checks that only the user can read or write the folder: others could otherwise plant a token, or
/// read this one.
#[cfg(unix)]
fn require_private(folder: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::PermissionsExt;
    let is_private = fs::symlink_metadata(folder)
        .is_ok_and(|found| found.is_dir() && found.permissions().mode() & 0o777 == 0o700);
    if is_private {
        return Ok(());
    }
    Err(
        Failure::failed(format!("{} is accessible to other users", folder.display()))
            .with_hint(format!("run `chmod 700 {}`", folder.display())),
    )
}

#[cfg(not(unix))]
fn require_private(_: &Path) -> Result<(), Failure> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_the_names_of_its_platform_alone() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("air");
        let publish =
            |address: &str, token| Published::in_folder(&folder, address.parse().unwrap(), token).unwrap();
        let kept = [
            publish("127.0.0.1:8300", "one"),
            publish("0.0.0.0:8301", "two"),
            publish("[::1]:8302", "three"),
        ];
        for (url, token) in [
            ("http://127.0.0.1:8300", Some("one")),
            ("http://localhost:8300", None),
            ("local", Some("one")),
            ("https://127.0.0.1:8301", Some("two")),
            ("http://0.0.0.0:8301", Some("two")),
            ("http://[::1]:8301", None),
            ("http://[::1]:8302", Some("three")),
            ("http://127.0.0.1:8302", None),
            ("http://127.0.0.1:8303", None),
            ("http://192.0.2.1:8301", None),
            ("https://air.example:8301", None),
            ("https://localhost.evil.example:8300", None),
            ("sandbox", None),
        ] {
            let found = find_in(&folder, url);
            assert_eq!(found.as_ref().map(|token| token.as_str()), token, "{url}");
        }
        drop(kept);
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            0,
            "they are gone with their platforms"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_that_is_open_to_others_is_not_used() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("air");
        let address = "127.0.0.1:8300".parse().unwrap();
        let kept = Published::in_folder(&folder, address, "one").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder), mode(kept.file())), (0o700, 0o600));
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(Published::in_folder(&folder, address, "two").is_err());
        assert!(find_in(&folder, "local").is_none());
    }
}
