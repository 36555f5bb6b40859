//! The GPU engine: RED-Nets on any GPU that wgpu can open.
//!
//! All layers become 3×3 convolutions of stride 1, each one launch of a kernel of our own ([`convolution`]). How a
//! convolution is divided among threads ([`tiling`]), and what is stored between layers ([`storage`]), is measured on the GPU
//! ([`tuning`]), and checked against the CPU engine. Should every variant fail, burn's kernels run the network
//! ([`burn_network`]).
//!
//! The wgpu device is separate from the window's: a fault in a kernel must not take the window down. Kernels are WGSL
//! (burn's feature `webgpu`): the SPIR-V ones crash Debian 12's software Vulkan.

mod adapters;
mod buffer;
mod burn_network;
mod convolution;
mod guard;
mod network;
mod peak;
mod picture;
mod resident;
mod resizing;
mod restorer;
mod storage;
mod tiling;
mod tuning;

use burn::tensor::Device;
use burn_wgpu::{
    RuntimeOptions, WgpuSetup, try_init_device,
    wgpu::{self, Features},
};
use cubecl::client::Client;

pub use resident::ResidentPicture;
pub use restorer::{GpuRestorer, Kernels};
pub use storage::Storage;
pub use tiling::{FEATURES, Tiling, Variant};
pub use tuning::Tuned;

use self::{
    guard::{IsUsable, guarded},
    tuning::Tuning,
};
use super::{DeviceInfo, EngineError, Weights};

/// Kernels that are submitted together: a GPU starts early, and one that is slow is not busy for too long at a time.
const KERNELS: usize = 8;

/// A GPU to compute on. Clones share it.
#[derive(Clone)]
pub struct OpenGpu {
    /// Name, kind and driver.
    pub info: DeviceInfo,
    /// The largest buffer a kernel can bind, in bytes.
    pub max_binding: u64,
    /// Cleared by the first failure: then the device has to be opened again.
    pub is_usable: IsUsable,
    client: Client,
    /// burn's handle.
    device: Device,
    tuning: Tuning,
}

impl OpenGpu {
    /// The fastest variant for a network; none if burn's kernels have to run it. Measures it the first time. `preparing` is
    /// called if that takes time: before kernels are compiled.
    ///
    /// # Errors
    /// When the device fails.
    pub fn tuned(&self, weights: &Weights, preparing: &mut dyn FnMut()) -> Result<Option<Tuned>, EngineError> {
        let select = || Ok(self.tuning.select(&self.client, &self.info, weights, preparing));
        guarded(&self.info, &self.is_usable, select)
    }

    /// Measures the peak of f32 multiply-adds in registers, in flop/s. Takes about 0.1 s.
    ///
    /// # Errors
    /// When the device fails.
    pub fn measure_peak(&self) -> Result<f64, EngineError> {
        guarded(&self.info, &self.is_usable, || peak::multiply_adds_per_second(&self.client))
    }

    /// Measures how fast memory is copied: bytes read and written per second. Takes about 0.1 s, and up to 256 MiB of memory.
    ///
    /// # Errors
    /// When the device fails.
    pub fn measure_bandwidth(&self) -> Result<f64, EngineError> {
        guarded(&self.info, &self.is_usable, || peak::bytes_per_second(&self.client, self.max_binding))
    }

    /// Whether this GPU has these numbers.
    pub fn supports(&self, storage: Storage) -> bool {
        storage.is_supported(&self.client)
    }
}

/// The GPUs of this machine, software adapters included.
pub fn list() -> Vec<DeviceInfo> {
    adapters::adapters().into_iter().map(|(info, _)| info).collect()
}

/// Opens the GPU that `info` describes, with all its limits.
///
/// # Errors
/// When it was removed, or can't be opened.
pub fn open(info: &DeviceInfo) -> Result<OpenGpu, EngineError> {
    let failed = |reason: String| EngineError::Device { device: info.name.clone(), reason };
    let (_, adapter) = adapters::adapters()
        .into_iter()
        .find(|(candidate, _)| candidate == info)
        .ok_or_else(|| failed("it is no longer available".into()))?;
    let limits = adapter.limits();
    let (device, queue) = pollster::block_on(adapter.request_device(&wgpu::DeviceDescriptor {
        label: Some("redawn"),
        required_features:
            adapter.features().difference(Features::MAPPABLE_PRIMARY_BUFFERS | Features::all_experimental_mask()),
        required_limits: limits.clone(),
        memory_hints: wgpu::MemoryHints::MemoryUsage,
        ..Default::default()
    }))
    .map_err(|error| failed(error.to_string()))?;
    let backend = adapter.get_info().backend;
    let setup = WgpuSetup { instance: adapters::instance().clone(), adapter, device, queue, backend };
    let options = RuntimeOptions::with_tasks_max(Some(KERNELS)).map_err(|error| failed(error.to_string()))?;
    let device = try_init_device(setup, options).map_err(|error| failed(error.to_string()))?;
    Ok(OpenGpu {
        info: info.clone(),
        client: cubecl::Device::Wgpu(device.clone()).client(),
        device: device.into(),
        tuning: Tuning::default(),
        max_binding: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
        is_usable: IsUsable::new(true.into()),
    })
}
