//! The command line: one subcommand a file. Exit codes: 0 fine, 1 the thing
//! asked about is wrong, 2 the call is wrong or the machine is.

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub mod chat;
pub mod check;
pub mod completions;
pub mod demo;
pub mod graph;
pub mod integrations;
pub mod keys;
pub mod new;
pub mod paint;
pub mod reload;
pub mod sandbox;
pub mod schema;
pub mod serve;
pub mod services;
pub mod settings;
pub mod setups;
pub mod templates;
pub mod test;
pub mod understand;

/// A dialog engine for business actions.
#[derive(Debug, Parser)]
#[command(name = "turnwise", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Sandbox org, sales assistant, web chat and API in one process, with nothing to configure.
    Demo(demo::Demo),
    /// The server for a bot folder.
    Serve(Box<serve::Serve>),
    /// The same conversation in the terminal.
    Chat(chat::Chat),
    /// A bot folder to start from.
    New(new::New),
    /// Every problem of a bot's templates at once.
    Check(check::Check),
    /// Play the transcripts of a bot.
    Test(test::Test),
    /// Utterance testing: JSON Lines in, JSON Lines out.
    Understand(understand::Understand),
    /// The library: list it, read a template, take one into a bot.
    Templates(templates::Templates),
    /// A dialog as a state diagram.
    Graph(graph::Graph),
    /// The set-up steps of integrations.
    Integrations(Box<integrations::Integrations>),
    /// The key ring that seals tokens, and the console's password.
    Keys(keys::Keys),
    /// JSON Schema of a template, for completion in editors.
    Schema(schema::Schema),
    /// The Salesforce look-alike alone: sign-in pages, REST, SOQL, SOSL, on loopback.
    Sandbox(Box<sandbox::Sandbox>),
    /// Completions for bash, zsh or fish.
    Completions(completions::Completions),
}

pub use crate::refused::Refused;

/// How the thing asked about is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Fine: exit code 0.
    Fine,
    /// Wrong: exit code 1.
    Wrong,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Human,
    /// For programs.
    Json,
}

/// Runs the command line given by `args` (the program's name first) and tells how it went.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed pipe is nobody listening, not an error of ours.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let done = match cli.command {
        Command::Demo(demo) => demo.run().map(|()| Answer::Fine),
        Command::Serve(serve) => serve.run().map(|()| Answer::Fine),
        Command::Chat(chat) => chat.run().map(|()| Answer::Fine),
        Command::New(new) => new.run().map(|()| Answer::Fine),
        Command::Check(check) => check.run(),
        Command::Test(test) => test.run(),
        Command::Understand(understand) => understand.run(),
        Command::Templates(templates) => templates.run(),
        Command::Graph(graph) => graph.run().map(|()| Answer::Fine),
        Command::Integrations(integrations) => integrations.run(),
        Command::Keys(keys) => keys.run(),
        Command::Schema(schema) => schema.run().map(|()| Answer::Fine),
        Command::Sandbox(sandbox) => sandbox.run().map(|()| Answer::Fine),
        Command::Completions(completions) => completions.run().map(|()| Answer::Fine),
    };
    match done {
        Ok(Answer::Fine) => ExitCode::SUCCESS,
        Ok(Answer::Wrong) => ExitCode::from(1),
        Err(refused) => {
            let _ = writeln!(std::io::stderr(), "turnwise: {refused}");
            ExitCode::from(if refused.wrong { 1 } else { 2 })
        }
    }
}
