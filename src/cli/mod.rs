//! The command line: `restore`, `devices`, `estimate`, `bench`, `eval`, on the same worker as the window. Its output and
//! exit codes are an interface for scripts, documented in `--help` (`args/help.rs`) and tested by
//! `tests/program/command_line.rs`.

mod args;
mod bench;
mod claim;
mod client;
mod devices;
mod dry_run;
mod estimate;
mod eval;
mod existing;
mod failed_list;
mod generate;
mod input;
mod input_list;
mod marking;
mod output;
mod pages;
mod path_text;
mod records;
mod report;
mod restore;
mod run_plan;
mod sha256;
mod shard;
mod stdout_staging;
mod targets;
mod terms;
mod work;

use std::{fmt::Display, process::ExitCode};

pub use args::{
    Args, BenchArgs, CliCommand, CompletionsArgs, DevicesArgs, EstimateArgs, EvalArgs, ManualArgs, RestoreArgs,
};

/// Some inputs, or the command itself, failed.
const FAILED: u8 = 1;
/// Wrong usage; the same code as clap's.
const WRONG_USAGE: u8 = 2;
/// Stopped by Ctrl+C or a request to terminate: 128 + SIGINT, the convention of shells.
const INTERRUPTED: u8 = 130;

/// Runs a command, and returns the exit code: 0 all done, 1 something failed, 2 wrong usage, 130 interrupted.
pub fn run(command: CliCommand) -> ExitCode {
    match command {
        CliCommand::Restore(args) => restore::run(&args),
        CliCommand::Devices(args) => devices::run(&args),
        CliCommand::Estimate(args) => estimate::run(&args),
        CliCommand::Bench(args) => bench::run(args),
        CliCommand::Eval(args) => eval::run(&args),
        CliCommand::Manual(args) => generate::manual(&args),
        CliCommand::Completions(args) => generate::completions(&args),
    }
}

/// Opens the window, and prints an error if that fails.
pub fn run_window<E: Display>(open: impl FnOnce() -> Result<(), E>) -> ExitCode {
    match open() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(error);
            ExitCode::from(FAILED)
        }
    }
}
