//! The program never goes online: its only sockets are local ones (X11, D-Bus).
//!
//! Needs `strace`, and for the window `Xvfb` and `xdotool`; without them the tests are skipped.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use crate::support::{
    skip,
    xvfb::{self, Owned},
};

const PHOTO: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample-lowlight.jpg");

/// A command whose network calls are logged, with those of its threads and children.
fn traced(log: &Path, command: &str) -> Command {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=%network", "-o"]).arg(log).arg(command);
    strace
}

/// Whether processes may be traced here, tried with a known socket call.
fn can_trace(folder: &Path) -> bool {
    let log = folder.join("trial");
    match traced(&log, "true").output() {
        Err(error) => skip::skip(format!("strace can't be run: {error}")),
        Ok(output) if !output.status.success() => {
            skip::skip(format!("strace may not trace here: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        Ok(_) => return true,
    }
    false
}

/// Asserts that only local address families are used. `AF_UNSPEC` ends a connection.
#[track_caller]
fn assert_offline(log: &Path) -> usize {
    let calls = fs::read_to_string(log).unwrap();
    let families = |call: &str| call.match_indices("AF_").map(|(at, _)| call[at..].to_owned()).collect::<Vec<_>>();
    let named: Vec<String> = calls.lines().flat_map(families).collect();
    let outside: Vec<_> =
        named.iter().filter(|family| !["AF_UNIX", "AF_UNSPEC"].iter().any(|own| family.starts_with(own))).collect();
    assert!(outside.is_empty(), "{outside:#?}");
    named.len()
}

#[test]
fn tracing_detects_a_network_connection() {
    let folder = tempfile::tempdir().unwrap();
    if !can_trace(folder.path()) {
        return;
    }
    let log = folder.path().join("log");
    // A closed local port: nothing leaves the machine.
    traced(&log, "bash").args(["-c", "exec 3<>/dev/tcp/127.0.0.1/9"]).output().unwrap();
    assert!(fs::read_to_string(&log).unwrap().contains("AF_INET"), "the connection was not logged");
}

#[test]
fn the_command_line_stays_offline() {
    let folder = tempfile::tempdir().unwrap();
    if !can_trace(folder.path()) {
        return;
    }
    let (log, out) = (folder.path().join("log"), folder.path().join("out.jpg"));
    let mut restore = traced(&log, env!("CARGO_BIN_EXE_redawn"));
    restore.args(["restore", PHOTO, "--device", "cpu", "-o"]).arg(&out);
    assert!(restore.stdout(Stdio::null()).status().unwrap().success());
    assert!(out.exists());
    assert_offline(&log);

    // Searches for devices, so it loads the drivers.
    assert!(
        traced(&log, env!("CARGO_BIN_EXE_redawn")).arg("devices").stdout(Stdio::null()).status().unwrap().success()
    );
    assert_offline(&log);
}

#[test]
fn the_window_stays_offline() {
    let folder = tempfile::tempdir().unwrap();
    if !can_trace(folder.path()) {
        return;
    }
    if let Some(tool) = ["Xvfb", "xdotool"]
        .into_iter()
        .find(|tool| Command::new(tool).arg("-version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err())
    {
        return skip::skip(format!("{tool} is not installed"));
    }
    let (_server, display) = xvfb::start(["-screen", "0", "1280x800x24"]);
    let xdotool = |arguments: &[&str]| {
        let output = Command::new("xdotool").args(arguments).env("DISPLAY", &display).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };

    let log = folder.path().join("log");
    let mut program = traced(&log, env!("CARGO_BIN_EXE_redawn"));
    program.arg(PHOTO).env("DISPLAY", &display).env_remove("WAYLAND_DISPLAY");
    program.env("HOME", folder.path()).env_remove("XDG_CONFIG_HOME").env_remove("XDG_STATE_HOME");
    let mut program = Owned(program.spawn().unwrap());
    let start = Instant::now();
    // Restores by itself; the key to close is pressed until the window is gone: early keys are lost.
    while program.0.try_wait().unwrap().is_none() {
        assert!(start.elapsed() < Duration::from_secs(300), "the window never closed");
        std::thread::sleep(Duration::from_millis(500));
        if let Some(window) = xdotool(&["search", "--name", "sample-lowlight"]).lines().next() {
            xdotool(&["windowfocus", window]);
            std::thread::sleep(Duration::from_secs(2));
            if !xdotool(&["getwindowname", window]).contains('%') {
                xdotool(&["key", "ctrl+q"]);
            }
        }
    }
    assert!(assert_offline(&log) > 0, "no call was logged, not even to the display");
}
