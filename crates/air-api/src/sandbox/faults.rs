//! Faults on demand: simulates failures of the network, of a busy platform, and of a stuck chain.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Error, whole};

/// The header that requests a [`Fault`] for a single request: `delay=200`, `status=503`,
/// `status=429;retry-after=1`, `drop`, `lose-answer`, `slow-body=500`, `jwks-outage`,
/// `clock-skew=-600`.
pub const FAULT_HEADER: &str = "x-air-fault";

/// `PUT /sandbox/v1/faults`: all that is wrong from now on. `{}` is nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Faults {
    /// Of the rules that fit a request the first counts.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schemars(length(max = 100)))]
    pub rules: Vec<FaultRule>,
    /// Whether blocks stop: what is issued waits.
    #[serde(default)]
    pub stuck_chain: bool,
    /// Takes so many of the newest blocks back, once, when it is set ([`Faults::MOST_BLOCKS`] at
    /// most): others take their numbers, and what was anchored in them waits again. Shown as 0.
    #[serde(default, deserialize_with = "whole::number")]
    #[cfg_attr(feature = "openapi", schemars(range(max = 100)))]
    pub reorganise_blocks: u32,
    /// Whether no callback reaches its issuer: each attempt fails as if nothing listened, and is
    /// made again later.
    #[serde(default)]
    pub callback_outage: bool,
}

impl Faults {
    /// The maximum number of blocks that one call reorganises.
    pub const MOST_BLOCKS: u32 = 100;
}

/// A rule: which requests fail, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct FaultRule {
    /// The prefix of the path: `/v1/credentials`.
    pub path: String,
    /// The number of requests after which the rule is removed. Defaults to no limit: the rule stays
    /// until the faults are set again.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "whole::optional"
    )]
    #[cfg_attr(feature = "openapi", schemars(range(min = 1)))]
    pub times: Option<u32>,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
}

/// A fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[non_exhaustive]
pub enum Fault {
    /// The call is made later.
    Delay {
        /// By so much, a minute at most.
        #[serde(deserialize_with = "whole::number")]
        #[cfg_attr(feature = "openapi", schemars(range(max = 60_000)))]
        milliseconds: u32,
    },
    /// The call is not made, and answered with this status.
    Status {
        /// 400 to 599.
        #[serde(deserialize_with = "whole::number")]
        #[cfg_attr(feature = "openapi", schemars(range(min = 400, max = 599)))]
        status: u16,
        /// The header `Retry-After`, in seconds.
        #[serde(
            default,
            skip_serializing_if = "Option::is_none",
            deserialize_with = "whole::optional"
        )]
        retry_after: Option<u32>,
    },
    /// The call is not made, and the connection breaks.
    Drop,
    /// The call is made, and the connection breaks before its answer is whole.
    LoseAnswer,
    /// The call is made, and its answer's body comes later than its head.
    SlowBody {
        /// By so much, a minute at most.
        #[serde(deserialize_with = "whole::number")]
        #[cfg_attr(feature = "openapi", schemars(range(max = 60_000)))]
        milliseconds: u32,
    },
    /// The partner's JWK set can't be fetched, and what was kept of it is too old: 401.
    JwksOutage,
    /// The clock by which the Partner JWT is checked is wrong: 401 where it has not begun or is
    /// over by that clock.
    ClockSkew {
        /// By so much, a day at most; fast when positive, slow when negative.
        #[cfg_attr(feature = "openapi", schemars(range(min = -86_400, max = 86_400)))]
        #[serde(deserialize_with = "whole::signed")]
        seconds: i32,
    },
}

impl Fault {
    /// The longest delay, in milliseconds.
    pub const LONGEST: u32 = 60_000;
    /// The largest clock skew, in seconds.
    pub const LARGEST_SKEW: u32 = 86_400;

    /// Checks the limits of the fault and returns it.
    ///
    /// # Errors
    /// [`Error::InvalidFault`] for a delay above [`Self::LONGEST`], a status outside 400 to 599, or
    /// a skew above [`Self::LARGEST_SKEW`].
    pub fn check(self) -> Result<Self, Error> {
        match self {
            Self::Delay { milliseconds } | Self::SlowBody { milliseconds }
                if milliseconds > Self::LONGEST =>
            {
                Err(Error::InvalidFault)
            }
            Self::ClockSkew { seconds } if seconds.unsigned_abs() > Self::LARGEST_SKEW => {
                Err(Error::InvalidFault)
            }
            Self::Status { status, .. } if !(400..600).contains(&status) => Err(Error::InvalidFault),
            good => Ok(good),
        }
    }
}

/// Parses the form of [`FAULT_HEADER`].
impl FromStr for Fault {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = |text: &str| text.parse().map_err(|_| Error::InvalidFault);
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let fault = match (name, value) {
            ("delay", milliseconds) => Self::Delay {
                milliseconds: number(milliseconds)?,
            },
            ("slow-body", milliseconds) => Self::SlowBody {
                milliseconds: number(milliseconds)?,
            },
            ("status", value) => {
                let (status, retry_after) = match value.split_once(";retry-after=") {
                    Some((status, seconds)) => (status, Some(number(seconds)?)),
                    None => (value, None),
                };
                Self::Status {
                    status: status.parse().map_err(|_| Error::InvalidFault)?,
                    retry_after,
                }
            }
            ("drop", "") => Self::Drop,
            ("lose-answer", "") => Self::LoseAnswer,
            ("jwks-outage", "") => Self::JwksOutage,
            ("clock-skew", seconds) => Self::ClockSkew {
                seconds: seconds.parse().map_err(|_| Error::InvalidFault)?,
            },
            _ => return Err(Error::InvalidFault),
        };
        fault.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_header_has() {
        let status = |status, retry_after| Ok(Fault::Status { status, retry_after });
        assert_eq!("status=503".parse(), status(503, None));
        assert_eq!("status=429;retry-after=7".parse(), status(429, Some(7)));
        assert_eq!("delay=60000".parse(), Ok(Fault::Delay { milliseconds: 60_000 }));
        assert_eq!("slow-body=1".parse(), Ok(Fault::SlowBody { milliseconds: 1 }));
        assert_eq!("drop".parse(), Ok(Fault::Drop));
        assert_eq!("lose-answer".parse(), Ok(Fault::LoseAnswer));
        assert_eq!("jwks-outage".parse(), Ok(Fault::JwksOutage));
        for seconds in [-86_400, -600, 0, 86_400] {
            let skew = format!("clock-skew={seconds}");
            assert_eq!(skew.parse(), Ok(Fault::ClockSkew { seconds }));
        }
        for bad in [
            "",
            "status",
            "status=200",
            "status=600",
            "delay=60001",
            "delay=-1",
            "drop=1",
            "jwks-outage=1",
            "clock-skew",
            "clock-skew=86401",
            "clock-skew=-86401",
            "other",
            "status=503;later=1",
        ] {
            assert_eq!(bad.parse::<Fault>(), Err(Error::InvalidFault), "{bad}");
        }
    }

    #[test]
    fn rules_are_flat_json() {
        let json = r#"{"rules":[{"path":"/v1","times":3,"kind":"status","status":429,"retryAfter":1},{"path":"/","kind":"loseAnswer"},
            {"path":"/","kind":"clockSkew","seconds":-600},{"path":"/","kind":"jwksOutage"}],"reorganiseBlocks":1,"callbackOutage":true}"#;
        let faults: Faults = serde_json::from_str(json).unwrap();
        assert_eq!(faults.rules[0].times, Some(3));
        assert_eq!(faults.rules[1].fault, Fault::LoseAnswer);
        assert_eq!(faults.rules[2].fault, Fault::ClockSkew { seconds: -600 });
        assert_eq!(faults.rules[3].fault, Fault::JwksOutage);
        assert_eq!((faults.reorganise_blocks, faults.callback_outage), (1, true));
        assert_eq!(serde_json::from_str::<Faults>("{}").unwrap(), Faults::default());
        let again: Faults = serde_json::from_value(serde_json::to_value(&faults).unwrap()).unwrap();
        assert_eq!(again, faults);
    }
}
