//! The binary: parse, run, print the error, exit. Everything else is in the library, where tests reach it.

use std::process::ExitCode;

fn main() -> ExitCode {
    turnwise::cli::run(std::env::args_os())
}
