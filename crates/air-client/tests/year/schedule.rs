//! The schedule of a seed: each step moves the clock forward by hours and draws events.

use std::time::{Duration, Instant};

use crate::{checks, events, figures::Figures, outages, world::World};

/// The longest time between two steps, in hours.
const LONGEST_STEP: usize = 24;
/// The days between two checks of the whole.
const CHECKED_EACH: u32 = 7;

#[derive(Clone, Copy, Debug)]
enum Event {
    Issue,
    IssueToPresent,
    Bulk,
    Revoke,
    Verify,
    Rotate,
    Restart,
    Restore,
    Kill,
    AnswersLost,
    DstorageOutage,
    ChainOutage,
    MailOutage,
}

use Event::{
    AnswersLost, Bulk, ChainOutage, DstorageOutage, Issue, IssueToPresent, Kill, MailOutage, Restart,
    Restore, Revoke, Rotate, Verify,
};

/// The events of about two weeks, and how often each is drawn before the deck is shuffled again.
const DECK: [(Event, usize); 13] = [
    (Issue, 9),
    (IssueToPresent, 4),
    (Bulk, 1),
    (Revoke, 4),
    (Verify, 6),
    (Rotate, 1),
    (Restart, 1),
    (Restore, 1),
    (Kill, 1),
    (AnswersLost, 1),
    (DstorageOutage, 1),
    (ChainOutage, 1),
    (MailOutage, 1),
];

/// Prints the seed of a run that fails.
struct Failing(u64);

impl Drop for Failing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            crate::figures::say(&format!("seed {} failed; pin it in `PINNED`", self.0));
        }
    }
}

/// Runs the schedule of a seed for some days, or until a deadline.
pub(crate) async fn simulate(seed: u64, days: u32, deadline: Option<Instant>) -> Figures {
    let failing = Failing(seed);
    let mut world = World::new(seed).await;
    let mut hours = 0;
    let mut checked = 0;
    let mut deck: Vec<Event> = Vec::new();
    while hours < days * 24 && deadline.is_none_or(|deadline| Instant::now() < deadline) {
        let step = 1 + world.random.below(LONGEST_STEP);
        world.advance(Duration::from_hours(step as u64)).await;
        hours += u32::try_from(step).unwrap();
        if deck.is_empty() {
            deck.extend(
                DECK.iter()
                    .flat_map(|(event, count)| std::iter::repeat_n(*event, *count)),
            );
            world.random.shuffle(&mut deck);
        }
        if let Some(event) = deck.pop() {
            happen(&mut world, event).await;
        }
        let day = hours / 24;
        if day >= checked + CHECKED_EACH {
            checks::check(&mut world).await;
            checks::measure(&mut world, day).await;
            checked = day;
        }
    }
    checks::check_all(&mut world).await;
    world.figures.days = hours / 24;
    checks::measure(&mut world, hours / 24).await;
    world.stop().await;
    drop(failing);
    let World { storage, figures, .. } = world;
    storage.remove().await;
    figures
}

async fn happen(world: &mut World, event: Event) {
    match event {
        Issue => events::issue(world).await,
        IssueToPresent => events::issue_to_present(world).await,
        Bulk => events::bulk(world).await,
        Revoke => events::revoke(world).await,
        Verify => events::verify(world).await,
        Rotate => events::rotate(world).await,
        Restart => events::restart(world).await,
        Restore => events::restore(world).await,
        Kill => events::kill(world).await,
        AnswersLost => outages::answers(world).await,
        DstorageOutage => outages::dstorage(world).await,
        ChainOutage => outages::chain(world).await,
        MailOutage => outages::mail(world).await,
    }
}
