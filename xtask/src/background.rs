//! Jobs beside the steps that mostly wait: on a database, on a Python program, on one core of two.

use std::{
    fs::{self, File},
    path::PathBuf,
    thread::{self, JoinHandle},
};

use crate::{
    build::target,
    shell::{Outcome, program, say},
};

/// Jobs that run one after another, with their output in a file.
pub(crate) struct Background {
    work: JoinHandle<Outcome>,
    log: PathBuf,
}

/// Starts jobs of this program, each with its arguments. They yield to the tests, which have time limits.
///
/// If a step fails meanwhile, the job that has begun ends by itself.
pub(crate) fn start(name: &str, jobs: &'static [&'static [&'static str]]) -> Outcome<Background> {
    let log = target().join(format!("{name}.log"));
    let written = File::create(&log).map_err(|error| format!("{}: {error}", log.display()))?;
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let work = move || {
        jobs.iter().try_for_each(|job| {
            let log = written.try_clone().map_err(|error| error.to_string())?;
            let job = if cfg!(unix) {
                program("nice").args(["-n", "10"]).args([&this]).args(*job)
            } else {
                program(&this).args(*job)
            };
            job.into_log(log)?.run()
        })
    };
    Ok(Background {
        work: thread::spawn(work),
        log,
    })
}

impl Background {
    /// Waits for the end, then prints what the jobs printed.
    pub(crate) fn wait(self) -> Outcome {
        let outcome = self.work.join();
        say(&fs::read_to_string(&self.log).unwrap_or_default());
        outcome.map_err(|_| "a job in the background panicked".to_owned())?
    }
}
