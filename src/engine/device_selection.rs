//! Selects the device for a user's choice and loads networks on it, with the CPU as the fallback.

use std::collections::HashMap;

use super::{
    DeviceChoice, DeviceInfo, DeviceKind, EngineError, OpenedRestorer, RestorerFactory, Task, Threads, TileChoice,
    Weights,
    burn_restorer::BurnRestorer,
    cpu::{self, CpuRestorer, CpuWeights},
    gpu::{self, OpenGpu},
    models,
};

/// All devices of this machine: GPUs, software adapters, and last the CPU. The first call can take seconds, while
/// drivers are loaded.
pub fn list_devices() -> Vec<DeviceInfo> {
    gpu::list().into_iter().chain([cpu::info()]).collect()
}

/// The device for a choice, and the reason in words.
///
/// # Errors
/// When there is no device of that name.
pub fn choose(choice: &DeviceChoice) -> Result<(DeviceInfo, String), EngineError> {
    if *choice == DeviceChoice::Cpu {
        return Ok((cpu::info(), "chosen by name".into()));
    }
    choose_among(&list_devices(), choice)
}

/// [`choose`] among given devices; the CPU must be one of them.
pub fn choose_among(devices: &[DeviceInfo], choice: &DeviceChoice) -> Result<(DeviceInfo, String), EngineError> {
    let of_kind = |kind| devices.iter().find(|device| device.kind == kind);
    match choice {
        DeviceChoice::Auto => {
            let software = of_kind(DeviceKind::Software).is_some();
            let (kind, reason) = if of_kind(DeviceKind::DiscreteGpu).is_some() {
                (DeviceKind::DiscreteGpu, "the first GPU with memory of its own")
            } else if of_kind(DeviceKind::IntegratedGpu).is_some() {
                (DeviceKind::IntegratedGpu, "the first GPU; there is none with memory of its own")
            } else if software {
                (DeviceKind::Cpu, "there is no GPU, and the CPU itself is faster than a software adapter")
            } else {
                (DeviceKind::Cpu, "no usable GPU was found")
            };
            let device = of_kind(kind).cloned().unwrap_or_else(cpu::info);
            Ok((device, reason.into()))
        }
        DeviceChoice::Cpu => Ok((cpu::info(), "chosen by name".into())),
        DeviceChoice::Named(name) => {
            let wanted = name.to_lowercase();
            devices
                .iter()
                .find(|device| device.name.to_lowercase() == wanted)
                .or_else(|| devices.iter().find(|device| device.name.to_lowercase().contains(&wanted)))
                .map(|device| (device.clone(), "chosen by name".into()))
                .ok_or_else(|| EngineError::UnknownDevice {
                    name: name.clone(),
                    known: devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", "),
                })
        }
    }
}

/// What is kept between networks and jobs, because it takes longer than a small tile.
#[derive(Default)]
struct Kept {
    gpu: Option<OpenGpu>,
    /// The device selected for a choice, and why.
    selected: Option<(DeviceChoice, DeviceInfo, String)>,
    /// For the CPU; the opener has one network for each task.
    weights: HashMap<Task, CpuWeights>,
}

impl Kept {
    fn choose(&mut self, choice: &DeviceChoice) -> Result<(DeviceInfo, String), EngineError> {
        if let Some((_, info, reason)) = self.selected.as_ref().filter(|(other, ..)| other == choice) {
            return Ok((info.clone(), reason.clone()));
        }
        let (info, reason) = choose(choice)?;
        self.selected = Some((choice.clone(), info.clone(), reason.clone()));
        Ok((info, reason))
    }
}

/// Loads the built-in networks, on all threads. Keeps the selected device, and a GPU open, between networks and jobs.
pub fn opener() -> RestorerFactory {
    opener_on(Threads::All)
}

/// [`opener()`] with the threads of the CPU engine.
pub fn opener_on(threads: Threads) -> RestorerFactory {
    let mut kept = Kept::default();
    Box::new(move |choice, tile, task| load_on(&mut kept, choice, tile, threads, &models::load(task)?))
}

/// Loads a network from given weights.
///
/// # Errors
/// When there is no such device, or loading fails on the CPU too.
pub fn open_weights(choice: &DeviceChoice, tile: TileChoice, weights: &Weights) -> Result<OpenedRestorer, EngineError> {
    load_on(&mut Kept::default(), choice, tile, Threads::All, weights)
}

fn load_on(
    kept: &mut Kept,
    choice: &DeviceChoice,
    tile: TileChoice,
    threads: Threads,
    weights: &Weights,
) -> Result<OpenedRestorer, EngineError> {
    let (info, reason) = kept.choose(choice)?;
    if info.kind == DeviceKind::Cpu {
        return on_cpu(kept, tile, threads, weights, reason, None);
    }
    match on_gpu(&mut kept.gpu, &info, tile, weights) {
        Ok(restorer) => Ok(OpenedRestorer { restorer: Box::new(restorer), reason, notice: None }),
        Err(error) => {
            // It may be gone.
            kept.selected = None;
            let notice = Some(format!("{error}; the CPU is used instead"));
            on_cpu(kept, tile, threads, weights, "the GPU could not be opened".into(), notice)
        }
    }
}

fn on_gpu(
    gpu: &mut Option<OpenGpu>,
    info: &DeviceInfo,
    tile: TileChoice,
    weights: &Weights,
) -> Result<BurnRestorer, EngineError> {
    let open = match gpu.take() {
        Some(open) if open.info == *info && open.alive.load(std::sync::atomic::Ordering::Relaxed) => open,
        _ => gpu::open(info)?,
    };
    let side = tile_side(tile, info.kind, weights, open.max_binding);
    let restorer = BurnRestorer::load(weights, open.device.clone(), info.clone(), side, open.alive.clone())?;
    *gpu = Some(open);
    Ok(restorer)
}

fn on_cpu(
    kept: &mut Kept,
    tile: TileChoice,
    threads: Threads,
    weights: &Weights,
    reason: String,
    notice: Option<String>,
) -> Result<OpenedRestorer, EngineError> {
    let side = tile_side(tile, DeviceKind::Cpu, weights, u64::MAX);
    let transformed = kept.weights.entry(weights.shape.task).or_insert_with(|| CpuWeights::new(weights)).clone();
    Ok(OpenedRestorer { restorer: Box::new(CpuRestorer::load(transformed, side, threads)?), reason, notice })
}

/// Side of the tiles on a device, in px, halo included. Large, because the halo is wasted work, but small enough to
/// cancel quickly and for the device's largest buffer (`max_binding`, in bytes); at least [`smallest_tile`].
fn tile_side(tile: TileChoice, kind: DeviceKind, weights: &Weights, max_binding: u64) -> usize {
    let shape = &weights.shape;
    let wanted = match (tile, kind) {
        (TileChoice::Px(side), _) => side,
        (TileChoice::Auto, DeviceKind::DiscreteGpu) => 1024,
        (TileChoice::Auto, DeviceKind::Software) => 128,
        (TileChoice::Auto, DeviceKind::Cpu) => cpu::tile_side(shape.footprint()),
        (TileChoice::Auto, _) => 512,
    };
    let features = |side: usize| ((side / shape.stride).pow(2) * shape.width * size_of::<f32>()) as u64;
    let smallest = smallest_tile(shape.footprint().radius);
    let mut side = wanted.max(smallest).next_multiple_of(shape.stride);
    while features(side) > max_binding && side / 2 >= smallest {
        side = (side / 2).next_multiple_of(shape.stride);
    }
    side
}

/// Smallest useful side of a tile for a receptive radius of `radius` px, in px.
pub fn smallest_tile(radius: usize) -> usize {
    2 * (radius + 1) + 64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(name: &str, kind: DeviceKind) -> DeviceInfo {
        DeviceInfo { name: name.into(), kind, driver: String::new() }
    }

    #[test]
    fn auto_selects_a_discrete_gpu_then_an_integrated_one_then_the_cpu() {
        let mut devices = vec![
            device("llvmpipe (LLVM 15)", DeviceKind::Software),
            device("Iris", DeviceKind::IntegratedGpu),
            device("Radeon", DeviceKind::DiscreteGpu),
            device("CPU", DeviceKind::Cpu),
        ];
        let name =
            |devices: &[DeviceInfo]| choose_among(devices, &DeviceChoice::Auto).map(|(device, _)| device.name).ok();
        assert_eq!(name(&devices).as_deref(), Some("Radeon"));
        devices.remove(2);
        assert_eq!(name(&devices).as_deref(), Some("Iris"));
        devices.remove(1);
        assert_eq!(name(&devices).as_deref(), Some("CPU"), "software Vulkan only if named");
        let named = choose_among(&devices, &DeviceChoice::from("LLVMpipe")).map(|(device, _)| device.kind);
        assert!(matches!(named, Ok(DeviceKind::Software)));
    }

    #[test]
    fn an_unknown_device_is_an_error_that_lists_the_known_ones() {
        let devices = [device("Iris", DeviceKind::IntegratedGpu), device("CPU", DeviceKind::Cpu)];
        let error = choose_among(&devices, &DeviceChoice::from("Voodoo 2")).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("Voodoo 2") && error.contains("Iris, CPU"), "{error}");
    }
}
