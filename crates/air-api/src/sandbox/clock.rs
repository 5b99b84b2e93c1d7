//! The platform's clock, which shows the machine's time or is ahead of it.

use serde::{Deserialize, Serialize};

use crate::PlatformTime;

/// `GET /sandbox/v1/clock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct PlatformClock {
    /// The time on the platform.
    pub now: PlatformTime,
    /// By how many seconds that is ahead of the machine's clock.
    pub offset_seconds: u64,
}

/// `PUT /sandbox/v1/clock`: time goes forward, or is the machine's again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MoveClock {
    /// `{"now": "2027-01-01 00:00:00"}`: to this time, which is not over.
    Now(PlatformTime),
    /// `{"advanceSeconds": 7862400}`: by so many seconds.
    AdvanceSeconds(#[serde(deserialize_with = "crate::whole::number")] u64),
    /// `{"reset": {}}`: to the machine's time.
    Reset {},
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_is_one_member() {
        for (json, expected) in [
            (
                r#"{"now":"2027-01-01 00:00:00"}"#,
                MoveClock::Now(PlatformTime::from_unix(crate::UnixTime::from_secs(1_798_761_600))),
            ),
            (r#"{"advanceSeconds":60}"#, MoveClock::AdvanceSeconds(60)),
            (r#"{"reset":{}}"#, MoveClock::Reset {}),
        ] {
            assert_eq!(serde_json::from_str::<MoveClock>(json).unwrap(), expected);
            assert_eq!(serde_json::to_string(&expected).unwrap(), json);
        }
        for bad in ["{}", r#"{"advanceSeconds":-1}"#, r#"{"back":1}"#] {
            assert!(serde_json::from_str::<MoveClock>(bad).is_err(), "{bad}");
        }
    }
}
