//! The progress of a credential's anchoring. It is derived from the stored credential and its
//! block, and has no storage of its own.

use std::time::Duration;

use air_api::{
    PlatformTime,
    sandbox::{AnchoringEvent, AnchoringJob, AnchoringReason, AnchoringState},
};
use air_ids::UnixTime;

use super::{
    App,
    chain_progress::{self, ChainProgress},
};
use air_ledger::merkle::Hash;
use air_store::{
    ReadTx,
    credentials::Credential,
    ledger::{self, AnchoringRow},
};

/// The facts that determine the state of a job.
#[derive(Clone, Copy, Debug)]
struct Facts {
    issued_at: UnixTime,
    expires_at: Option<UnixTime>,
    revoked_at: Option<UnixTime>,
    /// The time at which its block was made, or at which its checkpoint was final if there is a chain.
    anchored_at: Option<UnixTime>,
    /// The time at which a block that contained it was removed.
    taken_back_at: Option<UnixTime>,
    /// Since when it waits for a final checkpoint, if it was anchored before.
    waits_since: Option<UnixTime>,
    now: UnixTime,
    is_chain_stuck: bool,
    /// The maximum time until the next attempt to make a block, in whole seconds.
    next_attempt_in: Duration,
}

/// The progress of an entry, in the ledger and on the chain.
#[derive(Clone, Debug)]
pub(crate) struct EntryProgress {
    entry: AnchoringRow,
    chain: Option<ChainProgress>,
}

impl EntryProgress {
    /// When it was anchored: in a block, or on the chain if there is one.
    fn anchored_at(&self) -> Option<UnixTime> {
        match &self.chain {
            None => self.entry.sealed_at,
            Some(chain) => chain.final_at,
        }
    }

    pub(crate) fn is_anchored(&self) -> bool {
        self.anchored_at().is_some()
    }
}

/// Returns the progress of an entry.
pub(crate) async fn progress(app: &App, tx: &mut ReadTx, leaf: &Hash) -> sqlx::Result<EntryProgress> {
    let entry = ledger::anchoring_row(tx, leaf).await?;
    let chain = if app.has_chain {
        Some(chain_progress::of_leaf(tx, entry.leaf_index).await?)
    } else {
        None
    };
    Ok(EntryProgress { entry, chain })
}

/// Returns the anchoring job of a credential.
pub(crate) fn anchoring(app: &App, credential: &Credential, progress: EntryProgress) -> AnchoringJob {
    let mut job = facts(app, credential, &progress).job();
    if let Some(chain) = progress.chain {
        if job.state == AnchoringState::Queued && progress.entry.sealed_at.is_some() {
            job.reason = chain.reason.or(job.reason);
            job.next_attempt_at = None;
        }
        job.chain = Some(chain.anchor);
    }
    job
}

fn facts(app: &App, credential: &Credential, progress: &EntryProgress) -> Facts {
    Facts {
        issued_at: credential.issued_at,
        expires_at: credential.expires_at,
        revoked_at: credential.revoked_at,
        anchored_at: progress.anchored_at(),
        taken_back_at: progress.entry.taken_back_at,
        waits_since: progress.chain.as_ref().and_then(|chain| chain.waits_since),
        now: app.platform_clock.now(),
        is_chain_stuck: app.faults.is_chain_stuck(),
        next_attempt_in: whole_seconds(app.block_time),
    }
}

/// Rounds up to whole seconds.
fn whole_seconds(time: Duration) -> Duration {
    let begun = u64::from(time.subsec_nanos() > 0);
    Duration::from_secs(time.as_secs().saturating_add(begun))
}

impl Facts {
    fn job(self) -> AnchoringJob {
        let failed = self.failure();
        let anchored = self
            .anchored_at
            .map(|at| event(AnchoringState::Anchored, at, None));
        let issued = event(AnchoringState::Queued, self.issued_at, None);
        let queued_again = self
            .taken_back_at
            .map(|at| event(AnchoringState::Queued, at, Some(AnchoringReason::Reorganised)));
        let queued = queued_again.unwrap_or(issued);
        let last = anchored.or(failed).unwrap_or(queued);
        let is_queued = last.state == AnchoringState::Queued;
        AnchoringJob {
            state: last.state,
            reason: match last.state {
                AnchoringState::Queued if self.is_chain_stuck => Some(AnchoringReason::ChainStuck),
                _ => last.reason,
            },
            next_attempt_at: is_queued
                .then(|| PlatformTime::from_unix(self.now.saturating_add(self.next_attempt_in))),
            history: [Some(issued), queued_again, failed, anchored]
                .into_iter()
                .flatten()
                .collect(),
            chain: None,
        }
    }

    /// Returns the first event that ended the wait before it was anchored.
    fn failure(self) -> Option<AnchoringEvent> {
        // Earlier events are irrelevant after a removal, because the entry was in a block then.
        let since = self.taken_back_at.unwrap_or(self.issued_at);
        let waits_since = self.waits_since.unwrap_or_default();
        let since = since.max(waits_since);
        let deadline = since.saturating_add(Duration::from_secs(AnchoringJob::LONGEST_WAIT));
        let ends = [
            (self.revoked_at, AnchoringReason::Revoked),
            (self.expires_at, AnchoringReason::Expired),
            (Some(deadline), AnchoringReason::TimedOut),
        ];
        let (at, reason) = ends
            .into_iter()
            .filter_map(|(at, reason)| Some((at.filter(|at| *at >= waits_since)?.max(since), reason)))
            .min_by_key(|(at, _)| *at)?;
        // If both happened in the same second, the order is unknown, and the job has not failed.
        let came_first = self
            .anchored_at
            .map_or(at <= self.now, |anchored_at| at < anchored_at);
        came_first.then(|| event(AnchoringState::Failed, at, Some(reason)))
    }
}

fn event(state: AnchoringState, at: UnixTime, reason: Option<AnchoringReason>) -> AnchoringEvent {
    AnchoringEvent {
        state,
        at: PlatformTime::from_unix(at),
        reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ISSUED: UnixTime = UnixTime::from_secs(1_800_000_000);

    fn after(seconds: u64) -> UnixTime {
        ISSUED.saturating_add(Duration::from_secs(seconds))
    }

    fn fresh() -> Facts {
        Facts {
            issued_at: ISSUED,
            expires_at: None,
            revoked_at: None,
            anchored_at: None,
            taken_back_at: None,
            waits_since: None,
            now: after(10),
            is_chain_stuck: false,
            next_attempt_in: Duration::from_secs(1),
        }
    }

    fn states(job: &AnchoringJob) -> Vec<(AnchoringState, u64, Option<AnchoringReason>)> {
        let seconds = |event: &AnchoringEvent| {
            (
                event.state,
                event.at.to_unix().saturating_duration_since(ISSUED).as_secs(),
                event.reason,
            )
        };
        job.history.iter().map(seconds).collect()
    }

    #[test]
    fn it_waits_for_the_next_block() {
        let job = fresh().job();
        assert_eq!((job.state, job.reason), (AnchoringState::Queued, None));
        assert_eq!(job.next_attempt_at.unwrap().to_unix(), after(11));
        assert_eq!(states(&job), [(AnchoringState::Queued, 0, None)]);
    }

    #[test]
    fn it_says_that_the_chain_is_stuck() {
        let facts = Facts {
            is_chain_stuck: true,
            ..fresh()
        };
        let job = facts.job();
        assert_eq!(job.state, AnchoringState::Queued);
        assert_eq!(job.reason, Some(AnchoringReason::ChainStuck));
        assert!(job.next_attempt_at.is_some());
    }

    #[test]
    fn a_block_ends_it_and_nothing_later_counts() {
        for later in [5, 6, 7] {
            let facts = Facts {
                anchored_at: Some(after(5)),
                revoked_at: Some(after(later)),
                expires_at: Some(after(later)),
                is_chain_stuck: true,
                ..fresh()
            };
            let job = facts.job();
            assert_eq!(
                (job.state, job.reason),
                (AnchoringState::Anchored, None),
                "{later}"
            );
            assert!(job.next_attempt_at.is_none());
            assert_eq!(
                states(&job),
                [
                    (AnchoringState::Queued, 0, None),
                    (AnchoringState::Anchored, 5, None)
                ]
            );
        }
    }

    #[test]
    fn a_reorganisation_queues_it_again() {
        let taken_back = Facts {
            taken_back_at: Some(after(4)),
            revoked_at: None,
            ..fresh()
        };
        let job = taken_back.job();
        assert_eq!(
            (job.state, job.reason),
            (AnchoringState::Queued, Some(AnchoringReason::Reorganised))
        );
        let again = (AnchoringState::Queued, 4, Some(AnchoringReason::Reorganised));
        assert_eq!(states(&job), [(AnchoringState::Queued, 0, None), again]);
        let anchored = Facts {
            anchored_at: Some(after(7)),
            ..taken_back
        };
        let job = anchored.job();
        assert_eq!((job.state, job.reason), (AnchoringState::Anchored, None));
        assert_eq!(states(&job)[1..], [again, (AnchoringState::Anchored, 7, None)]);
    }

    /// The first event decides, with a resolution of one second.
    #[test]
    fn it_always_ends() {
        let deadline = AnchoringJob::LONGEST_WAIT;
        let cases = [
            (Some(3), None, 3, AnchoringReason::Revoked),
            (None, Some(4), 4, AnchoringReason::Expired),
            (Some(9), Some(4), 4, AnchoringReason::Expired),
            (None, None, deadline, AnchoringReason::TimedOut),
            (Some(deadline + 1), None, deadline, AnchoringReason::TimedOut),
        ];
        for (revoked, expires, at, reason) in cases {
            let facts = |now| Facts {
                revoked_at: revoked.map(after).filter(|at| *at <= now),
                expires_at: expires.map(after),
                now,
                ..fresh()
            };
            let job = facts(after(at - 1)).job();
            assert_eq!(job.state, AnchoringState::Queued, "before {reason:?}");
            let job = facts(after(at)).job();
            assert_eq!((job.state, job.reason), (AnchoringState::Failed, Some(reason)));
            assert!(job.state.is_final() && job.next_attempt_at.is_none());
            assert_eq!(states(&job)[1], (AnchoringState::Failed, at, Some(reason)));
        }
    }

    /// A chain was added to the ledger, or lost a final checkpoint.
    #[test]
    fn an_entry_that_was_anchored_before_has_another_day_for_its_checkpoint() {
        let added = 40 * AnchoringJob::LONGEST_WAIT;
        let facts = |now| Facts {
            revoked_at: Some(after(9)),
            expires_at: Some(after(10)),
            waits_since: Some(after(added)),
            now,
            ..fresh()
        };
        let job = facts(after(added + 5)).job();
        assert_eq!((job.state, job.reason), (AnchoringState::Queued, None));
        let end = added + AnchoringJob::LONGEST_WAIT;
        assert_eq!(facts(after(end - 1)).job().state, AnchoringState::Queued);
        let job = facts(after(end)).job();
        assert_eq!(
            (job.state, job.reason),
            (AnchoringState::Failed, Some(AnchoringReason::TimedOut))
        );
        let revoked_meanwhile = Facts {
            revoked_at: Some(after(added + 3)),
            ..facts(after(added + 5))
        };
        let job = revoked_meanwhile.job();
        assert_eq!(
            (job.state, job.reason),
            (AnchoringState::Failed, Some(AnchoringReason::Revoked))
        );
        let anchored = Facts {
            anchored_at: Some(after(added + 7)),
            waits_since: Some(after(added + 7)),
            ..facts(after(added + 8))
        };
        let job = anchored.job();
        assert_eq!(
            states(&job),
            [
                (AnchoringState::Queued, 0, None),
                (AnchoringState::Anchored, added + 7, None)
            ]
        );
    }

    #[test]
    fn a_late_block_takes_it_after_all() {
        let facts = Facts {
            revoked_at: Some(after(3)),
            anchored_at: Some(after(5)),
            ..fresh()
        };
        let job = facts.job();
        assert_eq!((job.state, job.reason), (AnchoringState::Anchored, None));
        assert_eq!(
            states(&job),
            [
                (AnchoringState::Queued, 0, None),
                (AnchoringState::Failed, 3, Some(AnchoringReason::Revoked)),
                (AnchoringState::Anchored, 5, None)
            ]
        );
    }
}
