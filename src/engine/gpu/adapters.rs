//! The adapters that wgpu finds.

use std::sync::OnceLock;

use burn_wgpu::wgpu::{self, Adapter, Backend, Backends, DeviceType, Instance, InstanceDescriptor};

use crate::engine::{DeviceInfo, DeviceKind};

/// One instance for the lifetime of the program: the Vulkan loader crashes when instances are created and destroyed on
/// several threads.
pub fn instance() -> &'static Instance {
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
pub fn adapters() -> Vec<(DeviceInfo, Adapter)> {
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
        let is_same_card = |(vendor, device, backend, bus): &(u32, u32, Backend, String)| {
            (*vendor, *device) == (info.vendor, info.device)
                && (*backend != info.backend || (!bus.is_empty() && *bus == info.device_pci_bus_id))
        };
        if seen.iter().any(is_same_card) {
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
