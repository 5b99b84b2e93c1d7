//! Reports the state of a server, such as `air sandbox up`, to the service manager that started it, as `sd_notify(3)` of systemd does.

use std::{
    env,
    ffi::{OsStr, OsString},
    io,
};

use crate::output::Output;

/// A service manager that waits for reports.
pub(crate) struct ServiceManager {
    /// The path of a Unix socket, or `@` and an abstract name.
    socket: OsString,
}

impl ServiceManager {
    /// The service manager that `NOTIFY_SOCKET` names, if there is one.
    pub(crate) fn from_environment() -> Option<Self> {
        let socket = env::var_os("NOTIFY_SOCKET").filter(|socket| !socket.is_empty())?;
        Some(Self { socket })
    }

    /// Reports that the server answers requests.
    pub(crate) fn ready(&self, output: Output) {
        self.report("READY=1", output);
    }

    /// Reports that the server finishes the running requests.
    pub(crate) fn stopping(&self, output: Output) {
        self.report("STOPPING=1", output);
    }

    /// A failed report does not stop the server: the service manager decides what to do with a service that never becomes ready.
    fn report(&self, state: &str, output: Output) {
        if let Err(error) = send(&self.socket, state) {
            output.note(&format!(
                "warning: failed to send {state} to NOTIFY_SOCKET: {error}"
            ));
        }
    }
}

#[cfg(unix)]
fn send(socket: &OsStr, state: &str) -> io::Result<()> {
    use std::os::unix::{ffi::OsStrExt, net::SocketAddr, net::UnixDatagram};
    let address = match socket.as_bytes() {
        #[cfg(target_os = "linux")]
        [b'@', name @ ..] => {
            use std::os::linux::net::SocketAddrExt;
            SocketAddr::from_abstract_name(name)?
        }
        _ => SocketAddr::from_pathname(socket)?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

#[cfg(not(unix))]
fn send(_: &OsStr, _: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    };

    use super::*;

    fn received(socket: &UnixDatagram) -> Vec<u8> {
        let mut report = [0; 64];
        let length = socket.recv(&mut report).unwrap();
        report[..length].to_vec()
    }

    #[test]
    fn reports_go_to_a_path_and_to_an_abstract_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notify");
        let bound = UnixDatagram::bind(&path).unwrap();
        send(path.as_os_str(), "READY=1").unwrap();
        assert_eq!(received(&bound), b"READY=1");

        let name = format!("air-notify-{}", std::process::id());
        let address = SocketAddr::from_abstract_name(&name).unwrap();
        let bound = UnixDatagram::bind_addr(&address).unwrap();
        send(format!("@{name}").as_ref(), "STOPPING=1").unwrap();
        assert_eq!(received(&bound), b"STOPPING=1");
    }

    #[test]
    fn a_socket_that_nobody_reads_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(send(folder.path().join("none").as_os_str(), "READY=1").is_err());
    }
}
