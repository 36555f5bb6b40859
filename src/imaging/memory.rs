//! How much memory is free, how much a run may take, and how much the process holds.

use sysinfo::{MemoryRefreshKind, ProcessRefreshKind, ProcessesToUpdate, RefreshKind, System, get_current_pid};

/// The share of the free memory that a run may take by default.
const SHARE: f64 = 0.75;

/// How much memory the program may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MemoryLimit {
    /// Three quarters of what is free when it is asked for.
    #[default]
    Share,
    /// So many bytes in all, the program itself included; never more than is free.
    Bytes(u64),
    /// Already found to fit. Not measured again: memory freed since may still be counted as used.
    AlreadyChecked,
}

impl MemoryLimit {
    /// Bytes that may be taken in addition to those held already; none where there is no limit to check, or the system
    /// does not report how much is free.
    pub fn left(self) -> Option<u64> {
        let free = available();
        match self {
            MemoryLimit::AlreadyChecked => None,
            MemoryLimit::Share => free.map(|free| (free as f64 * SHARE) as u64),
            MemoryLimit::Bytes(limit) => {
                let left = limit.saturating_sub(held());
                Some(free.map_or(left, |free| left.min(free)))
            }
        }
    }

    /// # Errors
    /// When the program itself holds that much already: how much it holds, in bytes.
    pub fn check_own(self) -> Result<(), u64> {
        match self {
            MemoryLimit::Bytes(limit) => Some(held()).filter(|held| limit <= *held).map_or(Ok(()), Err),
            MemoryLimit::Share | MemoryLimit::AlreadyChecked => Ok(()),
        }
    }

    /// # Errors
    /// When `need` further bytes are more than may be taken: how many may.
    pub fn check(self, need: u64) -> Result<(), u64> {
        match self.left() {
            Some(left) if need > left => Err(left),
            _ => Ok(()),
        }
    }
}

/// Bytes free for this process, the limits of its control group and of its address space included;
/// none where the system does not say.
fn available() -> Option<u64> {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let system = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).ok()?;
    let free = system.available_memory();
    // Not `free_memory`: that counts the page cache as taken.
    let limit = system.cgroup_limits().map_or(u64::MAX, |group| group.total_memory.saturating_sub(group.rss));
    (free > 0).then(|| free.min(limit).min(address_space()))
}

/// What `ulimit -v` leaves to this process. To ask for more than that would end it.
#[cfg(target_os = "linux")]
fn address_space() -> u64 {
    let number = |file: &str, name: &str| -> Option<u64> {
        let text = std::fs::read_to_string(file).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    };
    // "unlimited" is no number.
    let Some(limit) = number("/proc/self/limits", "Max address space") else { return u64::MAX };
    let taken = number("/proc/self/status", "VmSize:").map_or(0, |kib| kib << 10);
    limit.saturating_sub(taken)
}

#[cfg(not(target_os = "linux"))]
fn address_space() -> u64 {
    u64::MAX
}

/// Bytes of memory this process holds; 0 where the system does not say.
pub fn held() -> u64 {
    let held = || {
        let pid = get_current_pid().ok()?;
        let mut system = System::new().ok()?;
        let memory = ProcessRefreshKind::nothing().with_memory();
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[pid]), false, memory);
        Some(system.process(pid)?.memory())
    };
    held().unwrap_or(0)
}

/// How many bytes may still be taken, in words.
pub fn left_in_words(bytes: u64) -> String {
    if bytes == 0 { "no more".into() } else { words(bytes) }
}

/// A number of bytes in decimal units: `350 kB`, `1.4 MB`, `12 MB`, `2.1 GB`.
pub fn words(bytes: u64) -> String {
    let bytes = bytes as f64;
    match bytes {
        0.0..999.5e3 => format!("{:.0} kB", (bytes / 1e3).max(1.0)),
        999.5e3..9.95e6 => format!("{:.1} MB", bytes / 1e6),
        9.95e6..999.5e6 => format!("{:.0} MB", bytes / 1e6),
        _ => format!("{:.1} GB", bytes / 1e9),
    }
}
