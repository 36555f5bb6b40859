//! Selects the device for a user's choice and loads networks on it, with the CPU as the fallback.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use super::{
    DeviceChoice, DeviceInfo, DeviceKind, EngineError, NetworkId, NetworkShape, OpenedRestorer, Restorer,
    RestorerFactory, Task, Threads, TileChoice, Weights,
    cpu::{self, CpuRestorer, CpuWeights},
    gpu::{self, GpuRestorer, Kernels, OpenGpu},
    models,
    trial_file::TrialFile,
    trials::{self, DeviceTrial, Trial},
};

/// All devices of this machine: GPUs, software adapters, and last the CPU. The first call can take seconds, while
/// drivers are loaded.
pub fn list_devices() -> Vec<DeviceInfo> {
    gpu::list().into_iter().chain([cpu::info()]).collect()
}

/// A selected device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    /// The device.
    pub device: DeviceInfo,
    /// Why this one: part of a sentence.
    pub reason: String,
    /// Why `auto` can't use a GPU: a sentence.
    pub notice: Option<String>,
}

impl Selection {
    fn new(device: DeviceInfo, reason: &str) -> Self {
        Self { device, reason: reason.into(), notice: None }
    }
}

/// The device for a choice. With a GPU, `auto` tries the devices first, unless it has before.
///
/// # Errors
/// When there is no device of that name.
pub fn choose(choice: &DeviceChoice) -> Result<Selection, EngineError> {
    chosen(choice, &mut || {})
}

/// [`choose`], which calls `preparing` before it tries devices.
fn chosen(choice: &DeviceChoice, preparing: &mut dyn FnMut()) -> Result<Selection, EngineError> {
    match choice {
        DeviceChoice::Cpu => Ok(Selection::new(cpu::info(), "chosen by name")),
        DeviceChoice::Named(name) => Ok(Selection::new(named(&list_devices(), name)?, "chosen by name")),
        DeviceChoice::Auto => Ok(select(&list_devices(), |devices| tried_telling(devices, preparing))),
    }
}

/// The device of that name (or part of a name, case-insensitive) among `devices`.
///
/// # Errors
/// When there is none.
pub fn named(devices: &[DeviceInfo], name: &str) -> Result<DeviceInfo, EngineError> {
    let wanted = name.to_lowercase();
    let is = |matches: fn(&str, &str) -> bool| {
        devices.iter().find(|device| matches(&device.name.to_lowercase(), &wanted)).cloned()
    };
    is(|name, wanted| name == wanted).or_else(|| is(|name, wanted| name.contains(wanted))).ok_or_else(|| {
        let known = devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>().join(", ");
        EngineError::UnknownDevice { name: name.to_owned(), known }
    })
}

/// The fastest of `devices`; `trials` tries those that are worth it.
fn select(devices: &[DeviceInfo], trials: impl FnOnce(&[DeviceInfo]) -> Vec<DeviceTrial>) -> Selection {
    let candidates: Vec<_> = trials::candidates(devices).cloned().collect();
    if candidates.iter().all(|device| device.kind == DeviceKind::Cpu) {
        let reason = match candidates.len() == devices.len() {
            true => "no usable GPU was found",
            false => "there is no GPU, and the CPU itself is faster than a software adapter",
        };
        return Selection::new(cpu::info(), reason);
    }
    let trials = trials(&candidates);
    let (device, reason) =
        trials::fastest(&trials).unwrap_or_else(|| (cpu::info(), "no device passed its trial".into()));
    Selection { device, reason, notice: trials::refusals(&trials) }
}

/// The trials of these devices: earlier ones if they are still valid.
pub fn tried(devices: &[DeviceInfo]) -> Vec<DeviceTrial> {
    tried_telling(devices, &mut || {})
}

/// [`tried`], which calls `preparing` before it tries them.
fn tried_telling(devices: &[DeviceInfo], preparing: &mut dyn FnMut()) -> Vec<DeviceTrial> {
    /// Those of this process; locked during trials, which would disturb each other.
    static TRIED: Mutex<Vec<DeviceTrial>> = Mutex::new(Vec::new());
    let mut tried = TRIED.lock().unwrap_or_else(PoisonError::into_inner);
    if !tried.iter().map(|tried| &tried.device).eq(devices) {
        *tried = tried_in(TrialFile::of_user().as_ref(), devices, &mut |device| open_denoiser(device), preparing);
    }
    tried.clone()
}

fn tried_in(
    file: Option<&TrialFile>,
    devices: &[DeviceInfo],
    open: &mut trials::Open,
    preparing: &mut dyn FnMut(),
) -> Vec<DeviceTrial> {
    let mut trials = file.and_then(|file| file.load(devices)).unwrap_or_else(|| {
        preparing();
        let trials = trials::run(devices, open);
        // A failure may be gone the next time.
        let have_failed = trials.iter().any(|tried| matches!(tried.trial, Trial::Failed(_)));
        if let Some(file) = file.filter(|_| !have_failed) {
            file.save(&trials);
        }
        trials
    });
    trials.sort_by_key(|tried| devices.iter().position(|device| *device == tried.device));
    trials
}

fn open_denoiser(device: &DeviceInfo) -> Result<Box<dyn Restorer>, EngineError> {
    let weights = models::load(NetworkId::best(Task::Denoise))?;
    let mut kept = Kept::default();
    if device.kind == DeviceKind::Cpu {
        return Ok(on_cpu(&mut kept, TileChoice::Auto, Threads::All, &weights, String::new(), None)?.restorer);
    }
    Ok(Box::new(on_gpu(&mut kept.gpu, device, TileChoice::Auto, &weights, &mut || {})?))
}

/// What is kept between networks and jobs, because it takes longer than a small tile.
#[derive(Default)]
struct Kept {
    gpu: Option<OpenGpu>,
    /// The device selected for a choice.
    selected: Option<(DeviceChoice, Selection)>,
    /// For the CPU; the built-in networks have different shapes.
    weights: HashMap<NetworkShape, CpuWeights>,
}

impl Kept {
    /// The selection for a choice; with its notice only the first time.
    fn choose(&mut self, choice: &DeviceChoice, preparing: &mut dyn FnMut()) -> Result<Selection, EngineError> {
        if let Some((_, selection)) = self.selected.as_ref().filter(|(other, _)| other == choice) {
            return Ok(Selection { notice: None, ..selection.clone() });
        }
        let selection = chosen(choice, preparing)?;
        self.selected = Some((choice.clone(), selection.clone()));
        Ok(selection)
    }
}

/// Loads the built-in networks, on all threads. Keeps the selected device, and a GPU open, between networks and jobs.
pub fn opener() -> RestorerFactory {
    opener_on(Threads::All)
}

/// [`opener()`] with the threads of the CPU engine.
pub fn opener_on(threads: Threads) -> RestorerFactory {
    let mut kept = Kept::default();
    Box::new(move |choice, tile, network, preparing| {
        load_on(&mut kept, choice, tile, threads, &models::load(network)?, preparing)
    })
}

/// Loads a network from given weights.
///
/// # Errors
/// When there is no such device, or loading fails on the CPU too.
pub fn open_weights(choice: &DeviceChoice, tile: TileChoice, weights: &Weights) -> Result<OpenedRestorer, EngineError> {
    load_on(&mut Kept::default(), choice, tile, Threads::All, weights, &mut || {})
}

fn load_on(
    kept: &mut Kept,
    choice: &DeviceChoice,
    tile: TileChoice,
    threads: Threads,
    weights: &Weights,
    preparing: &mut dyn FnMut(),
) -> Result<OpenedRestorer, EngineError> {
    let Selection { device, reason, notice } = kept.choose(choice, preparing)?;
    if device.kind == DeviceKind::Cpu {
        return on_cpu(kept, tile, threads, weights, reason, notice);
    }
    match on_gpu(&mut kept.gpu, &device, tile, weights, preparing) {
        Ok(restorer) => Ok(OpenedRestorer { restorer: Box::new(restorer), reason, notice }),
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
    preparing: &mut dyn FnMut(),
) -> Result<GpuRestorer, EngineError> {
    let open = match gpu.take() {
        Some(open) if open.info == *info && open.is_usable.load(std::sync::atomic::Ordering::Relaxed) => open,
        _ => gpu::open(info)?,
    };
    let tuned = open.tuned(weights, preparing)?;
    let speed = match tuned {
        Some(tuned) => tuned.flops_per_second,
        None => Some(SPEED_OF_BURN).filter(|_| info.kind != DeviceKind::Software),
    };
    let side = tile_side(tile, info.kind, weights, open.max_binding, speed);
    let kernels = tuned.map_or(Kernels::Burn, |tuned| Kernels::Own(tuned.variant));
    let restorer = GpuRestorer::load(kernels, weights, &open, side)?;
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
    let side = tile_side(tile, DeviceKind::Cpu, weights, u64::MAX, None);
    let transformed = kept.weights.entry(weights.shape).or_insert_with(|| CpuWeights::new(weights)).clone();
    Ok(OpenedRestorer { restorer: Box::new(CpuRestorer::load(transformed, side, threads)?), reason, notice })
}

/// Longest time of a kernel, in seconds: the desktop shares the GPU, and Windows resets a driver that is busy too long.
const LONGEST_KERNEL: f64 = 0.05;
/// Speed of a layer with burn's kernels, in flop/s, on a slow GPU: they are not measured.
const SPEED_OF_BURN: f64 = 1e11;

/// Side of the tiles on a device, in px, halo included. Large, because the halo is wasted work, but small enough to
/// cancel quickly, for the device's largest buffer (`max_binding`, in bytes) and for its speed (of a layer, in flop/s);
/// at least [`smallest_tile`].
fn tile_side(tile: TileChoice, kind: DeviceKind, weights: &Weights, max_binding: u64, speed: Option<f64>) -> usize {
    let shape = &weights.shape;
    let wanted = match (tile, kind) {
        (TileChoice::Px(side), _) => side,
        (TileChoice::Auto, DeviceKind::DiscreteGpu) => 1024,
        (TileChoice::Auto, DeviceKind::Software) => 128,
        (TileChoice::Auto, DeviceKind::Cpu) => cpu::tile_side(shape.footprint()),
        (TileChoice::Auto, _) => 512,
    };
    // A GPU's layers are padded.
    let width = shape.width.next_multiple_of(gpu::FEATURES);
    let features = |side: usize| (side / shape.stride).pow(2) * width;
    let is_too_large = |side: usize| {
        let flops = (2 * 9 * width * features(side)) as f64;
        let is_too_slow = tile == TileChoice::Auto && speed.is_some_and(|speed| flops > LONGEST_KERNEL * speed);
        is_too_slow || (features(side) * size_of::<f32>()) as u64 > max_binding
    };
    let smallest = smallest_tile(shape.footprint().radius);
    let mut side = wanted.max(smallest).next_multiple_of(shape.stride);
    while is_too_large(side) && side / 2 >= smallest {
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
    use std::time::Duration;

    use super::*;
    use crate::engine::fake;

    fn device(name: &str, kind: DeviceKind) -> DeviceInfo {
        DeviceInfo { name: name.into(), kind, driver: String::new() }
    }

    /// Opens a fake that takes this long for a tile, and moves each value by that.
    fn fakes<'a>(
        fakes: &'a [(&'a str, u64, f32)],
        opened: &'a mut Vec<String>,
    ) -> impl FnMut(&DeviceInfo) -> Result<Box<dyn Restorer>, EngineError> + 'a {
        |device| {
            opened.push(device.name.clone());
            let &(_, millis, moved) = fakes.iter().find(|(name, ..)| *name == device.name).expect("a fake");
            Ok(fake::restorer(device, Duration::from_millis(millis), moved))
        }
    }

    fn devices() -> [DeviceInfo; 4] {
        [
            device("llvmpipe (LLVM 15)", DeviceKind::Software),
            device("Iris", DeviceKind::IntegratedGpu),
            device("Radeon", DeviceKind::DiscreteGpu),
            device("CPU", DeviceKind::Cpu),
        ]
    }

    fn selected(of: &[(&str, u64, f32)]) -> Selection {
        let mut opened = Vec::new();
        let selection = select(&devices(), |devices| tried_in(None, devices, &mut fakes(of, &mut opened), &mut || {}));
        assert!(!opened.contains(&"llvmpipe (LLVM 15)".to_owned()), "software adapters only if named");
        selection
    }

    #[test]
    fn auto_selects_the_fastest_device() {
        let name = |of: &[_]| selected(of).device.name;
        assert_eq!(name(&[("CPU", 30, 0.0), ("Iris", 60, 0.0), ("Radeon", 5, 0.0)]), "Radeon");
        assert_eq!(name(&[("CPU", 30, 0.0), ("Iris", 5, 0.0), ("Radeon", 60, 0.0)]), "Iris");
        let Selection { device, reason, notice } = selected(&[("CPU", 5, 0.0), ("Iris", 60, 0.0), ("Radeon", 30, 0.0)]);
        assert_eq!((device.name.as_str(), notice), ("CPU", None), "slow GPUs lose");
        let place = |text: &str| reason.find(text).expect("in the reason");
        assert!(place("the fastest") < place("Radeon: ") && place("Radeon: ") < place("Iris: "), "{reason}");
    }

    #[test]
    fn a_gpu_whose_output_differs_is_not_used() {
        let Selection { device, notice, .. } = selected(&[("CPU", 30, 0.0), ("Iris", 60, 0.0), ("Radeon", 5, 0.002)]);
        assert_eq!(device.name, "CPU");
        let notice = notice.expect("a notice");
        assert!(notice.contains("Radeon is not used: its output differs from the CPU's by 0.002"), "{notice}");
        let name = |moved| selected(&[("CPU", 30, 0.0), ("Iris", 60, 0.0), ("Radeon", 5, moved)]).device.name;
        assert_eq!([name(0.0005), name(f32::NAN)], ["Radeon", "CPU"]);
    }

    #[test]
    fn tiles_are_small_on_a_slow_gpu() {
        let weights = models::load(NetworkId::best(Task::Denoise)).expect("a built-in model");
        let side =
            |gflops: f64| tile_side(TileChoice::Auto, DeviceKind::DiscreteGpu, &weights, u64::MAX, Some(gflops * 1e9));
        assert_eq!([side(2000.0), side(300.0), side(60.0)], [1024, 512, 256]);
        let smallest = smallest_tile(weights.shape.footprint().radius);
        assert!((smallest..2 * smallest).contains(&side(0.1)));
        assert_eq!(side(SPEED_OF_BURN / 1e9), 512, "5 GFLOP in a launch");
        let asked = tile_side(TileChoice::Px(1024), DeviceKind::DiscreteGpu, &weights, u64::MAX, Some(1e9));
        assert_eq!(asked, 1024, "a person's choice is never overruled");
    }

    #[test]
    fn without_a_gpu_nothing_is_measured() {
        let unused = |_: &[DeviceInfo]| panic!("measured");
        let alone = select(&[device("CPU", DeviceKind::Cpu)], unused);
        assert_eq!((alone.device.kind, alone.reason.as_str()), (DeviceKind::Cpu, "no usable GPU was found"));
        let beside = select(&[devices()[0].clone(), devices()[3].clone()], unused);
        assert!(beside.device.kind == DeviceKind::Cpu && beside.reason.contains("software adapter"));
    }

    #[test]
    fn trials_are_remembered_until_a_driver_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TrialFile::at(&folder.path().join("new/devices.json"));
        let of = [("CPU", 5, 0.0), ("Iris", 5, 0.0), ("Radeon", 5, 0.0)];
        let run = |devices: &[DeviceInfo]| {
            let (mut opened, mut is_told) = (Vec::new(), false);
            let trials = tried_in(Some(&file), devices, &mut fakes(&of, &mut opened), &mut || is_told = true);
            assert_eq!(is_told, !opened.is_empty(), "told before devices are tried, and only then");
            (trials, opened)
        };
        let mut devices = devices()[1..].to_vec();
        let (first, opened) = run(&devices);
        assert_eq!(opened, ["CPU", "Iris", "Radeon"]);
        assert_eq!(run(&devices), (first, vec![]), "the figures of the first time");
        devices[1].driver = "24.1".into();
        assert_eq!(run(&devices).1.len(), 3, "a changed driver measures again");
        devices.remove(0);
        assert_eq!(run(&devices).1.len(), 2, "so does a missing GPU");
        std::fs::write(folder.path().join("new/devices.json"), "{").expect("written");
        assert_eq!(run(&devices).1.len(), 2, "so does a damaged file");
    }

    #[test]
    fn failures_are_not_remembered() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = TrialFile::at(&folder.path().join("devices.json"));
        let devices = &devices()[1..];
        let mut opened = 0;
        for _ in 0..2 {
            let mut open = |device: &DeviceInfo| {
                opened += 1;
                let busy = EngineError::Device { device: device.name.clone(), reason: "out of memory".into() };
                if device.name == "Iris" { Err(busy) } else { Ok(fake::restorer(device, Duration::ZERO, 0.0)) }
            };
            let trials = tried_in(Some(&file), devices, &mut open, &mut || {});
            assert_eq!(trials[0].trial, Trial::Failed("Iris failed: out of memory".into()));
        }
        assert_eq!(opened, 2 * devices.len(), "the GPU may work the next time");
    }

    #[test]
    fn a_device_is_found_by_part_of_its_name() {
        let found = named(&devices(), "LLVMpipe").map(|device| device.kind);
        assert!(matches!(found, Ok(DeviceKind::Software)));
    }

    #[test]
    fn an_unknown_device_is_an_error_that_lists_the_known_ones() {
        let error = named(&devices()[1..], "Voodoo 2").map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("Voodoo 2") && error.contains("Iris, Radeon, CPU"), "{error}");
    }
}
