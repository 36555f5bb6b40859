//! One network on one GPU. Errors and panics of the device become errors.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use burn::tensor::{Device, Tensor, TensorData};

use super::{OpenGpu, Tiling, burn_network::RedNet, network::GpuNetwork};
use crate::{
    engine::{DeviceInfo, EngineError, Footprint, NetworkShape, Restorer, Weights},
    pixels::{Planes, Size},
};

/// Whether a device has not failed yet. Shared by all networks on it.
pub type Alive = Arc<AtomicBool>;

/// The kernels that run a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// Our own.
    Tiled(Tiling),
    /// burn's.
    Burn,
}

/// One network on one GPU.
pub struct GpuRestorer {
    network: Network,
    info: DeviceInfo,
    shape: NetworkShape,
    tile_side: usize,
    alive: Alive,
}

enum Network {
    Tiled(GpuNetwork),
    Burn(Box<RedNet>, Device),
}

impl GpuRestorer {
    /// Loads a network onto a GPU, with the kernels that are the fastest there.
    ///
    /// # Errors
    /// When the device fails.
    pub fn load(weights: &Weights, gpu: &OpenGpu, tile_side: usize) -> Result<Self, EngineError> {
        let tiling = guarded(&gpu.info, &gpu.alive, || Ok(gpu.tuning.tiling(&gpu.client, gpu.info.kind, weights)))?;
        Self::load_for(tiling.map_or(Kernels::Burn, Kernels::Tiled), weights, gpu, tile_side)
    }

    /// Loads a network onto a GPU, with given kernels.
    ///
    /// # Errors
    /// When the device fails.
    pub fn load_for(
        kernels: Kernels,
        weights: &Weights,
        gpu: &OpenGpu,
        tile_side: usize,
    ) -> Result<Self, EngineError> {
        let network = guarded(&gpu.info, &gpu.alive, || {
            Ok(match kernels {
                Kernels::Tiled(tiling) => Network::Tiled(GpuNetwork::load(&gpu.client, weights, tiling)),
                Kernels::Burn => Network::Burn(Box::new(RedNet::load(weights, &gpu.device)), gpu.device.clone()),
            })
        })?;
        Ok(Self { network, info: gpu.info.clone(), shape: weights.shape, tile_side, alive: gpu.alive.clone() })
    }
}

impl Restorer for GpuRestorer {
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
        let size = tile.size();
        let values = guarded(&self.info, &self.alive, || match &self.network {
            Network::Tiled(network) => network.run(&tile),
            Network::Burn(network, device) => run_burn(network, device, tile),
        })?;
        if values.len() != self.shape.planes_out * size.area() {
            return Err(failure(&self.info, &self.alive, "its output has a wrong size".into()));
        }
        Ok(Planes::new(self.shape.planes_out, size, values))
    }
}

fn run_burn(network: &RedNet, device: &Device, tile: Planes) -> Result<Vec<f32>, String> {
    let (size, channels) = (tile.size(), tile.channels());
    let input = TensorData::new(tile.into_data(), [1, channels, size.height, size.width]);
    let output = network.forward(Tensor::from_data(input, device));
    // A lost device is reported here, when the output is read back, as an error and not as a panic.
    let data = output.try_into_data().map_err(|error| error.to_string())?;
    data.try_into_vec::<f32>().map_err(|error| format!("{error:?}"))
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
