//! Selects the tiling for a network on a GPU: the fastest one, by a layer's time, whose output is the CPU engine's.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use cubecl::client::Client;
use serde::{Deserialize, Serialize};

use super::{
    Tiling,
    buffer::Buffer,
    convolution::{GpuConvolution, padded_inputs},
    guard::caught,
    network::GpuNetwork,
    tiling::FEATURES,
};
use crate::{
    engine::{
        DeviceInfo, DeviceKind, NetworkShape, Restorer, Threads, Weights,
        cache_file::CacheFile,
        cpu::{CpuRestorer, CpuWeights},
        layers::{self, Convolution},
        random,
        trials::TOLERANCE,
    },
    pixels::{Planes, Size},
};

/// Size of the picture on which tilings are measured: enough threads for a large GPU, and half a second at most on a small
/// one.
const MEASURED: Size = Size::new(256, 256);
/// Blocks of `stride` × `stride` px of the picture on which outputs are compared: more than one group of threads, and
/// incomplete ones.
const COMPARED: Size = Size::new(37, 19);
/// Least time to measure, in seconds.
const MIN_SECONDS: f64 = 0.01;
/// Runs in a row, at most.
const RUNS: u32 = 32;

/// A tiling, and its speed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The tiling.
    pub tiling: Tiling,
    /// Speed of a layer, in flop/s, if it was measured.
    pub flops_per_second: Option<f64>,
}

/// The tilings for layers of that width on a device with that driver, the fastest first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Ranking {
    device: DeviceInfo,
    width: usize,
    tilings: Vec<Tuned>,
}

/// Selections on one GPU, for each shape of a network. Clones share them.
#[derive(Clone, Default)]
pub struct Tuning(Arc<Mutex<Vec<Selected>>>);

type Selected = (NetworkShape, Option<Tuned>);

impl Tuning {
    /// The tiling for a network; none if none can be used. The first time for a GPU they are measured, except on software
    /// adapters, where the time of tests matters more.
    pub fn select(&self, client: &Client, device: &DeviceInfo, weights: &Weights) -> Option<Tuned> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tuned)) = known.iter().find(|(shape, _)| *shape == weights.shape) {
            return *tuned;
        }
        let fitting: Vec<_> = Tiling::ALL.into_iter().filter(|tiling| fits(client, *tiling, &weights.shape)).collect();
        let tilings = match device.kind {
            DeviceKind::Software => {
                fitting.into_iter().map(|tiling| Tuned { tiling, flops_per_second: None }).collect()
            }
            _ => ranked(CacheFile::of_user("tilings.json").as_ref(), device, weights.shape.width, || {
                measured(client, fitting, weights, MEASURED)
            }),
        };
        let tuned = verified(client, tilings, weights);
        log::info!("{} on {}: {tuned:?}", weights.name, device.name);
        known.push((weights.shape, tuned));
        tuned
    }
}

/// The ranking in the file, or of `measure`, which is kept there.
fn ranked(
    file: Option<&CacheFile>,
    device: &DeviceInfo,
    width: usize,
    measure: impl FnOnce() -> Vec<Tuned>,
) -> Vec<Tuned> {
    let mut rankings: Vec<Ranking> = file.and_then(CacheFile::load).unwrap_or_default();
    if let Some(known) = rankings.iter().find(|ranking| ranking.device == *device && ranking.width == width) {
        return known.tilings.clone();
    }
    let tilings = measure();
    // Those of other drivers of the device are of no use any more.
    rankings.retain(|other| other.device.name != device.name || other.device == *device);
    rankings.push(Ranking { device: device.clone(), width, tilings: tilings.clone() });
    if let Some(file) = file.filter(|_| !tilings.is_empty()) {
        file.save(&rankings);
    }
    tilings
}

/// Whether the GPU has the threads and the shared memory for all layers.
fn fits(client: &Client, tiling: Tiling, shape: &NetworkShape) -> bool {
    let hardware = &client.properties().hardware;
    [shape.width.next_multiple_of(FEATURES), FEATURES].into_iter().all(|outputs| {
        let group = tiling.group(outputs);
        group.shared_bytes() <= hardware.max_shared_memory_size
            && group.threads() <= hardware.max_units_per_cube as usize
    })
}

/// The tilings that run, the fastest first.
fn measured(client: &Client, tilings: Vec<Tiling>, weights: &Weights, size: Size) -> Vec<Tuned> {
    let Some(layer) = layers::convolutions(weights).nth(1) else { return Vec::new() };
    let mut speeds = Vec::new();
    for tiling in tilings {
        match caught(|| seconds(client, &layer, tiling, size)) {
            Ok(seconds) => {
                let speed = layer.flops_per_pixel() * size.area() as f64 / seconds;
                log::info!("{tiling:?}: {:.0} GFLOP/s", speed / 1e9);
                speeds.push((tiling, speed));
            }
            Err(reason) => log::warn!("the tiling {tiling:?} can't be used: {reason}"),
        }
    }
    speeds.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    speeds.into_iter().map(|(tiling, speed)| Tuned { tiling, flops_per_second: Some(speed) }).collect()
}

/// Time of one run of a layer, in seconds.
fn seconds(client: &Client, layer: &Convolution, tiling: Tiling, size: Size) -> Result<f64, String> {
    let inputs = padded_inputs(layer.inputs.next_multiple_of(FEATURES), tiling);
    let conv = GpuConvolution::new(client, layer, inputs, tiling);
    let input = Buffer::new(client, &noise(size.area() * inputs));
    let output = Buffer::empty(client, size.area() * conv.outputs());
    // On a few pixels, the kernel is compiled.
    conv.run(client, &input, &output, Size::new(16, 16));
    output.wait(client)?;
    let mut runs = 1;
    loop {
        let start = Instant::now();
        (0..runs).for_each(|_| conv.run(client, &input, &output, size));
        output.wait(client)?;
        let seconds = start.elapsed().as_secs_f64();
        if seconds >= MIN_SECONDS || runs >= RUNS {
            return Ok(seconds / f64::from(runs));
        }
        runs *= 2;
    }
}

/// The first tiling whose output is the CPU engine's.
fn verified(client: &Client, tilings: Vec<Tuned>, weights: &Weights) -> Option<Tuned> {
    let NetworkShape { planes_in, stride, .. } = weights.shape;
    let size = Size::new(COMPARED.width * stride, COMPARED.height * stride);
    let picture = Planes::new(planes_in, size, noise(planes_in * size.area()));
    let mut cpu = CpuRestorer::load(CpuWeights::new(weights), 0, Threads::All).ok()?;
    let expected = cpu.restore(picture.clone()).ok()?;
    first_that_agrees(tilings, expected.data(), |tiling| {
        GpuNetwork::load(client, weights, tiling).start(&picture).wait()
    })
}

fn first_that_agrees(
    tilings: Vec<Tuned>,
    expected: &[f32],
    run: impl Fn(Tiling) -> Result<Vec<f32>, String>,
) -> Option<Tuned> {
    tilings.into_iter().find(|Tuned { tiling, .. }| {
        let is_close = |(one, other): (&f32, &f32)| (one - other).abs() <= TOLERANCE;
        let agrees = caught(|| match run(*tiling)? {
            output if output.len() == expected.len() && output.iter().zip(expected).all(is_close) => Ok(()),
            _ => Err("its output differs from the CPU's".into()),
        });
        agrees.inspect_err(|reason| log::warn!("the tiling {tiling:?} is not used: {reason}")).is_ok()
    })
}

fn noise(len: usize) -> Vec<f32> {
    random::values().take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{NetworkId, Task, gpu, models};

    #[test]
    fn a_tiling_that_fails_or_differs_is_not_used() {
        let tilings = || Tiling::ALL.map(|tiling| Tuned { tiling, flops_per_second: Some(1e9) }).to_vec();
        let selected = |outputs: [Result<Vec<f32>, String>; 4]| {
            let of =
                |tiling| outputs[Tiling::ALL.iter().position(|other| *other == tiling).expect("one of all")].clone();
            first_that_agrees(tilings(), &[0.5, 0.25], of).map(|tuned| tuned.tiling)
        };
        let right = || Ok(vec![0.5, 0.2505]);
        let [first, second, third, fourth] = Tiling::ALL;
        assert_eq!(selected([right(), right(), right(), right()]), Some(first), "the fastest");
        assert_eq!(selected([Ok(vec![0.5, 0.26]), right(), right(), right()]), Some(second));
        assert_eq!(selected([Err("lost".into()), Ok(vec![f32::NAN, 0.25]), right(), right()]), Some(third));
        let panics = |tiling| if tiling == fourth { right() } else { panic!("in a kernel") };
        assert_eq!(first_that_agrees(tilings(), &[0.5, 0.25], panics).map(|tuned| tuned.tiling), Some(fourth));
        assert_eq!(selected([Ok(vec![]), Ok(vec![0.5]), Ok(vec![1.0; 2]), Err("lost".into())]), None);
    }

    #[test]
    fn speeds_are_remembered_until_the_driver_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = CacheFile::at(&folder.path().join("new/tilings.json"));
        let mut device = DeviceInfo { name: "Iris".into(), kind: DeviceKind::IntegratedGpu, driver: "1".into() };
        let speeds = |speed| vec![Tuned { tiling: Tiling::Narrow, flops_per_second: Some(speed) }];
        let run = |device: &DeviceInfo, width, speed| {
            let mut is_measured = false;
            let tilings = ranked(Some(&file), device, width, || {
                is_measured = true;
                speeds(speed)
            });
            (tilings, is_measured)
        };
        assert_eq!(run(&device, 64, 5e11), (speeds(5e11), true));
        assert_eq!(run(&device, 32, 4e11), (speeds(4e11), true), "another width is measured");
        assert_eq!(run(&device, 64, 1.0), (speeds(5e11), false), "the figures of the first time");
        device.driver = "2".into();
        assert_eq!(run(&device, 64, 6e11), (speeds(6e11), true), "a changed driver measures again");
        assert_eq!(run(&device, 32, 7e11), (speeds(7e11), true));
        assert_eq!(run(&device, 64, 1.0), (speeds(6e11), false), "beside other widths");
        let failed = DeviceInfo { name: "Radeon".into(), ..device };
        assert_eq!(ranked(Some(&file), &failed, 64, Vec::new), []);
        assert_eq!(run(&failed, 64, 1.0), (speeds(1.0), true), "no figures are not remembered");
    }

    /// On software Vulkan too, if there is one here: `tests/engine/gpu.rs` skips or fails without.
    #[test]
    fn every_tiling_is_measured() {
        let weights = models::load(NetworkId::best(Task::Denoise)).expect("a built-in model");
        for device in gpu::list() {
            let client = gpu::open(&device).expect("a device").client;
            let tilings = measured(&client, Tiling::ALL.to_vec(), &weights, Size::new(32, 32));
            assert_eq!(tilings.len(), Tiling::ALL.len());
            let speeds: Vec<_> = tilings.iter().filter_map(|tuned| tuned.flops_per_second).collect();
            println!("{}: {tilings:?}", device.name);
            assert!(speeds.is_sorted_by(|one, other| one >= other) && speeds.iter().all(|speed| *speed > 0.0));
            assert!(Tiling::ALL.into_iter().any(|tiling| fits(&client, tiling, &weights.shape)));
        }
    }
}
