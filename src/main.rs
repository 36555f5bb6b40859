//! Starts the window or a command, depending on the arguments.

use std::process::ExitCode;

use clap::Parser;
use redawn::{cli, window};

fn main() -> ExitCode {
    #[cfg(unix)]
    survive_file_size_limits();
    #[cfg(target_os = "linux")]
    silence_device_selection();
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

/// Mesa's Vulkan layer that sorts the GPUs for a desktop prints errors where there is none. A variable disables it, which
/// has to be set before the program starts: later is not safe with threads. So this starts the program again with it.
#[cfg(target_os = "linux")]
fn silence_device_selection() {
    use std::{env, os::unix::process::CommandExt, process::Command};

    const DISABLED: &str = "NODEVICE_SELECT";
    let has_desktop = env::var_os("XDG_RUNTIME_DIR").is_some_and(|folder| std::path::Path::new(&folder).is_absolute());
    if has_desktop || env::var_os(DISABLED).is_some() {
        return;
    }
    let mut arguments = env::args_os();
    let name = arguments.next();
    if let (Some(name), Ok(program)) = (name, env::current_exe()) {
        // Returns only if it fails: then the errors are printed, and nothing else changes.
        let _ = Command::new(program).arg0(name).args(arguments).env(DISABLED, "1").exec();
    }
}
