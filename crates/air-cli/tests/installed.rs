//! The files that a package of an operating system installs beside the binary: manual pages,
//! completions, and a service that reports its state.

use std::process::Command;

use crate::support::{HELP, RUNTIME_FOLDER, Run, TestEnv, binary, server::Server, stems};

#[test]
fn every_command_has_a_manual_page() {
    let env = TestEnv::new();
    env.air(&["man", "--out", "man1", "--date", "2027-01-31"])
        .succeeded();
    assert_eq!(stems(env.path("man1")), stems(HELP));
    let issue = String::from_utf8(env.read("man1/air-issue.1")).unwrap();
    assert!(issue.contains(r"air\-issue \- "), "{issue}");
    assert!(issue.contains(".SH EXAMPLES"), "{issue}");

    env.air(&["man", "--out", "man1"]).failed_with(1, "--force");
    env.air(&["man", "--out", "man1", "--force"]).succeeded();
    env.air(&["man", "--out", "other", "--date", "1 January"])
        .failed_with(2, "2027-01-31");
}

#[test]
fn bash_completes_commands_and_options() {
    let env = TestEnv::new();
    env.write("air.bash", env.air(&["completions", "bash"]).succeeded().stdout);
    let completed = |words: &str, place: usize| {
        let script = format!(
            "source air.bash; COMP_WORDS=({words}); COMP_CWORD={place}; \
             _air air \"${{COMP_WORDS[{place}]}}\" \"${{COMP_WORDS[{place}-1]}}\"; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        );
        let output = Command::new("bash")
            .args(["--norc", "-c", &script])
            .current_dir(env.path(""))
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(completed("air quicks", 1), "quickstart\n");
    assert_eq!(completed("air sandbox snapshot res", 3), "restore\n");
    assert!(completed("air issue --on", 2).contains("--on-behalf"));
    for shell in ["zsh", "fish"] {
        let script = env.air(&["completions", shell]).succeeded();
        assert!(script.text().contains("quickstart"), "{shell}");
    }
    let document = env.air(&["completions", "bash", "--json"]).succeeded().json();
    assert_eq!(document["shell"], "bash");
    env.air(&["completions", "tcsh"]).failed_with(2, "bash");
}

#[cfg(unix)]
#[test]
fn a_service_manager_learns_when_the_platform_is_ready_and_when_it_stops() {
    use std::{
        io::{BufRead, BufReader, Read},
        os::unix::net::UnixDatagram,
        process::Stdio,
        time::Duration,
    };

    use crate::support::server::interrupt;

    let env = TestEnv::new();
    let manager = UnixDatagram::bind(env.path("notify")).unwrap();
    manager.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
    let report = || {
        let mut report = [0; 64];
        let length = manager.recv(&mut report).unwrap();
        String::from_utf8(report[..length].to_vec()).unwrap()
    };
    let mut platform = Command::new(binary())
        .args(["sandbox", "up", "--listen", "127.0.0.1:0", "--require-token"])
        .current_dir(env.path(""))
        .env("XDG_RUNTIME_DIR", RUNTIME_FOLDER)
        .env("NOTIFY_SOCKET", "notify")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    assert_eq!(report(), "READY=1");
    let mut ready = String::new();
    BufReader::new(platform.stdout.as_mut().unwrap())
        .read_line(&mut ready)
        .unwrap();
    assert!(ready.contains("/dashboard/login?once="), "{ready}");

    interrupt(platform.id());
    assert_eq!(report(), "STOPPING=1");
    assert!(platform.wait().unwrap().success());
    // A service manager stores stderr in a log.
    let mut log = String::new();
    platform.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(
        log.contains("/dashboard; log in with the operator token"),
        "{log}"
    );
    assert!(!log.contains("once="), "{log}");
}

/// As in a minimal container.
#[test]
fn without_ca_certificates_a_local_platform_works_and_https_names_the_reason() {
    let env = TestEnv::new();
    env.write("none.pem", "");
    let without = |arguments: &[&str]| -> Run {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .current_dir(env.path(""))
            .env("XDG_RUNTIME_DIR", RUNTIME_FOLDER)
            .env("SSL_CERT_FILE", env.path("none.pem"))
            .env_remove("SSL_CERT_DIR");
        command.output().unwrap().into()
    };
    without(&["quickstart", "--agree"]).succeeded();

    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    env.write("cert.pem", cert.pem());
    env.write("tls.pem", signing_key.serialize_pem());
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "cert.pem",
        "--tls-key",
        "tls.pem",
    ];
    let platform = Server::start(&env.path(""), &up);
    let url = platform.url().replace("127.0.0.1", "localhost");
    without(&["sandbox", "clock", "--url", &url]).failed_with(5, "ca-certificates");
}
