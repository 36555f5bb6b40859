//! Arguments to a window or a headless command.

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

/// A limit on the size of files (`ulimit -f`) ends a program by a signal, unless it asks to hear of it: then the write
/// fails, as on a full disk.
#[cfg(unix)]
fn survive_file_size_limits() {
    let heard = std::sync::Arc::default();
    // Without it the system does what it always did.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, heard);
}
