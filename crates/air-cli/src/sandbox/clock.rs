//! `air sandbox clock`.

use std::str::FromStr;

use air_api::{
    PlatformTime,
    sandbox::{MoveClock, PlatformClock},
};
use clap::Args;

use crate::{exit::Failure, output::Output, partner::SetUpArgs, time};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air sandbox clock                               # show the time\n  \
                  # 90-day credentials have expired\n  \
                  air sandbox clock --advance 91d\n  \
                  air sandbox clock --set 2027-01-01T00:00:00Z\n  \
                  air sandbox clock --reset\n\
                  \n\
                  Partner JWTs, sessions and signed status lists use the machine's clock.")]
pub(crate) struct ClockArgs {
    /// Advance the clock by this span: 90s, 15m, 3h, 91d, 1y (365 days).
    #[arg(long, value_name = "SPAN", value_parser = span, group = "to")]
    advance: Option<u64>,
    /// Advance the clock to this time: a date (midnight in UTC), or a time with its offset.
    #[arg(long, value_name = "TIME", value_parser = time::parse_date_time, group = "to")]
    set: Option<PlatformTime>,
    /// Reset the clock to the machine's time.
    #[arg(long, group = "to")]
    reset: bool,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl ClockArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let to = match (self.advance, self.set, self.reset) {
            (Some(seconds), ..) => Some(MoveClock::AdvanceSeconds(seconds)),
            (_, Some(at), _) => Some(MoveClock::Now(at)),
            (.., true) => Some(MoveClock::Reset {}),
            (None, None, false) => None,
        };
        let clock = match to {
            Some(to) => local.move_clock(&to).await?,
            None => local.platform_clock().await?,
        };
        output.result(&clock, render)
    }
}

fn render(clock: &PlatformClock) -> String {
    match clock.offset_seconds {
        0 => format!("{} UTC, the machine's time", clock.now),
        ahead => format!(
            "{} UTC, {} ahead of the machine's time",
            clock.now,
            time::span(ahead)
        ),
    }
}

/// Parses a span such as `91d` as seconds.
pub(crate) fn span(text: &str) -> Result<u64, String> {
    let unit = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3600,
        Some(b'd') => 86_400,
        Some(b'y') => 365 * 86_400,
        _ => 0,
    };
    let digits = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    u64::from_str(digits)
        .ok()
        .and_then(|count| count.checked_mul(unit))
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| "invalid span: must be a number and a unit (s, m, h, d or y), such as 90d".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_spans() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("3h", 10_800), ("91d", 7_862_400)] {
            assert_eq!(span(text), Ok(seconds));
        }
        for bad in ["", "d", "91", "-1d", "0d", "1w", "é", "99999999999999999999d"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }
}
