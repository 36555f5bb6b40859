//! Starts the window or a command, depending on the arguments.

use std::process::ExitCode;

use clap::Parser;
use redawn::{cli, window};

fn main() -> ExitCode {
    #[cfg(unix)]
    survive_file_size_limits();
    let args = cli::Args::parse();
    match args.command {
        Some(command) => cli::run(command),
        None => cli::run_window(|| window::run(args.files)),
    }
}

/// A limit on the size of files (`ulimit -f`) kills a program by a signal unless it has a handler: then the write
/// fails like on a full disk.
#[cfg(unix)]
fn survive_file_size_limits() {
    let received = std::sync::Arc::default();
    // If this fails, the signal keeps its default action.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, received);
}
