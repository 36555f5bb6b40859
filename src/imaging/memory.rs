//! How much memory a photo takes, and how much there is.

use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use crate::pixels::Size;

/// Bytes a photo of that size and its restoration take: f32 planes, three times (before, after,
/// and what is under way), and the decoded samples.
pub(crate) fn needed(size: Size, channels: u64, bytes_per_sample: u64) -> u64 {
    let pixels = (size.width as u64).saturating_mul(size.height as u64);
    pixels.saturating_mul(channels).saturating_mul(3 * 4 + bytes_per_sample)
}

/// Bytes free for this process, the limit of its control group included; none where the system
/// does not say.
pub(crate) fn available() -> Option<u64> {
    let memory = MemoryRefreshKind::nothing().with_ram();
    let system = System::new_with_specifics(RefreshKind::nothing().with_memory(memory)).ok()?;
    let free = system.available_memory();
    // Not `free_memory`: that counts the page cache as taken.
    let limit = system.cgroup_limits().map_or(u64::MAX, |group| group.total_memory.saturating_sub(group.rss));
    (free > 0).then(|| free.min(limit))
}

/// A number of bytes in words.
pub(crate) fn words(bytes: u64) -> String {
    const GIB: f64 = (1u64 << 30) as f64;
    const MIB: u64 = 1 << 20;
    match bytes as f64 / GIB {
        gib if gib >= 1.0 => format!("{gib:.1} GiB"),
        _ => format!("{} MiB", bytes.div_ceil(MIB)),
    }
}
