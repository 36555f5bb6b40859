//! The window's log file.

use std::{
    backtrace::Backtrace,
    fs::{self, File, OpenOptions},
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use env_logger::{Builder, Target};
use etcetera::AppStrategy;
use log::LevelFilter;

use crate::folders;

/// Maximum size; more would be repetitions.
const MAX_BYTES: usize = 4 << 20;
const NAME: &str = "redawn.log";
const OLD_NAME: &str = "redawn.old.log";

static FILE: OnceLock<PathBuf> = OnceLock::new();

/// Folder of the log: the system's folder for state, or for data if there is none.
pub fn folder() -> Option<PathBuf> {
    folders::native().map(|folders| folders.state_dir().unwrap_or_else(|| folders.data_dir()))
}

/// Starts logging, including panics. The log of the previous session is kept as `redawn.old.log`.
///
/// # Errors
/// If the file can't be created. Nothing is logged then.
pub fn start(folder: &Path) -> io::Result<()> {
    let (file, path) = create(folder)?;
    let started = Instant::now();
    let installed = Builder::new()
        .filter_level(LevelFilter::Warn)
        .filter_module(env!("CARGO_PKG_NAME"), LevelFilter::Info)
        .target(Target::Pipe(Box::new(Capped { file, left: MAX_BYTES })))
        .format(move |line, record| {
            let (level, target, message) = (record.level(), record.target(), record.args());
            writeln!(line, "{:9.3} {level:5} {target}: {message}", started.elapsed().as_secs_f64())
        })
        .try_init();
    if installed.is_ok() && FILE.set(path).is_ok() {
        log_panics();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        log::info!("Redawn {} started, {now} s after 1970", env!("CARGO_PKG_VERSION"));
    }
    Ok(())
}

/// Creates the file, and renames the previous one.
fn create(folder: &Path) -> io::Result<(File, PathBuf)> {
    fs::create_dir_all(folder)?;
    let path = folder.join(NAME);
    // Fails while another window has it open (Windows); both write to it then.
    let _ = fs::rename(&path, folder.join(OLD_NAME));
    Ok((OpenOptions::new().create(true).append(true).open(&path)?, path))
}

fn log_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        let thread = std::thread::current();
        let name = thread.name().unwrap_or("without a name");
        log::error!("thread {name}: {info}\n{}", Backtrace::force_capture());
        before(info);
    }));
}

/// The last lines of this session's log. Empty if there is none.
pub fn latest(lines: usize) -> String {
    let text = FILE.get().and_then(|path| fs::read(path).ok()).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// A file that ignores what exceeds its limit.
struct Capped {
    file: File,
    /// Bytes left.
    left: usize,
}

impl Write for Capped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if bytes.len() <= self.left {
            self.file.write_all(bytes)?;
            self.left -= bytes.len();
        } else {
            self.left = 0;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_previous_log_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for run in ["first", "second", "third"] {
            let (mut file, path) = create(&folder.path().join("deep")).unwrap();
            file.write_all(run.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(path).unwrap(), run);
        }
        let before = folder.path().join("deep").join(OLD_NAME);
        assert_eq!(fs::read_to_string(before).unwrap(), "second");
    }

    #[test]
    fn a_log_does_not_fill_the_disk() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut capped = Capped { file: file.reopen().unwrap(), left: 10 };
        for line in ["12345\n", "1234567\n", "1\n"] {
            capped.write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "12345\n");
    }
}
