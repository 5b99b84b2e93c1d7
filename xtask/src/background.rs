//! Jobs beside the steps that mostly wait: on a database, on a Python program, on one core of two.

mod processes;

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, ExitStatus},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use crate::{
    build::target,
    shell::{Outcome, Shell, program, say},
};

/// The interval between two checks of a running job.
const PAUSE: Duration = Duration::from_millis(100);

/// Jobs that run one after another, with their output in a file. If this is dropped before their
/// end, because a step failed meanwhile, they are stopped.
pub(crate) struct Background {
    /// `None` after the end.
    work: Option<JoinHandle<Outcome>>,
    current: Arc<Mutex<Current>>,
    log: PathBuf,
}

/// The job that runs now.
#[derive(Default)]
struct Current {
    child: Option<Child>,
    is_stopped: bool,
}

/// Starts jobs of this program, each with its arguments. They yield to the tests, which have time limits.
pub(crate) fn start(name: &str, jobs: &[&[&str]]) -> Outcome<Background> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let job = |arguments: &&[&str]| {
        if cfg!(unix) {
            program("nice").args(["-n", "10"]).args([&this]).args(*arguments)
        } else {
            program(&this).args(*arguments)
        }
    };
    let jobs = jobs.iter().map(job).collect();
    Background::start(target().join(format!("{name}.log")), jobs)
}

impl Background {
    fn start(log: PathBuf, jobs: Vec<Shell>) -> Outcome<Self> {
        let written = File::create(&log).map_err(|error| failed(&log, &error))?;
        let current = Arc::<Mutex<Current>>::default();
        let running = current.clone();
        let work = move || {
            jobs.into_iter().try_for_each(|job| {
                let log = written.try_clone().map_err(|error| error.to_string())?;
                run(job.into_log(log)?, &running)
            })
        };
        Ok(Self {
            work: Some(thread::spawn(work)),
            current,
            log,
        })
    }

    /// Waits for the end, then prints what the jobs printed.
    pub(crate) fn wait(mut self) -> Outcome {
        let outcome = self.work.take().map(JoinHandle::join);
        say(&fs::read_to_string(&self.log).unwrap_or_default());
        match outcome {
            Some(outcome) => outcome.map_err(|_| "a job in the background panicked".to_owned())?,
            None => Ok(()),
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let Some(work) = self.work.take() else {
            return;
        };
        let mut current = lock(&self.current);
        current.is_stopped = true;
        if let Some(child) = &mut current.child {
            processes::stop(child);
        }
        drop(current);
        let _ = work.join();
    }
}

/// Runs a job to its end.
fn run(job: Shell, current: &Mutex<Current>) -> Outcome {
    let line = {
        let mut current = lock(current);
        if current.is_stopped {
            return Err("stopped".into());
        }
        let (line, child) = job.spawn()?;
        current.child = Some(child);
        line
    };
    loop {
        if let Some(status) = ended(&mut lock(current))? {
            return if status.success() {
                Ok(())
            } else {
                Err(format!("`{line}` failed with {status}"))
            };
        }
        thread::sleep(PAUSE);
    }
}

/// The status of the job if it has ended. Its process ID is free from then on, so it is forgotten
/// under the same lock.
fn ended(current: &mut Current) -> Outcome<Option<ExitStatus>> {
    let Some(child) = &mut current.child else {
        return Ok(None);
    };
    let status = child.try_wait().map_err(|error| error.to_string())?;
    if status.is_some() {
        current.child = None;
    }
    Ok(status)
}

fn lock(current: &Mutex<Current>) -> MutexGuard<'_, Current> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(file: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", file.display())
}

#[cfg(all(test, unix))]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Waits until a condition holds.
    fn until<T>(look: impl Fn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(started.elapsed() < Duration::from_mins(1), "it never happens");
            thread::yield_now();
        }
    }

    fn log(name: &str) -> PathBuf {
        std::env::temp_dir().join(format!("air-xtask-{}-{name}.log", std::process::id()))
    }

    fn shell(script: &str) -> Shell {
        program("sh").args(["-c", script])
    }

    #[test]
    fn a_step_that_fails_stops_the_job_with_its_own_processes_and_begins_no_other() {
        let log = log("stopped");
        let jobs = vec![
            shell("tail -f /dev/null & echo started $!; wait"),
            shell("echo next"),
        ];
        let background = Background::start(log.clone(), jobs).unwrap();
        let grandchild = until(|| {
            let text = fs::read_to_string(&log).ok()?;
            let (_, rest) = text.split_once("started ")?;
            rest.strip_suffix('\n').map(str::to_owned)
        });
        drop(background);
        until(|| {
            let state = program("ps").args(["-o", "stat=", "-p", &grandchild]).read();
            // A process that has ended may wait for its parent.
            state.is_none_or(|state| state.starts_with('Z')).then_some(())
        });
        assert!(!fs::read_to_string(&log).unwrap().contains("next"));
        fs::remove_file(log).unwrap();
    }

    #[test]
    fn jobs_run_in_their_order_until_one_fails() {
        let log = log("ordered");
        let jobs = vec![shell("echo one"), shell("echo two; exit 3"), shell("echo three")];
        let failed = Background::start(log.clone(), jobs).unwrap().wait().unwrap_err();
        assert!(failed.contains("exit status: 3"), "{failed}");
        assert_eq!(fs::read_to_string(&log).unwrap(), "one\ntwo\n");
        fs::remove_file(log).unwrap();
    }
}
