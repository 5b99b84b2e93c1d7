//! The process that the tests kill. It reports each statement of its database on standard error, and stops after
//! a chosen one, so that the next statement or commit never happens.

use std::{
    env, fmt,
    io::{self, Write},
    process,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use air_issuer::{Clock, Config, IssuerService};
use tokio::net::TcpListener;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use crate::support::{CONFIG, NOW, STOP_AT};

/// The target of the events that sqlx emits after each statement.
const TARGET: &str = "sqlx::query";
/// A process that nobody kills ends after this time.
const LONGEST: Duration = Duration::from_mins(2);

/// Is not a test: it does nothing unless a test starts it as a process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the tests start it as a process"]
async fn serves_until_its_input_ends() {
    let Ok(path) = env::var(CONFIG) else { return };
    let is_armed = Arc::new(AtomicBool::new(false));
    tracing::subscriber::set_global_default(Recorder {
        is_armed: is_armed.clone(),
        count: Mutex::new(0),
        stop_at: env::var(STOP_AT).ok().map(|number| number.parse().unwrap()),
    })
    .unwrap();
    let config = Config::load(Some(path.as_ref())).unwrap();
    let clock = Clock::from_fn(|| NOW);
    let service = IssuerService::start_with(config, clock).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    is_armed.store(true, Ordering::SeqCst);
    report(&format!("url http://{}", listener.local_addr().unwrap()));
    let input = tokio::task::spawn_blocking(|| io::stdin().lines().count());
    // Without the worker, whose polls would be statements, too.
    tokio::select! {
        served = axum::serve(listener, service.router()).into_future() => served.unwrap(),
        _ = input => {}
    }
}

/// Writes a line that the test harness does not capture.
fn report(line: &str) {
    io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// Reports the statements since it was armed.
struct Recorder {
    is_armed: Arc<AtomicBool>,
    count: Mutex<usize>,
    stop_at: Option<usize>,
}

impl Recorder {
    fn executed(&self, statement: &str) {
        // Setting up another connection may happen at any time.
        let is_setup = statement.starts_with("PRAGMA") || statement.starts_with("SET");
        if is_setup || !self.is_armed.load(Ordering::SeqCst) {
            return;
        }
        let number = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            report(&format!("step {count} {statement}"));
            *count
        };
        if self.stop_at == Some(number) {
            stop();
        }
    }
}

/// Stops this thread, which executes statements, until the process is killed.
fn stop() -> ! {
    let started = Instant::now();
    while started.elapsed() < LONGEST {
        thread::park_timeout(LONGEST);
    }
    process::abort()
}

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut summary = Summary(None);
        event.record(&mut summary);
        if let Some(statement) = summary.0 {
            self.executed(&statement);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The first words of a statement.
struct Summary(Option<String>);

impl Visit for Summary {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "summary" {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
