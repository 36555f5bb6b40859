//! The CPU: burn's `flex` backend, all cores.

use burn::tensor::Device;

use super::{
    DeviceInfo, DeviceKind, EngineError, Weights,
    burn_restorer::{Alive, BurnRestorer},
};

/// The CPU as a device.
pub fn info() -> DeviceInfo {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let plural = if threads == 1 { "" } else { "s" };
    DeviceInfo { name: "CPU".into(), kind: DeviceKind::Cpu, driver: format!("{threads} thread{plural}") }
}

/// Loads a network on the CPU.
///
/// # Errors
/// When the backend fails.
pub fn load(weights: &Weights, tile_side: usize) -> Result<BurnRestorer, EngineError> {
    BurnRestorer::load(weights, Device::flex(), info(), tile_side, Alive::new(true.into()))
}
