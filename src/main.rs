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

/// Whether there is a desktop, or the user has chosen a GPU by the layer's own variables.
#[cfg(target_os = "linux")]
fn needs_device_selection(variable: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let has_desktop = variable("XDG_RUNTIME_DIR").is_some_and(|folder| std::path::Path::new(&folder).is_absolute());
    has_desktop || ["MESA_VK_DEVICE_SELECT", "DRI_PRIME"].iter().any(|name| variable(name).is_some())
}

/// Mesa's Vulkan layer that sorts the GPUs for a desktop prints errors where there is none. A variable disables it, which
/// has to be set before the program starts: later is not safe with threads. So this starts the program again with it.
#[cfg(target_os = "linux")]
fn silence_device_selection() {
    use std::{env, os::unix::process::CommandExt, process::Command};

    const DISABLED: &str = "NODEVICE_SELECT";
    if env::var_os(DISABLED).is_some() || needs_device_selection(|name| env::var_os(name)) {
        return;
    }
    let mut arguments = env::args_os();
    let name = arguments.next();
    if let (Some(name), Ok(program)) = (name, env::current_exe()) {
        // Returns only if it fails: then the errors are printed, and nothing else changes.
        let _ = Command::new(program).arg0(name).args(arguments).env(DISABLED, "1").exec();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_gpu_stays_chosen_without_a_desktop() {
        let needs = |name: &str, value: &str| needs_device_selection(|asked| (asked == name).then(|| value.into()));
        assert!(needs("XDG_RUNTIME_DIR", "/run/user/1000") && !needs("XDG_RUNTIME_DIR", "") && !needs("HOME", "/root"));
        assert!(needs("MESA_VK_DEVICE_SELECT", "1002:73bf") && needs("DRI_PRIME", "1"));
    }
}
