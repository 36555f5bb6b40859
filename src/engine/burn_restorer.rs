//! RED-Nets on GPUs, through burn.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use burn::tensor::{Device, Tensor, TensorData};

use super::{DeviceInfo, EngineError, Footprint, NetworkShape, Restorer, Weights, rednet::RedNet};
use crate::pixels::{Planes, Size};

/// Whether a device has not failed yet. Shared by all networks on it.
pub type Alive = Arc<AtomicBool>;

/// One network on one burn device.
pub struct BurnRestorer {
    net: RedNet,
    device: Device,
    info: DeviceInfo,
    shape: NetworkShape,
    tile_side: usize,
    alive: Alive,
}

impl BurnRestorer {
    /// Loads a network onto a device.
    ///
    /// # Errors
    /// When the device fails.
    pub fn load(
        weights: &Weights,
        device: Device,
        info: DeviceInfo,
        tile_side: usize,
        alive: Alive,
    ) -> Result<Self, EngineError> {
        let net = guarded(&info, &alive, || Ok(RedNet::load(weights, &device)))?;
        Ok(Self { net, device, info, shape: weights.shape, tile_side, alive })
    }
}

impl Restorer for BurnRestorer {
    fn device(&self) -> &DeviceInfo {
        &self.info
    }

    fn footprint(&self) -> Footprint {
        self.shape.footprint()
    }

    fn tile_side(&self) -> usize {
        self.tile_side
    }

    fn memory(&self, tile: Size) -> u64 {
        self.shape.memory(tile)
    }

    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError> {
        let (size, channels) = (tile.size(), tile.channels());
        let values = guarded(&self.info, &self.alive, || {
            let input = TensorData::new(tile.into_data(), [1, channels, size.height, size.width]);
            let output = self.net.forward(Tensor::from_data(input, &self.device));
            // A lost device is reported here, when the output is read back, as an error and not as a panic.
            let data = output.try_into_data().map_err(|error| error.to_string())?;
            data.try_into_vec::<f32>().map_err(|error| format!("{error:?}"))
        })?;
        if values.len() != self.shape.planes_out * size.area() {
            return Err(failure(&self.info, &self.alive, "its output has a wrong size".into()));
        }
        Ok(Planes::new(self.shape.planes_out, size, values))
    }
}

/// Runs `work`. An error or a panic (burn still panics in places) becomes an [`EngineError`] and marks the device as
/// failed, so that it is reopened next time.
fn guarded<T>(info: &DeviceInfo, alive: &Alive, work: impl FnOnce() -> Result<T, String>) -> Result<T, EngineError> {
    let reason = match catch_unwind(AssertUnwindSafe(work)) {
        Ok(Ok(value)) => return Ok(value),
        Ok(Err(reason)) => reason,
        Err(panic) => panic_text(&*panic),
    };
    Err(failure(info, alive, reason))
}

fn failure(info: &DeviceInfo, alive: &Alive, reason: String) -> EngineError {
    alive.store(false, Ordering::Relaxed);
    // burn's errors have a backtrace after the first lines; users need only the cause.
    let reason = reason.lines().take(4).map(str::trim).collect::<Vec<_>>().join(" ");
    EngineError::Device { device: info.name.clone(), reason }
}

/// The message of a panic.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = panic.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = panic.downcast_ref::<String>() {
        text.clone()
    } else {
        "an internal error without a text".to_owned()
    }
}
