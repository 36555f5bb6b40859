//! The command line: `restore`, `devices`, `estimate`, `bench`, `eval`. The same worker and the same
//! events as the window, printed. What it prints and the exit codes are a promise to scripts: they
//! are written down in README.md and held by `tests/program/command_line.rs`.

mod args;
mod bench;
mod client;
mod devices;
mod estimate;
mod eval;
mod generate;
mod input;
mod output;
mod report;
mod restore;
mod targets;
mod terms;

use std::{fmt::Display, process::ExitCode};

pub use args::{
    Args, BenchArgs, Command, CompletionsArgs, DevicesArgs, EstimateArgs, EvalArgs, ManualArgs, RestoreArgs,
};

/// Some inputs, or the one thing asked for, could not be done.
const FAILED: u8 = 1;
/// The command line is wrong; clap ends with the same code.
const WRONG_USAGE: u8 = 2;
/// Ended by Ctrl+C or a request to terminate: 128 + SIGINT, as shells count.
const INTERRUPTED: u8 = 130;

/// Does what one subcommand asks, prints it, and says how it went: 0 all done, 1 something failed,
/// 2 wrong usage, 130 interrupted.
pub fn run(command: Command) -> ExitCode {
    match command {
        Command::Restore(args) => restore::run(&args),
        Command::Devices(args) => devices::run(&args),
        Command::Estimate(args) => estimate::run(&args),
        Command::Bench(args) => bench::run(args),
        Command::Eval(args) => eval::run(&args),
        Command::Manual(args) => generate::manual(&args),
        Command::Completions(args) => generate::completions(&args),
    }
}

/// Shows the window, and says in a sentence why there is none.
pub fn run_window<E: Display>(open: impl FnOnce() -> Result<(), E>) -> ExitCode {
    match open() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(error);
            ExitCode::from(FAILED)
        }
    }
}
