//! Progress bars for long work on a terminal.

use std::{
    fmt,
    fs::File,
    io::{IsTerminal, Read},
    path::Path,
};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::output::Output;

/// Smaller files finish too quickly for a progress bar to be useful.
const WORTH_A_BAR: u64 = 32 << 20;

/// Wraps the reader of a file, with a progress bar on stderr if the file is large and stderr is a terminal.
pub(crate) fn watch(file: File, path: &Path, output: Output) -> Box<dyn Read> {
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    if length <= WORTH_A_BAR || output.is_json() || !std::io::stderr().is_terminal() {
        return Box::new(file);
    }
    let style = ProgressStyle::with_template(
        "{msg} {wide_bar} {bytes} of {total_bytes}, {binary_bytes_per_sec}, {eta} left",
    )
    .unwrap_or_else(|_| ProgressStyle::default_bar());
    let name = path.file_name().unwrap_or(path.as_os_str());
    let bar = ProgressBar::new(length)
        .with_style(style)
        .with_message(name.to_string_lossy().into_owned())
        .with_finish(indicatif::ProgressFinish::AndClear);
    Box::new(bar.wrap_read(file))
}

/// A progress bar that counts items; hidden unless stderr is a terminal.
pub(crate) struct Count(ProgressBar);

impl Count {
    pub(crate) fn of(total: u64, done: u64, what: &str, output: Output) -> Self {
        if output.is_json() || !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let template = format!("{{wide_bar}} {{pos}} of {{len}} {what}, {{rate}}, {{eta}} left  {{msg}}");
        let style = ProgressStyle::with_template(&template)
            .unwrap_or_else(|_| ProgressStyle::default_bar())
            .with_key("rate", |state: &ProgressState, rate: &mut dyn fmt::Write| {
                let _ = write!(rate, "{:.0} a second", state.per_sec());
            });
        let bar = ProgressBar::new(total)
            .with_style(style)
            .with_position(done)
            .with_finish(indicatif::ProgressFinish::AndClear);
        bar.reset_eta();
        Self(bar)
    }

    pub(crate) fn reach(&self, done: u64, remark: impl FnOnce() -> String) {
        if !self.0.is_hidden() {
            self.0.set_message(remark());
            self.0.set_position(done);
        }
    }

    /// Removes the bar before other output.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }
}
