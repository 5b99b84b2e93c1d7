//! The log of servers on stderr.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::{EnvFilter, Layer, Registry, layer::SubscriberExt, util::SubscriberInitExt};

use crate::output;
#[cfg(not(feature = "otel"))]
use crate::output::Output;

/// The format of the log.
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum LogFormat {
    /// Text for people.
    Text,
    /// One JSON object per line.
    Json,
}

/// Starts the log, and the exporter of traces, which RUST_LOG does not affect.
pub(crate) fn start(format: LogFormat, traces: Option<impl Layer<Registry> + Send + Sync>) {
    let directives = std::env::var(EnvFilter::DEFAULT_ENV).unwrap_or_default();
    let filter = EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::WARN.into())
        .parse_lossy(with_rules(&directives));
    let log = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let log = match format {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => log.json().flatten_event(true).boxed(),
    };
    let subscriber = tracing_subscriber::registry().with(traces);
    let _ = subscriber.with(log.with_filter(filter)).try_init();
    if matches!(format, LogFormat::Json) {
        output::log_notes();
    }
}

/// Adds directives for the platform's rules, which `air_sandbox` includes.
fn with_rules(directives: &str) -> String {
    let rules = directives
        .split(',')
        .filter_map(|directive| directive.trim().strip_prefix("air_sandbox"))
        .map(|level| format!(",air_platform{level}"));
    let rules: String = rules.collect();
    format!("{directives}{rules}")
}

/// Warns when a collector is configured but this build sends no traces.
#[cfg(not(feature = "otel"))]
pub(crate) fn warn_of_no_traces(output: Output) {
    let variables = [
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    ];
    let is_set = |name: &&'static str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if let Some(name) = variables.into_iter().find(is_set) {
        output.note(&format!(
            "warning: {name} is set, but this build of air sends no traces; build it with `--features otel`"
        ));
    }
}
