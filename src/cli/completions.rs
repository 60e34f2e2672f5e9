//! `turnwise completions SHELL`: prints a completion script. Which words there are comes from the command line itself.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Refused};

/// Completions for a shell.
#[derive(Debug, Args)]
#[command(after_help = "Example: turnwise completions bash > /etc/bash_completion.d/turnwise")]
pub struct Completions {
    /// bash, zsh or fish.
    shell: Shell,
}

impl Completions {
    /// Prints the script.
    pub fn run(&self) -> Result<(), Refused> {
        clap_complete::generate(
            self.shell,
            &mut Cli::command(),
            "turnwise",
            &mut std::io::stdout(),
        );
        Ok(())
    }
}
