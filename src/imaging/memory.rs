//! Memory: limits, free memory, and the memory of this process.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System, get_current_pid};

/// The share of the free memory that may be used by default.
const SHARE: f64 = 0.75;

/// Limit for the memory of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemoryLimit {
    /// Three quarters of the free memory at the time of the check.
    #[default]
    Share,
    /// This number of bytes, the program itself included, and never more than is free.
    Bytes(u64),
    /// No further check. Memory freed since an earlier one may still be counted as used.
    AlreadyChecked,
}

impl MemoryLimit {
    /// Bytes that may be allocated in addition to those in use; none if there is no limit to check, or the system does not
    /// report the free memory.
    pub fn left(self) -> Option<u64> {
        let free = available();
        match self {
            MemoryLimit::AlreadyChecked => None,
            MemoryLimit::Share => free.map(|free| (free as f64 * SHARE) as u64),
            MemoryLimit::Bytes(limit) => {
                let left = limit.saturating_sub(resident());
                Some(free.map_or(left, |free| left.min(free)))
            }
        }
    }

    /// Checks that the program itself uses less than the limit.
    ///
    /// # Errors
    /// The memory of the program, in bytes.
    pub fn check_own(self) -> Result<(), u64> {
        match self {
            MemoryLimit::Bytes(limit) => Some(resident()).filter(|resident| limit <= *resident).map_or(Ok(()), Err),
            MemoryLimit::Share | MemoryLimit::AlreadyChecked => Ok(()),
        }
    }

    /// Checks that `need` further bytes may be allocated.
    ///
    /// # Errors
    /// The bytes that may be allocated.
    pub fn check(self, need: u64) -> Result<(), u64> {
        match self.left() {
            Some(left) if need > left => Err(left),
            _ => Ok(()),
        }
    }
}

/// Free memory for this process, in bytes, within the limits of its control group and address space; none if the system
/// does not report it.
fn available() -> Option<u64> {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let system = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).ok()?;
    let free = system.available_memory();
    // Not `free_memory`, which counts the page cache as used.
    let limit = system.cgroup_limits().map_or(u64::MAX, |group| group.total_memory.saturating_sub(group.rss));
    (free > 0).then(|| free.min(limit).min(address_space()))
}

/// Bytes left by `ulimit -v`. Allocating more would abort the process.
#[cfg(target_os = "linux")]
fn address_space() -> u64 {
    let number = |file: &str, name: &str| -> Option<u64> {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    // "unlimited" is not a number.
    let Some(limit) = number("/proc/self/limits", "Max address space") else { return u64::MAX };
    let taken = number("/proc/self/status", "VmSize:").map_or(0, |kib| kib << 10);
    limit.saturating_sub(taken)
}

#[cfg(not(target_os = "linux"))]
fn address_space() -> u64 {
    u64::MAX
}

/// Resident memory of this process, in bytes; 0 if the system does not report it.
pub fn resident() -> u64 {
    let resident = || {
        let pid = get_current_pid().ok()?;
        let mut system = System::new().ok()?;
        let memory = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, memory);
        Some(system.process(pid)?.memory())
    };
    resident().unwrap_or(0)
}

/// Remaining memory as part of a sentence: [`format_bytes`], or "no more".
pub fn format_left(bytes: u64) -> String {
    if bytes == 0 { "no more".into() } else { format_bytes(bytes) }
}

/// A number of bytes in decimal units: `35 kB`, `0.4 MB`, `12 MB`, `2.1 GB`.
pub fn format_bytes(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        0.0..95e3 => format!("{:.0} kB", (bytes / 1e3).max(1.0)),
        95e3..9.95e6 => format!("{:.1} MB", bytes / 1e6),
        9.95e6..999.5e6 => format!("{:.0} MB", bytes / 1e6),
        _ => format!("{:.1} GB", bytes / 1e9),
    }
}
