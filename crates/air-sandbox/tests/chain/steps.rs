//! The steps of a submitter, by its trace events: requests to its node, and changes of its outbox.
//! A test acts before a step, or ends the submitter there, as the end of its process would.

use std::{
    fmt,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
    time::Duration,
};

use tokio::sync::watch;
use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::DefaultGuard,
};

/// The modules whose trace events are the steps.
const TARGETS: [&str; 2] = ["air_fetch::evm::node", "air_platform::chain::outbox"];
/// The changes of the outbox after which the same steps have another effect.
const PHASES: [&str; 3] = ["stored", "takenBack", "reopened"];
/// Stands for the step before the first one.
pub(crate) const START: &str = "start";

/// A place between two steps: the first is done, and the other one is not begun.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The number of transactions that were stored, taken back or reopened before it.
    pub(crate) phase: usize,
    pub(crate) done: String,
    pub(crate) next: String,
}

impl Place {
    pub(crate) fn is(&self, done: &str, next: &str) -> bool {
        self.done == done && self.next == next
    }
}

/// The submitter ended at the chosen place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Killed;

/// Runs before each step that follows this one. Its argument is the number of times that it ran before.
struct Reaction {
    after: &'static str,
    runs: usize,
    act: Box<dyn FnMut(usize) + Send>,
}

#[derive(Default)]
struct Log {
    places: Vec<Place>,
    kill: Option<Place>,
    is_killed: bool,
    reactions: Vec<Reaction>,
}

impl Log {
    fn place(&self, next: String) -> Place {
        let last = self.places.last();
        let done = last.map_or_else(|| START.to_owned(), |last| last.next.clone());
        let phase = last.map_or(0, |last| last.phase) + usize::from(PHASES.contains(&&*done));
        Place { phase, done, next }
    }
}

/// The steps of the submitters on this thread. Clones share them.
#[derive(Clone)]
pub(crate) struct Steps {
    log: Arc<Mutex<Log>>,
    changed: watch::Sender<()>,
}

impl Steps {
    /// Watches the steps of this thread until the guard is dropped. The runtime of a test has one thread.
    pub(crate) fn watch() -> (Self, DefaultGuard) {
        let steps = Self {
            log: Arc::default(),
            changed: watch::Sender::new(()),
        };
        let guard = tracing::subscriber::set_default(Recorder(steps.clone()));
        (steps, guard)
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap()
    }

    /// Forgets the steps and the reactions. The next submitter ends at this place.
    pub(crate) fn begin(&self, kill: Option<Place>) {
        *self.log() = Log {
            kill,
            ..Log::default()
        };
    }

    /// Runs this before each step that follows the step `after`.
    pub(crate) fn react(&self, after: &'static str, act: impl FnMut(usize) + Send + 'static) {
        let (runs, act) = (0, Box::new(act));
        self.log().reactions.push(Reaction { after, runs, act });
    }

    /// The places so far, in order.
    pub(crate) fn places(&self) -> Vec<Place> {
        self.log().places.clone()
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.log().is_killed
    }

    /// Waits until this step was begun this number of times.
    pub(crate) async fn until(&self, step: &str, times: usize) -> Result<(), Killed> {
        let mut changed = self.changed.subscribe();
        let wait = async {
            loop {
                if self.is_killed() {
                    return Err(Killed);
                }
                let is_step = |place: &&Place| place.next == step;
                if self.log().places.iter().filter(is_step).count() >= times {
                    return Ok(());
                }
                changed.changed().await.unwrap();
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(40), wait).await;
        waited.unwrap_or_else(|_| panic!("{step} × {times}: {:#?}", self.places()))
    }

    /// Called by the submitter before a step.
    fn before(&self, next: String) {
        let is_killed = {
            let mut log = self.log();
            let place = log.place(next);
            log.is_killed = log.is_killed || log.kill.as_ref() == Some(&place);
            if !log.is_killed {
                for reaction in &mut log.reactions {
                    if reaction.after == place.done {
                        (reaction.act)(reaction.runs);
                        reaction.runs += 1;
                    }
                }
            }
            log.places.push(place);
            log.is_killed
        };
        self.changed.send_replace(());
        if is_killed {
            // This ends the task without a message, and nothing that it would do next happens.
            panic::resume_unwind(Box::new(Killed));
        }
    }
}

/// The outcome of a future, which may end where the submitter is killed: the start of a platform
/// has the submitter's first steps.
pub(crate) async fn caught<T>(future: impl Future<Output = T>) -> Result<T, Killed> {
    let mut future = Box::pin(future);
    std::future::poll_fn(move |context| {
        match panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(payload) if payload.is::<Killed>() => Poll::Ready(Err(Killed)),
            Err(payload) => panic::resume_unwind(payload),
        }
    })
    .await
}

struct Recorder(Steps);

impl Subscriber for Recorder {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && TARGETS.contains(&metadata.target())
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut name = Name(None);
        event.record(&mut name);
        if let Some(name) = name.0 {
            self.0.before(name);
        }
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The method of a request, or the name of a change.
struct Name(Option<String>);

impl Visit for Name {
    fn record_str(&mut self, field: &Field, value: &str) {
        if ["method", "change"].contains(&field.name()) {
            self.0 = Some(value.to_owned());
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
