//! Arguments to a window or a headless command.

use std::process::ExitCode;

use clap::Parser;
use redawn::{app, cli};

fn main() -> ExitCode {
    let args = cli::Args::parse();
    match args.command {
        Some(command) => cli::run(command),
        None => cli::run_window(|| app::run(args.files)),
    }
}
