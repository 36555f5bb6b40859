//! Errors and panics of a device become errors.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use crate::engine::{DeviceInfo, EngineError, panic_text};

/// Whether a device has not failed yet. Shared by all networks on it.
pub type IsUsable = Arc<AtomicBool>;

/// Runs `work`. A panic (burn and CubeCL still panic in places) becomes an error.
pub fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panic_text(&*panic)))
}

/// Runs `work`. An error or a panic becomes an [`EngineError`] and marks the device as failed, so that it is reopened
/// next time.
pub fn guarded<T>(
    info: &DeviceInfo,
    is_usable: &IsUsable,
    work: impl FnOnce() -> Result<T, String>,
) -> Result<T, EngineError> {
    caught(work).map_err(|reason| failure(info, is_usable, reason))
}

/// Marks the device as failed.
pub fn failure(info: &DeviceInfo, is_usable: &IsUsable, reason: String) -> EngineError {
    is_usable.store(false, Ordering::Relaxed);
    EngineError::Device { device: info.name.clone(), reason: cause(&reason) }
}

/// What users need of an error of burn or CubeCL: the last of its causes, without the backtrace that follows.
fn cause(reason: &str) -> String {
    let lines = reason.lines().map(str::trim);
    let chain: Vec<_> = lines.take_while(|line| !line.contains("acktrace") && *line != "Asked at:").collect();
    match chain.iter().rposition(|line| *line == "Caused by:") {
        Some(last) => chain[last + 1..].join(" "),
        None => chain.into_iter().take(4).collect::<Vec<_>>().join(" "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_their_last_cause() {
        let chain = "Several failures at once\nCaused by:\n  The bytes were never written\nCaused by:\n  can't allocate \
                     buffer of size: 4398046511104\nNo backtrace available\nAsked at:\n  Backtrace:\n   0: main";
        assert_eq!(cause(chain), "can't allocate buffer of size: 4398046511104");
        assert_eq!(cause("the device was lost\n(unknown)"), "the device was lost (unknown)");
    }
}
