//! The alert rules and the dashboard of `ops`: each metric and label is in a real `/metrics`, and each alert has tests
//! and a runbook. The promises of the book: each one has tests.

mod figures;
mod logs;
mod tables;

use std::path::{Path, PathBuf};

use serde_json::Value;

use self::figures::{Figures, uses};
use crate::{
    issuer_service::configure,
    support::{TestEnv, node::Anvil, server::Server},
};

/// Nothing listens there.
const CLOSED: &str = "http://127.0.0.1:1";

const RULES: [&str; 2] = ["platform.rules.yml", "issuer.rules.yml"];
const TESTS: [&str; 2] = ["platform.test.yml", "issuer.test.yml"];

fn read(path: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn prometheus(name: &str) -> String {
    read(&format!("ops/prometheus/{name}"))
}

/// The expressions and the legends of the dashboard, one on each line.
fn dashboard() -> String {
    let dashboard: Value = serde_json::from_str(&read("ops/grafana/air.json")).unwrap();
    let panels = dashboard["panels"].as_array().unwrap().iter();
    let targets = panels.filter_map(|panel| panel["targets"].as_array()).flatten();
    let lines: Vec<String> = targets
        .map(|target| {
            let legend = target["legendFormat"].as_str().unwrap();
            format!("{} # {legend}", target["expr"].as_str().unwrap())
        })
        .collect();
    lines.join("\n")
}

/// The platform does not take requests of `air_fetch` for those of the operator, so this is another client.
fn get(url: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let client = reqwest::Client::new();
        client.get(url).send().await.unwrap().text().await.unwrap()
    })
}

/// The figures of a platform with a chain and of an issuer's service, after a request of each route in the rules.
fn figures() -> Figures {
    let env = TestEnv::new();
    env.write("account", Anvil::KEYS[0]);
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--chain", CLOSED];
    let chain = ["--chain-key", "account", "--chain-final", "1"];
    let platform = Server::start(&env.path(""), &[&up[..], &chain].concat());
    for path in ["/healthz", "/readyz", "/metrics", "/v1/credentials/status"] {
        get(&format!("{}{path}", platform.url()));
    }

    configure(&env, CLOSED, 0);
    let toml = String::from_utf8(env.read("issuer.toml")).unwrap();
    let schema = "[[schemas]]\nid = \"member\"\nvalid-for = \"1d\"\ndocument = \"member.json\"\n\
                  claims = { table = \"members.csv\" }\n";
    env.write("issuer.toml", format!("{toml}{schema}"));
    env.write(
        "member.json",
        r#"{ "title": "Member", "attributes": [{ "name": "level", "type": "integer", "required": true }] }"#,
    );
    env.write("members.csv", "userId,credentialSubject.level\n12,3\n");
    let issuer = Server::start(&env.path(""), &["issuer", "serve", "--config", "issuer.toml"]);
    for path in [
        "/available-vc",
        "/issue-vc",
        "/admin/issue-vc",
        "/statuslist/0",
        "/revocation-status/1",
        "/.well-known/did.json",
        "/readyz",
    ] {
        get(&format!("{}{path}", issuer.url()));
    }
    let mut figures = Figures::default();
    figures.read(&get(&format!("{}/metrics", platform.url())));
    figures.read(&get(issuer.ready["metricsUrl"].as_str().unwrap()));
    figures
}

#[test]
fn each_metric_and_label_of_the_rules_and_the_dashboard_exists() {
    let figures = figures();
    let mut texts: Vec<(&str, String)> = vec![("the dashboard", dashboard())];
    for name in RULES.into_iter().chain(TESTS) {
        texts.push((name, prometheus(name)));
    }
    let recorded: Vec<String> = RULES
        .iter()
        .flat_map(|name| {
            let rules = prometheus(name);
            let names = rules
                .lines()
                .filter_map(|line| line.trim().strip_prefix("- record: "));
            names.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    for (place, text) in &texts {
        let uses = uses(text);
        assert!(uses.len() > 10, "{place}: {uses:?}");
        for used in uses {
            let is_recorded = recorded.iter().any(|name| name == used.name);
            if !is_recorded {
                figures
                    .check(&used)
                    .unwrap_or_else(|reason| panic!("{place}: {reason}"));
            }
        }
        for label in figures::groupings(text) {
            assert!(
                figures.has_label(label),
                "{place}: no metric has the label {label}"
            );
        }
    }
}

#[test]
fn each_alert_has_a_test_that_fires_and_one_that_does_not() {
    for (rules, tests) in RULES.into_iter().zip(TESTS) {
        let (rules, tests) = (prometheus(rules), prometheus(tests));
        let alerts: Vec<&str> = rules.lines().filter_map(alert).collect();
        assert!(alerts.len() > 10, "{alerts:?}");
        for name in alerts {
            let checks = tests
                .split("- alertname: ")
                .filter(|check| check.lines().next() == Some(name));
            let (fire, rest): (Vec<&str>, Vec<&str>) =
                checks.partition(|check| check.contains("exp_labels:"));
            assert!(!fire.is_empty(), "{name} fires in no test");
            assert!(
                rest.iter().any(|check| check.contains("exp_alerts: []")),
                "{name} fires in each test"
            );
        }
    }
}

#[test]
fn each_alert_links_to_a_runbook_that_names_it() {
    let runbooks = read("docs/book/src/operations/runbooks.md");
    let sections: Vec<(String, &str)> = runbooks
        .split("\n## ")
        .skip(1)
        .map(|section| (fragment(section.lines().next().unwrap_or_default()), section))
        .collect();
    let mut named = String::new();
    for rules in RULES.map(prometheus) {
        for rule in rules.split("- alert: ").skip(1) {
            let name = rule.lines().next().unwrap();
            let (_, link) = rule.split_once("/operations/runbooks.html#").expect(name);
            let (link, _) = link.split_once('"').unwrap();
            let section = sections.iter().find(|(fragment, _)| fragment == link);
            let (_, section) = section.unwrap_or_else(|| panic!("{name}: no section {link}"));
            assert!(
                section.contains(&format!("`{name}`")),
                "{link} does not name {name}"
            );
            named.push_str(link);
        }
    }
    for (fragment, section) in &sections {
        let has_alert = named.contains(fragment.as_str()) || section.contains("No alert");
        assert!(has_alert, "no alert leads to {fragment}");
    }
}

#[test]
fn each_metric_of_an_objective_is_in_a_rule() {
    let page = read("docs/book/src/operations/objectives.md");
    let (_, section) = page.split_once("\n## Objectives\n").unwrap();
    let (section, _) = section.split_once("\n## ").unwrap();
    let rules = RULES.map(prometheus).concat();
    let rows = section.lines().filter(|line| line.starts_with("| "));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let metrics: Vec<&str> = cells
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect();
    assert!(metrics.len() > 5, "{metrics:?}");
    for metric in metrics {
        assert!(rules.contains(metric), "no rule uses {metric}");
    }
}

/// The last cell of a row names files, each with its tests: `` `a.rs`: `one`, `two`; `b.rs`: `three` ``.
#[test]
fn each_promise_names_tests_that_exist() {
    let pages =
        ["promises.md", "key-drills.md"].map(|page| read(&format!("docs/book/src/operations/{page}")));
    let rows = pages.iter().flat_map(|page| page.lines());
    let rows = rows.filter(|row| row.starts_with("| ") && !row.ends_with("| tests |"));
    let mut count = 0;
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let mut source = String::new();
        let mut tests = 0;
        // Every second part is in backticks.
        for name in cell.split('`').skip(1).step_by(2) {
            if is_source(name) {
                source = read(name);
            } else {
                assert!(has_test(&source, name), "{name} is not a test: {row}");
                tests += 1;
            }
        }
        assert!(tests > 0, "no test: {row}");
        count += tests;
    }
    assert!(count > 30, "{count}");
}

/// Whether a source has a test with this name: the lines before the function, up to an empty one, have its attribute.
fn has_test(source: &str, name: &str) -> bool {
    let Some((before, _)) = source.split_once(&format!("fn {name}(")) else {
        return false;
    };
    let before = before.trim_end_matches("async ").trim_end_matches(' ');
    let mut attributes = before.lines().rev().take_while(|line| !line.trim().is_empty());
    attributes.any(|line| {
        let line = line.trim();
        line == "#[test]" || line.starts_with("#[tokio::test")
    })
}

#[test]
fn a_function_without_the_attribute_is_not_a_test() {
    let source = "#[test]\nfn one() {\n}\n\n    #[tokio::test]\n    #[ignore]\n    async fn two() {}\n\nfn three() {}\n";
    assert!(has_test(source, "one") && has_test(source, "two"));
    assert!(!has_test(source, "three") && !has_test(source, "four"));
}

fn is_source(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "rs")
}

fn alert(line: &str) -> Option<&str> {
    line.trim().strip_prefix("- alert: ")
}

/// The fragment of a heading, as mdBook makes it.
fn fragment(heading: &str) -> String {
    let kept = heading
        .chars()
        .filter(|character| character.is_alphanumeric() || " -_".contains(*character));
    kept.collect::<String>().trim().to_lowercase().replace(' ', "-")
}
