//! Checks the workflows of `.github`: against their JSON Schema, that they build with the features
//! of the tests, and that a release publishes crates last.

use std::fs;

use crate::{
    build::{EVERYTHING, PORTABLE},
    python,
    shell::{Outcome, program, root, say},
};

const FOLDER: &str = ".github/workflows";
const TOOL: &str = "target/tools/check-jsonschema";

/// `cargo xtask workflows`. The tool contains the schema.
pub(crate) fn run() -> Outcome {
    check_features()?;
    check_release()?;
    if !python::is_installed("xtask/python/check-jsonschema.txt", TOOL) {
        say("  skipped: Python with pip is not installed");
        return Ok(());
    }
    let folder = root().join(FOLDER);
    let mut files: Vec<String> = fs::read_dir(&folder)
        .map_err(|error| format!("{}: {error}", folder.display()))?
        .filter_map(|file| Some(file.ok()?.path().display().to_string()))
        .collect();
    files.sort();
    program("python3")
        .args([
            "-m",
            "check_jsonschema",
            "--builtin-schema",
            "vendor.github-workflows",
        ])
        .args(files)
        .env("PYTHONPATH", root().join(TOOL))
        .run()
}

/// Checks the order of a release: the signature of the tag first, the publication of crates last.
fn check_release() -> Outcome {
    let file = format!("{FOLDER}/release.yml");
    let workflow = fs::read_to_string(root().join(&file)).map_err(|error| format!("{file}: {error}"))?;
    release_order(&jobs(&workflow)).map_err(|reason| format!("{file}: {reason}"))
}

/// A job of a workflow, and the jobs that it waits for.
struct Job<'a> {
    name: &'a str,
    needs: Vec<&'a str>,
    publishes_crates: bool,
}

/// Reads the jobs of a workflow that is indented by two spaces.
fn jobs(workflow: &str) -> Vec<Job<'_>> {
    let (_, listed) = workflow.split_once("\njobs:\n").unwrap_or_default();
    let mut jobs: Vec<Job<'_>> = Vec::new();
    for line in listed.lines() {
        let key = line.strip_prefix("  ").and_then(|line| line.strip_suffix(':'));
        if let Some(name) = key.filter(|name| !name.starts_with([' ', '#'])) {
            jobs.push(Job {
                name,
                needs: Vec::new(),
                publishes_crates: false,
            });
        }
        let Some(job) = jobs.last_mut() else {
            continue;
        };
        if let Some(needs) = line.strip_prefix("    needs: ") {
            let names = needs.trim_start_matches('[').trim_end_matches(']').split(',');
            job.needs = names.map(str::trim).collect();
        }
        job.publishes_crates |= line.contains("cargo publish");
    }
    jobs
}

/// Fails unless each job waits for the job `tag`, and the one that publishes crates for all others.
fn release_order(jobs: &[Job<'_>]) -> Outcome {
    for job in jobs {
        let before = waits_for(job, jobs);
        if job.name != "tag" && !before.contains(&"tag") {
            return Err(format!("the job `{}` must wait for the job `tag`", job.name));
        }
        let missing = jobs
            .iter()
            .find(|other| other.name != job.name && !before.contains(&other.name));
        if let Some(other) = missing.filter(|_| job.publishes_crates) {
            return Err(format!(
                "the job `{}` must wait for the job `{}`",
                job.name, other.name
            ));
        }
    }
    if jobs.iter().any(|job| job.publishes_crates) {
        Ok(())
    } else {
        Err("no job publishes the crates".into())
    }
}

/// The names of the jobs that end before a job begins.
fn waits_for<'a>(job: &Job<'a>, jobs: &[Job<'a>]) -> Vec<&'a str> {
    let mut before = job.needs.clone();
    let mut next = 0;
    while let Some(name) = before.get(next).copied() {
        next += 1;
        let needs = jobs.iter().filter(|other| other.name == name);
        for need in needs.flat_map(|other| &other.needs).copied() {
            if !before.contains(&need) {
                before.push(need);
            }
        }
    }
    before
}

/// A feature that no crate has any more fails a job only when the workflow runs, so the lists of
/// `ci.yml` must equal those of `build`.
fn check_features() -> Outcome {
    let file = format!("{FOLDER}/ci.yml");
    let workflow = fs::read_to_string(root().join(&file)).map_err(|error| format!("{file}: {error}"))?;
    for (name, arguments) in [
        ("EVERYTHING", EVERYTHING.as_slice()),
        ("PORTABLE", PORTABLE.as_slice()),
    ] {
        let line = format!("{name}: {}", arguments.join(" "));
        if !workflow.lines().any(|other| other.trim() == line) {
            return Err(format!(
                "{file} needs the line `{line}`, as in xtask/src/build.rs"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RELEASE: &str = "on:\n  push:\n\njobs:\n  tag:\n    steps:\n      - run: git verify-tag\n\n  binary:\n    needs: tag\n\n  \
        sbom:\n    needs: tag\n\n  release:\n    needs: [binary, sbom]\n\n  crates:\n    needs: release\n    steps:\n      \
        - run: cargo publish --workspace\n";

    fn order(workflow: &str) -> Outcome {
        release_order(&jobs(workflow))
    }

    #[test]
    fn crates_are_published_after_everything_else() {
        check_release().unwrap();
        order(RELEASE).unwrap();
        let names: Vec<&str> = jobs(RELEASE).iter().map(|job| job.name).collect();
        assert_eq!(names, ["tag", "binary", "sbom", "release", "crates"]);
        let refused = |from: &str, to: &str| order(&RELEASE.replacen(from, to, 1)).unwrap_err();
        assert_eq!(
            refused("    needs: tag\n", ""),
            "the job `binary` must wait for the job `tag`"
        );
        assert_eq!(
            refused("[binary, sbom]", "[binary]"),
            "the job `crates` must wait for the job `sbom`"
        );
        assert_eq!(
            refused("needs: release", "needs: tag"),
            "the job `crates` must wait for the job `binary`"
        );
        assert_eq!(
            refused("cargo publish", "cargo package"),
            "no job publishes the crates"
        );
    }
}
