//! GPUs through wgpu: lists the adapters, and opens one for burn.
//!
//! The wgpu device is separate from the window's: a fault in a kernel must not take the window down. Kernels are WGSL
//! (burn's feature `webgpu`): the SPIR-V ones crash Debian 12's software Vulkan.

use std::sync::OnceLock;

use burn::tensor::Device;
use burn_wgpu::{
    WgpuSetup,
    wgpu::{self, Adapter, Backend, Backends, DeviceType, Features, Instance, InstanceDescriptor},
};

use super::{DeviceInfo, DeviceKind, EngineError, burn_restorer::Alive};

/// A GPU that burn can compute on.
#[derive(Debug, Clone)]
pub struct OpenGpu {
    /// Name, kind and driver.
    pub info: DeviceInfo,
    /// burn's handle.
    pub device: Device,
    /// The largest buffer a kernel can bind, in bytes.
    pub max_binding: u64,
    /// Cleared by the first failure: then the device has to be opened again.
    pub alive: Alive,
}

/// One instance for the lifetime of the program: the Vulkan loader crashes when instances are created and destroyed on
/// several threads.
fn instance() -> &'static Instance {
    static INSTANCE: OnceLock<Instance> = OnceLock::new();
    INSTANCE.get_or_init(|| {
        Instance::new(InstanceDescriptor {
            backends: Backends::VULKAN | Backends::METAL | Backends::DX12,
            ..InstanceDescriptor::new_without_display_handle()
        })
    })
}

/// Every adapter once, in the order the drivers list them. A card reached through Vulkan and DX12
/// is listed with Vulkan only.
fn adapters() -> Vec<(DeviceInfo, Adapter)> {
    let mut adapters = pollster::block_on(instance().enumerate_adapters(Backends::all()));
    adapters.sort_by_key(|adapter| match adapter.get_info().backend {
        Backend::Metal => 0,
        Backend::Vulkan => 1,
        _ => 2,
    });
    let mut found: Vec<(DeviceInfo, Adapter)> = Vec::new();
    let mut seen: Vec<(u32, u32, Backend, String)> = Vec::new();
    for adapter in adapters {
        let info = adapter.get_info();
        let twin = |(vendor, device, backend, bus): &(u32, u32, Backend, String)| {
            (*vendor, *device) == (info.vendor, info.device)
                && (*backend != info.backend || (!bus.is_empty() && *bus == info.device_pci_bus_id))
        };
        if seen.iter().any(twin) {
            continue;
        }
        seen.push((info.vendor, info.device, info.backend, info.device_pci_bus_id.clone()));
        found.push((describe(&info), adapter));
    }
    found
}

fn describe(info: &wgpu::AdapterInfo) -> DeviceInfo {
    let driver = [info.driver.as_str(), info.driver_info.as_str()]
        .into_iter()
        .filter(|text| !text.is_empty())
        .collect::<Vec<_>>();
    DeviceInfo {
        name: info.name.clone(),
        kind: match info.device_type {
            DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu,
            DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu,
            DeviceType::VirtualGpu => DeviceKind::VirtualGpu,
            DeviceType::Cpu => DeviceKind::Software,
            DeviceType::Other => DeviceKind::Other,
        },
        driver: format!("{} ({})", driver.join(" "), info.backend),
    }
}

/// The GPUs of this machine, software adapters included.
pub fn list() -> Vec<DeviceInfo> {
    adapters().into_iter().map(|(info, _)| info).collect()
}

/// Opens the GPU that `info` describes, with all its limits.
///
/// # Errors
/// When it was removed, or can't be opened.
pub fn open(info: &DeviceInfo) -> Result<OpenGpu, EngineError> {
    let failed = |reason: String| EngineError::Device { device: info.name.clone(), reason };
    let (_, adapter) = adapters()
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
    let setup = WgpuSetup { instance: instance().clone(), adapter, device, queue, backend };
    let device = Device::wgpu_options().setup(setup).init().map_err(|error| failed(error.to_string()))?;
    Ok(OpenGpu {
        info: info.clone(),
        device,
        max_binding: limits.max_storage_buffer_binding_size.min(limits.max_buffer_size),
        alive: Alive::new(true.into()),
    })
}
