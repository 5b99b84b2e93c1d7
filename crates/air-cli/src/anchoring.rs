//! Why a credential is not anchored, in words.

use air_api::sandbox::AnchoringReason;

pub(crate) fn explain(reason: AnchoringReason) -> &'static str {
    match reason {
        AnchoringReason::ChainStuck => "the chain is stuck",
        AnchoringReason::Reorganised => "its block is no longer part of the chain; wait for the next one",
        AnchoringReason::Revoked => "it was revoked before it was anchored; nothing to do",
        AnchoringReason::Expired => "it expired before it was anchored; issue a new one",
        AnchoringReason::TimedOut => {
            "it was not anchored within a day; check the chain, then issue a new one"
        }
        _ => "unknown reason",
    }
}
