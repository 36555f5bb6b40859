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
    // burn's errors have a backtrace after the first lines; users need only the cause.
    let reason = reason.lines().take(4).map(str::trim).collect::<Vec<_>>().join(" ");
    EngineError::Device { device: info.name.clone(), reason }
}
