//! `cargo xtask ops`: checks and tests the alert rules, and parses the expressions of the dashboard, with
//! Prometheus's `promtool`.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::shell::{Outcome, program, root, say};

/// The files whose change requires this job.
pub(crate) const SOURCES: [&str; 2] = ["ops", "xtask/src/ops.rs"];

const RULES: [&str; 2] = [
    "ops/prometheus/issuer.rules.yml",
    "ops/prometheus/platform.rules.yml",
];
const TESTS: [&str; 2] = [
    "ops/prometheus/issuer.test.yml",
    "ops/prometheus/platform.test.yml",
];
const DASHBOARD: &str = "ops/grafana/air.json";
const TOOLS: &str = "target/tools/prometheus";

pub(crate) fn run() -> Outcome {
    let Some(promtool) = promtool()? else {
        say("  skipped: promtool is not installed (apt-get install prometheus)");
        return Ok(());
    };
    let folder = root().join(TOOLS);
    let dashboard = folder.join("dashboard.rules.yml");
    fs::create_dir_all(&folder).map_err(|error| format!("{TOOLS}: {error}"))?;
    fs::write(&dashboard, dashboard_as_rules()?)
        .map_err(|error| format!("{}: {error}", dashboard.display()))?;
    program(&promtool)
        .args(["check", "rules", "--lint=all", "--lint-fatal"])
        .args(RULES)
        .run()?;
    program(&promtool).args(["test", "rules"]).args(TESTS).run()?;
    program(&promtool)
        .args(["check", "rules"])
        .args([&dashboard])
        .run()
}

/// The installed promtool. Unpacks Debian's below `target/` if there is none, because the installation of the package
/// would start a server.
fn promtool() -> Outcome<Option<PathBuf>> {
    let installed = PathBuf::from("promtool");
    let own = root().join(TOOLS).join("usr/bin/promtool");
    let responds = |tool: &Path| program(tool).args(["--version"]).read().is_some();
    if responds(&installed) {
        return Ok(Some(installed));
    }
    if !responds(&own) {
        unpack()?;
    }
    Ok(Some(own).filter(|own| responds(own)))
}

/// Downloads the package and unpacks it. Does nothing without apt.
fn unpack() -> Outcome {
    let folder = root().join(TOOLS);
    fs::create_dir_all(&folder).map_err(|error| format!("{TOOLS}: {error}"))?;
    let download = || {
        program("apt-get")
            .args(["download", "-qq", "prometheus"])
            .within(&folder)
            .read()
    };
    if download().is_none() {
        // The lists of packages may be missing or old.
        let _ = program("apt-get").args(["update", "-qq"]).read();
        let _ = download();
    }
    let files = fs::read_dir(&folder).map_err(|error| format!("{TOOLS}: {error}"))?;
    let mut packages = files
        .filter_map(|file| Some(file.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "deb"));
    if let Some(package) = packages.next() {
        program("dpkg-deb")
            .args(["--extract"])
            .args([&package, &folder])
            .run()?;
        fs::remove_file(&package).map_err(|error| format!("{}: {error}", package.display()))?;
    }
    Ok(())
}

/// The expressions of the dashboard as a file of rules.
fn dashboard_as_rules() -> Outcome<String> {
    let failed = |reason: String| format!("{DASHBOARD}: {reason}");
    let text = fs::read_to_string(root().join(DASHBOARD)).map_err(|error| failed(error.to_string()))?;
    let dashboard = serde_json::from_str(&text).map_err(|error| failed(error.to_string()))?;
    let expressions = expressions(&dashboard);
    if expressions.is_empty() {
        return Err(failed("no panel has an expression".into()));
    }
    let mut rules = String::from("groups:\n  - name: dashboard\n    rules:\n");
    for (number, expression) in expressions.into_iter().enumerate() {
        // A string of JSON is one of YAML, too.
        let expression = Value::from(expression.replace("$__rate_interval", "5m"));
        let _ = writeln!(
            rules,
            "      - record: panel:{number}\n        expr: {expression}"
        );
    }
    Ok(rules)
}

fn expressions(dashboard: &Value) -> Vec<&str> {
    let panels = dashboard["panels"].as_array().into_iter().flatten();
    panels
        .filter_map(|panel| panel["targets"].as_array())
        .flatten()
        .filter_map(|target| target["expr"].as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_expression_of_the_dashboard_is_a_rule() {
        let rules = dashboard_as_rules().unwrap();
        let text = fs::read_to_string(root().join(DASHBOARD)).unwrap();
        assert_eq!(
            rules.matches("- record: panel:").count(),
            text.matches("\"expr\":").count()
        );
        assert!(!rules.contains("$__"), "{rules}");
    }

    #[test]
    fn each_file_of_rules_is_checked() {
        let folder = fs::read_dir(root().join("ops/prometheus")).unwrap();
        let mut found: Vec<String> = folder
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        found.sort();
        let mut checked: Vec<&str> = RULES
            .iter()
            .chain(&TESTS)
            .map(|path| path.rsplit('/').next().unwrap_or_default())
            .collect();
        checked.sort_unstable();
        assert_eq!(found, checked);
    }
}
