//! `air completions`: completion scripts for shells.

use clap::{Args, Command};
use clap_complete::Shell;
use serde_json::json;

use crate::{exit::Failure, output::Output};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air completions bash > ~/.local/share/bash-completion/completions/air\n  \
                  # with `fpath+=~/.zfunc` before compinit in ~/.zshrc\n  \
                  air completions zsh > ~/.zfunc/_air\n  \
                  air completions fish > ~/.config/fish/completions/air.fish\n\
                  \n\
                  The Debian package installs the scripts of bash, zsh and fish.")]
pub(crate) struct Completions {
    /// The shell that will read the script.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints the script for `air`, the root command.
    pub(crate) fn run(&self, air: Command, output: Output) -> Result<(), Failure> {
        let script = script(self.shell, air);
        let document = json!({ "shell": self.shell.to_string(), "script": script });
        output.result(&document, |_| script.trim_end().to_owned())
    }
}

fn script(shell: Shell, mut air: Command) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut air, "air", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}
