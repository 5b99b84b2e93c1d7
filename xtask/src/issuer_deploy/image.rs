//! Checks of the container file, which nothing here can build: its stages, user, paths, commands and time to stop.

use std::fs;

use crate::shell::{program, root};

const FILE: &str = "packaging/issuer.Dockerfile";

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The instructions, each on one line, without comments.
fn instructions() -> Vec<String> {
    let file = read(FILE);
    let lines: Vec<&str> = file.lines().filter(|line| !line.starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let instructions = joined.lines().map(str::trim).filter(|line| !line.is_empty());
    instructions.map(str::to_owned).collect()
}

/// The arguments of the only instruction with this name in the last stage.
fn last(name: &str) -> String {
    let all = instructions();
    let stage = all.rsplit(|line| line.starts_with("FROM ")).next().unwrap();
    let arguments = stage.iter().filter_map(|line| line.strip_prefix(name));
    let found: Vec<&str> = arguments.map(str::trim).collect();
    let [only] = found[..] else {
        panic!("{name}: {found:?}")
    };
    only.to_owned()
}

/// The words of a command in the exec form.
fn words(json: &str) -> Vec<String> {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

#[test]
fn each_instruction_is_known() {
    let known = [
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "USER",
        "EXPOSE",
        "STOPSIGNAL",
        "HEALTHCHECK",
        "ENTRYPOINT",
        "CMD",
    ];
    for line in instructions() {
        let name = line.split(' ').next().unwrap_or_default();
        assert!(known.contains(&name), "{line}");
    }
}

#[test]
fn the_binary_comes_from_the_first_stage_with_the_workspaces_rust() {
    let all = instructions();
    let stages: Vec<&str> = all.iter().filter_map(|line| line.strip_prefix("FROM ")).collect();
    let [build, run] = stages[..] else {
        panic!("{stages:?}")
    };
    let manifest = read("Cargo.toml");
    let rust = manifest
        .lines()
        .find_map(|line| line.strip_prefix("rust-version = "))
        .unwrap()
        .trim_matches('"');
    let debian = run
        .strip_prefix("debian:")
        .and_then(|tag| tag.strip_suffix("-slim"))
        .unwrap();
    assert_eq!(build, format!("rust:{rust}-{debian} AS build"));
    assert!(
        all.iter()
            .any(|line| line == "RUN cargo build --package air-cli --profile dist --locked")
    );
    assert!(manifest.contains("[profile.dist]"));
    // The folder of a profile has its name.
    assert_eq!(last("COPY "), "--from=build /air/target/dist/air /usr/bin/air");
}

/// A pattern without `**` is a path from the root of the checkout.
#[test]
fn no_source_is_left_out_of_the_build() {
    let ignored = read("packaging/issuer.Dockerfile.dockerignore");
    let is_ignored = |path: &str| {
        ignored.lines().any(|pattern| match pattern.strip_prefix("**/") {
            Some(name) => path.split('/').any(|part| part == name),
            None => path
                .strip_prefix(pattern)
                .is_some_and(|rest| rest.starts_with('/')),
        })
    };
    assert!(is_ignored("target/debug/air") && is_ignored("packages/air-client/node_modules/a/b.js"));
    let files = program("git").args(["ls-files"]).read().unwrap();
    let left_out: Vec<&str> = files.lines().filter(|path| is_ignored(path)).collect();
    assert!(left_out.is_empty(), "{left_out:?}");
}

#[test]
fn the_service_is_not_root_and_has_the_paths_of_the_package() {
    assert_eq!(last("USER "), "10001:10001");
    let run = last("RUN ");
    for option in ["groupadd --gid 10001 ", "useradd --uid 10001 --gid 10001 "] {
        assert!(run.contains(option), "{option}: {run}");
    }
    assert_eq!(words(&last("ENTRYPOINT ")), ["air", "issuer"]);
    let command = words(&last("CMD "));
    let help = read("crates/air-cli/tests/snapshots/help/air-issuer-serve.txt");
    for option in command.iter().filter(|word| word.starts_with("--")) {
        assert!(help.contains(&format!("{option} <")), "{option}");
    }
    let unit = read(super::UNIT);
    let start = unit.lines().find(|line| line.starts_with("ExecStart=")).unwrap();
    assert!(
        start.contains(&format!("issuer {}", command[..3].join(" "))),
        "{start}"
    );
}

#[test]
fn the_health_check_calls_the_port_of_the_service() {
    let check = last("HEALTHCHECK ");
    let (_, command) = check.split_once(" CMD ").unwrap();
    let command = words(command);
    let [program, _, script] = command.as_slice() else {
        panic!("{command:?}")
    };
    assert_eq!(program, "bash");
    let port = last("EXPOSE ");
    assert!(
        script.contains(&format!("/dev/tcp/127.0.0.1/{port} ")),
        "{script}"
    );
    assert!(script.contains("GET /healthz HTTP/1.0\\r\\n\\r\\n"), "{script}");
}

/// The minutes of a constant in the service's source.
fn minutes(path: &str, name: &str) -> u64 {
    let start = format!("const {name}: Duration = Duration::from_mins(");
    let source = read(path);
    let number = source
        .lines()
        .find_map(|line| line.strip_prefix(&start)?.strip_suffix(");"));
    let number = number.unwrap_or_else(|| panic!("{path} has no line `{start}`"));
    number.parse().unwrap()
}

#[test]
fn the_unit_and_the_container_wait_for_requests_in_flight() {
    // By default, requests have the same time to be completed.
    let drain = 60 * minutes("crates/air-issuer/src/config/http.rs", "REQUEST_TIME");
    let unit = read(super::UNIT);
    let stop = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec="));
    let stop = stop.unwrap();
    assert!(stop.parse::<u64>().unwrap() > drain, "{stop} s, and {drain} s");
    assert!(read(FILE).contains(&format!("--stop-timeout {stop} ")));
    let page = read("docs/book/src/guide/issuer-production.md");
    for text in ["--stop-timeout ", "terminationGracePeriodSeconds: "] {
        assert!(page.contains(&format!("{text}{stop}")), "{text}{stop}");
    }
}

/// The number after a field in the example for Kubernetes.
fn number(manifest: &str, field: &str) -> u64 {
    let mut lines = manifest.lines().map(str::trim);
    let number = lines.find_map(|line| line.strip_prefix(&format!("{field}: ")));
    let number = number.unwrap_or_else(|| panic!("{field}"));
    number.parse().unwrap()
}

#[test]
fn the_example_for_kubernetes_runs_the_image_as_it_is_made() {
    let manifest = read("examples/issuer-kubernetes/issuer.yml");
    let account = last("USER ");
    let (user, group) = account.split_once(':').unwrap();
    let port = last("EXPOSE ");
    for (field, expected) in [
        ("runAsUser", user),
        ("runAsGroup", group),
        ("fsGroup", group),
        ("containerPort", port.as_str()),
    ] {
        assert_eq!(number(&manifest, field).to_string(), expected, "{field}");
    }
    let command = words(&last("CMD "));
    let folder = command.iter().find_map(|word| word.strip_suffix("/issuer.toml"));
    let mount = format!("mountPath: {}\n", folder.unwrap());
    assert!(manifest.contains(&mount), "{mount}");
    for field in [
        "runAsNonRoot: true",
        "readOnlyRootFilesystem: true",
        "drop: [\"ALL\"]",
        "defaultMode: 0440",
    ] {
        assert!(manifest.contains(field), "{field}");
    }
    // The time of requests in flight, as for the unit, after the pause before SIGTERM.
    let unit = read(super::UNIT);
    let stop = unit.lines().find_map(|line| line.strip_prefix("TimeoutStopSec="));
    let stop: u64 = stop.unwrap().parse().unwrap();
    let pause = number(&manifest, "seconds");
    assert_eq!(number(&manifest, "terminationGracePeriodSeconds"), stop + pause);
}
