//! Selects the kernel for a network on a GPU: the fastest variant, by a layer's time, whose output is the CPU engine's.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use cubecl::client::Client;
use serde::{Deserialize, Serialize};

use super::{
    Storage, Variant,
    buffer::Buffer,
    convolution::{GpuConvolution, LayerStorage, padded_inputs},
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

/// Size of the picture on which variants are measured: enough threads for a large GPU, and half a second at most on a small
/// one.
const MEASURED: Size = Size::new(256, 256);
/// Blocks of `stride` × `stride` px of the picture on which outputs are compared: more than one group of threads, and
/// incomplete ones.
const COMPARED: Size = Size::new(37, 19);
/// Least time to measure, in seconds.
const MIN_SECONDS: f64 = 0.01;
/// Runs in a row, at most.
const RUNS: u32 = 32;
/// f16 is used where it is faster by this factor: less precision for nothing is no gain.
const WORTH_ROUNDING: f64 = 1.05;

/// A variant, and its speed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Tuned {
    /// The variant.
    pub variant: Variant,
    /// Speed of a layer, in flop/s, if it was measured.
    pub flops_per_second: Option<f64>,
}

/// The variants for layers of that width on a device with that driver, the best first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Ranking {
    device: DeviceInfo,
    width: usize,
    variants: Vec<Tuned>,
}

/// Selections on one GPU, for each shape of a network. Clones share them.
#[derive(Clone, Default)]
pub struct Tuning(Arc<Mutex<Vec<Selected>>>);

type Selected = (NetworkShape, Option<Tuned>);

impl Tuning {
    /// The variant for a network; none if none can be used. The first time for a GPU they are measured, except on software
    /// adapters, where the time of tests matters more. `preparing` is called before kernels are compiled.
    pub fn select(
        &self,
        client: &Client,
        device: &DeviceInfo,
        weights: &Weights,
        preparing: &mut dyn FnMut(),
    ) -> Option<Tuned> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, tuned)) = known.iter().find(|(shape, _)| *shape == weights.shape) {
            return *tuned;
        }
        preparing();
        let fitting: Vec<_> = Variant::all().filter(|variant| fits(client, *variant, &weights.shape)).collect();
        let variants = match device.kind {
            DeviceKind::Software => {
                fitting.into_iter().map(|variant| Tuned { variant, flops_per_second: None }).collect()
            }
            _ => ranked(CacheFile::of_user("kernels.json").as_ref(), device, weights.shape.width, || {
                measured(client, fitting, weights, MEASURED)
            }),
        };
        let tuned = verified(client, variants, weights);
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
        return known.variants.clone();
    }
    let variants = measure();
    // Those of other drivers of the device are of no use any more.
    rankings.retain(|other| other.device.name != device.name || other.device == *device);
    rankings.push(Ranking { device: device.clone(), width, variants: variants.clone() });
    if let Some(file) = file.filter(|_| !variants.is_empty()) {
        file.save(&rankings);
    }
    variants
}

/// Whether the GPU has the numbers, the threads and the shared memory for all layers.
fn fits(client: &Client, Variant { tiling, storage }: Variant, shape: &NetworkShape) -> bool {
    let hardware = &client.properties().hardware;
    // The first layer is f32 in each variant.
    let groups = [shape.width.next_multiple_of(FEATURES), FEATURES].map(|outputs| tiling.group(outputs));
    storage.is_supported(client)
        && groups.iter().all(|group| {
            group.shared_bytes(Storage::F32) <= hardware.max_shared_memory_size
                && group.threads() <= hardware.max_units_per_cube as usize
        })
}

/// The variants that run, the best first.
fn measured(client: &Client, variants: Vec<Variant>, weights: &Weights, size: Size) -> Vec<Tuned> {
    let Some(layer) = layers::convolutions(weights).nth(1) else { return Vec::new() };
    let mut speeds = Vec::new();
    for variant in variants {
        match caught(|| seconds(client, &layer, variant, size)) {
            Ok(seconds) => {
                let speed = layer.flops_per_pixel() * size.area() as f64 / seconds;
                log::info!("{variant:?}: {:.0} GFLOP/s", speed / 1e9);
                speeds.push((variant, speed));
            }
            Err(reason) => log::warn!("the variant {variant:?} can't be used: {reason}"),
        }
    }
    in_order(speeds)
}

/// The best first.
fn in_order(mut speeds: Vec<(Variant, f64)>) -> Vec<Tuned> {
    let worth = |&(variant, speed): &(Variant, f64)| match variant.storage {
        Storage::F32 => speed,
        Storage::F16 => speed / WORTH_ROUNDING,
    };
    speeds.sort_by(|one, other| worth(other).total_cmp(&worth(one)));
    speeds.into_iter().map(|(variant, speed)| Tuned { variant, flops_per_second: Some(speed) }).collect()
}

/// Time of one run of a layer, in seconds.
fn seconds(client: &Client, layer: &Convolution, variant: Variant, size: Size) -> Result<f64, String> {
    let Variant { tiling, storage } = variant;
    let inputs = padded_inputs(layer.inputs.next_multiple_of(FEATURES), tiling);
    let conv = GpuConvolution::new(client, layer, inputs, tiling, LayerStorage { input: storage, output: storage });
    let input = Buffer::new(client, &noise(size.area() * inputs), storage);
    let output = conv.new_output(client, size.area());
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

/// The first variant whose output is the CPU engine's.
fn verified(client: &Client, variants: Vec<Tuned>, weights: &Weights) -> Option<Tuned> {
    let NetworkShape { planes_in, stride, .. } = weights.shape;
    let size = Size::new(COMPARED.width * stride, COMPARED.height * stride);
    let picture = Planes::new(planes_in, size, noise(planes_in * size.area()));
    let mut cpu = CpuRestorer::load(CpuWeights::new(weights), 0, Threads::All).ok()?;
    let expected = cpu.restore(picture.clone()).ok()?;
    first_that_agrees(variants, expected.data(), |variant| {
        GpuNetwork::load(client, weights, variant).start(&picture).wait()
    })
}

fn first_that_agrees(
    variants: Vec<Tuned>,
    expected: &[f32],
    run: impl Fn(Variant) -> Result<Vec<f32>, String>,
) -> Option<Tuned> {
    variants.into_iter().find(|Tuned { variant, .. }| {
        let is_close = |(one, other): (&f32, &f32)| (one - other).abs() <= TOLERANCE;
        let agrees = caught(|| match run(*variant)? {
            output if output.len() == expected.len() && output.iter().zip(expected).all(is_close) => Ok(()),
            _ => Err("its output differs from the CPU's".into()),
        });
        agrees.inspect_err(|reason| log::warn!("the variant {variant:?} is not used: {reason}")).is_ok()
    })
}

fn noise(len: usize) -> Vec<f32> {
    random::values().take(len).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{
        NetworkId, Task,
        gpu::{self, Tiling},
        models,
    };

    #[test]
    fn a_variant_that_fails_or_differs_is_not_used() {
        let four = Tiling::ALL.map(|tiling| Variant { tiling, storage: Storage::F32 });
        let variants = || four.map(|variant| Tuned { variant, flops_per_second: Some(1e9) }).to_vec();
        let selected = |outputs: [Result<Vec<f32>, String>; 4]| {
            let of = |variant| outputs[four.iter().position(|other| *other == variant).expect("one of all")].clone();
            first_that_agrees(variants(), &[0.5, 0.25], of).map(|tuned| tuned.variant)
        };
        let right = || Ok(vec![0.5, 0.2505]);
        let [first, second, third, fourth] = four;
        assert_eq!(selected([right(), right(), right(), right()]), Some(first), "the fastest");
        assert_eq!(selected([Ok(vec![0.5, 0.26]), right(), right(), right()]), Some(second));
        assert_eq!(selected([Err("lost".into()), Ok(vec![f32::NAN, 0.25]), right(), right()]), Some(third));
        let panics = |variant| if variant == fourth { right() } else { panic!("in a kernel") };
        assert_eq!(first_that_agrees(variants(), &[0.5, 0.25], panics).map(|tuned| tuned.variant), Some(fourth));
        assert_eq!(selected([Ok(vec![]), Ok(vec![0.5]), Ok(vec![1.0; 2]), Err("lost".into())]), None);
    }

    #[test]
    fn f16_has_to_be_clearly_faster() {
        let [full, half] = Storage::ALL.map(|storage| Variant { tiling: Tiling::Wide, storage });
        let first = |speeds: &[(Variant, f64)]| in_order(speeds.to_vec())[0].variant;
        assert_eq!(first(&[(half, 1.04e12), (full, 1e12)]), full);
        assert_eq!(first(&[(full, 1e12), (half, 1.2e12)]), half);
    }

    #[test]
    fn speeds_are_remembered_until_the_driver_changes() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = CacheFile::at(&folder.path().join("new/kernels.json"));
        let mut device = DeviceInfo { name: "Iris".into(), kind: DeviceKind::IntegratedGpu, driver: "1".into() };
        let variant = Variant { tiling: Tiling::Narrow, storage: Storage::F16 };
        let speeds = |speed| vec![Tuned { variant, flops_per_second: Some(speed) }];
        let run = |device: &DeviceInfo, width, speed| {
            let mut is_measured = false;
            let variants = ranked(Some(&file), device, width, || {
                is_measured = true;
                speeds(speed)
            });
            (variants, is_measured)
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
    fn every_variant_is_measured() {
        let weights = models::load(NetworkId::best(Task::Denoise)).expect("a built-in model");
        for device in gpu::list() {
            let client = gpu::open(&device).expect("a device").client;
            let (fitting, unfit): (Vec<_>, Vec<_>) =
                Variant::all().partition(|variant| fits(&client, *variant, &weights.shape));
            assert!(unfit.iter().all(|variant| !variant.storage.is_supported(&client)), "{unfit:?}");
            let variants = measured(&client, fitting.clone(), &weights, Size::new(32, 32));
            println!("{}: {variants:?}", device.name);
            assert_eq!(variants.len(), fitting.len());
            assert!(variants.iter().all(|tuned| tuned.flops_per_second.is_some_and(|speed| speed > 0.0)));
        }
    }
}
