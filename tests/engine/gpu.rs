//! The GPU engine agrees with the CPU engine for every way to divide the work and to store its values, on every GPU of this
//! machine (in tests, software Vulkan), and its output is the same in every run.

use redawn::{
    engine::{
        DeviceChoice, DeviceKind, Model, NetworkId, Restorer, Task, Threads, Weights,
        bench::{self, BenchOptions},
        cpu::{CpuRestorer, CpuWeights},
        gpu::{self, GpuRestorer, Kernels, OpenGpu, Storage, Tiling, Variant},
        list_devices, models,
    },
    pixels::{Planes, Rect, Size},
};

use crate::support::{golden::max_difference, random_networks::Numbers, skip};

/// All GPUs of this machine, opened.
pub fn gpus() -> Vec<OpenGpu> {
    let gpus = list_devices().into_iter().filter(|device| device.kind != DeviceKind::Cpu);
    let gpus: Vec<_> = gpus.map(|device| gpu::open(&device).expect("a device")).collect();
    if gpus.is_empty() {
        skip::skip("no Vulkan, Metal or DX12 adapter here, not even a software one (mesa-vulkan-drivers)");
    }
    gpus
}

fn on_cpu(weights: &Weights) -> CpuRestorer {
    CpuRestorer::load(CpuWeights::new(weights), 512, Threads::All).expect("threads")
}

fn on_gpu(gpu: &OpenGpu, variant: Variant, weights: &Weights) -> GpuRestorer {
    GpuRestorer::load(Kernels::Own(variant), weights, gpu, 512).expect("a network")
}

/// All variants that a GPU has the numbers for.
fn variants(gpu: &OpenGpu) -> Vec<Variant> {
    if !gpu.supports(Storage::F16) {
        skip::skip(format!("{} has no f16 in shaders", gpu.info.name));
    }
    Variant::all().filter(|variant| gpu.supports(variant.storage)).collect()
}

/// Largest difference from the CPU for a network whose output is that large at most. In f16 it depends on the values, which
/// are rounded to 11 bits after each layer; those of random networks are larger than those of trained ones.
fn tolerance(variant: Variant, largest: f32) -> f32 {
    match variant.storage {
        Storage::F32 => 1e-4,
        Storage::F16 => 2f32.powi(-10) * largest.max(1.0),
    }
}

/// Edges and noise in colour, and a level of σ 25.
fn noisy_edges(numbers: &mut Numbers, planes: usize, size: Size) -> Planes {
    let mut picture = numbers.planes(planes, size);
    for (index, value) in picture.data_mut().iter_mut().enumerate() {
        let (x, y) = (index % size.width, index / size.width % size.height);
        let edge = if (x / 11 + y / 7) % 2 == 0 { 0.25 } else { 0.7 };
        *value = edge + 0.3 * (*value - 0.5);
    }
    picture.plane_mut(planes - 1).fill(25.0 / 255.0);
    picture
}

/// As close as the engine asks for, or the variant is not used.
#[test]
fn f16_is_close_enough_for_the_built_in_networks() {
    for gpu in gpus() {
        let mut numbers = Numbers(5);
        for task in Task::ALL.into_iter().chain([Task::Repair]) {
            for model in [Model::Fast, Model::Best] {
                let weights = models::load(NetworkId::new(task, model)).expect("a built-in model");
                let picture = noisy_edges(&mut numbers, weights.shape.planes_in, Size::new(76, 52));
                let expected = restored(&mut on_cpu(&weights), &picture);
                for variant in variants(&gpu) {
                    let difference =
                        max_difference(&restored(&mut on_gpu(&gpu, variant, &weights), &picture), &expected);
                    println!("{} {variant:?}: {difference:.1e}", weights.name);
                    assert!(difference <= 1e-3, "{} {variant:?}: {difference}", weights.name);
                }
            }
        }
    }
}

fn restored(restorer: &mut dyn Restorer, picture: &Planes) -> Planes {
    restorer.restore(picture.clone()).expect("an output")
}

/// 3 pairs have one skip connection.
#[test]
fn every_variant_agrees_with_the_cpu_for_any_width_and_size() {
    let sizes = [Size::new(1, 1), Size::new(7, 5), Size::new(17, 33), Size::new(49, 16)];
    for gpu in gpus() {
        let mut numbers = Numbers(2016);
        for (width, stride) in [(16, 1), (32, 2), (48, 1), (64, 2), (96, 1), (33, 2)] {
            let weights = numbers.network(Task::Denoise, 3, width, stride);
            let mut cpu = on_cpu(&weights);
            let mut restorers: Vec<_> =
                variants(&gpu).into_iter().map(|variant| (variant, on_gpu(&gpu, variant, &weights))).collect();
            for size in sizes {
                let input = numbers.planes(4, Size::new(size.width * stride, size.height * stride));
                let expected = restored(&mut cpu, &input);
                let largest = expected.data().iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
                for (variant, restorer) in &mut restorers {
                    let output = restored(restorer, &input);
                    let difference = max_difference(&output, &expected);
                    println!("{} {variant:?} {size:?}: {difference:.1e} of {largest:.1}", weights.name);
                    let tolerance = tolerance(*variant, largest);
                    assert!(difference <= tolerance, "{} {variant:?} {size:?}: {difference}", weights.name);
                    assert!(restored(restorer, &input) == output, "the same in every run");
                }
            }
        }
    }
}

/// A tile with a halo has the same values as the whole picture, to the bit.
#[test]
fn tiles_have_the_values_of_the_whole_picture() {
    for gpu in gpus() {
        let mut numbers = Numbers(3);
        for stride in [1, 2] {
            let weights = numbers.network(Task::Denoise, 2, 16, stride);
            let picture = numbers.planes(4, Size::new(70, 54));
            for variant in variants(&gpu) {
                let mut restorer = on_gpu(&gpu, variant, &weights);
                let halo = restorer.footprint().radius.next_multiple_of(stride);
                let whole = restored(&mut restorer, &picture);
                let tile = restored(&mut restorer, &picture.crop(Rect::new(20, 12, 34, 30)));
                let kept = Size::new(34 - 2 * halo, 30 - 2 * halo);
                let inside = |x, y| Rect::new(x, y, kept.width, kept.height);
                assert!(tile.crop(inside(halo, halo)) == whole.crop(inside(20 + halo, 12 + halo)), "{variant:?}");
            }
        }
    }
}

/// As on the CPU: not a number stays where it is, and outliers are clamped.
#[test]
fn outliers_do_not_spread() {
    for gpu in gpus() {
        let mut numbers = Numbers(7);
        let weights = numbers.network(Task::Denoise, 2, 16, 2);
        let mut picture = numbers.planes(4, Size::new(24, 20));
        for (at, value) in [(5 * 24 + 7, f32::NAN), (12 * 24 + 3, f32::INFINITY), (15 * 24 + 20, 1e-40)] {
            picture.data_mut()[at] = value;
        }
        let on_cpu = restored(&mut on_cpu(&weights), &picture);
        for storage in variants(&gpu).into_iter().map(|variant| variant.storage) {
            let on_gpu = restored(&mut on_gpu(&gpu, Variant { tiling: Tiling::Wide, storage }, &weights), &picture);
            for (index, (one, other)) in on_cpu.data().iter().zip(on_gpu.data()).enumerate() {
                // Of an outlier, whose neighbours are as large, 11 bits are right.
                let tolerance = if storage == Storage::F16 { 1e-2 } else { 1e-3 };
                let same = (one - other).abs() <= tolerance || one.is_nan() && other.is_nan() || one == other;
                assert!(same, "value {index}: {one} on the CPU, {other} on {} ({storage:?})", gpu.info.name);
            }
        }
    }
}

/// The variant is selected when a network is loaded, and burn's kernels, the fallback, give the same picture.
#[test]
fn a_variant_is_selected_and_burn_agrees() {
    for gpu in gpus() {
        let mut numbers = Numbers(11);
        let weights = numbers.network(Task::Denoise, 2, 16, 2);
        let mut prepared = 0;
        let mut tuned = || gpu.tuned(&weights, &mut || prepared += 1).expect("a device").expect("a variant");
        let (tuned, again) = (tuned(), tuned());
        assert_eq!((tuned, prepared), (again, 1), "prepared once");
        let picture = numbers.planes(4, Size::new(22, 18));
        let ours = restored(&mut on_gpu(&gpu, tuned.variant, &weights), &picture);
        let mut burn = GpuRestorer::load(Kernels::Burn, &weights, &gpu, 512).expect("a network");
        assert!(max_difference(&ours, &restored(&mut burn, &picture)) <= 1e-4);
    }
}

#[test]
fn a_benchmark_reports_the_layers_and_the_kernels() {
    for gpu in gpus() {
        let options = BenchOptions {
            device: DeviceChoice::Named(gpu.info.name.clone()),
            model: "tests/golden/red10-s2-w16.safetensors".into(),
            size: Size::new(48, 32),
            runs: 1,
            threads: Threads::All,
            profile: true,
        };
        let profile = bench::run(&options).expect("a result").profile.expect("a profile");
        let names: Vec<_> = profile.steps.iter().map(|step| step.name.as_str()).collect();
        assert_eq!((names.len(), names[0], names[10], names[11]), (12, "picture in", "layer 10", "picture out"));
        assert!(profile.steps.iter().all(|step| step.seconds > 0.0));
        assert!(profile.products_gflops > 0.0 && profile.products_gflops < profile.peak_gflops);
        let gpu = profile.gpu.expect("a GPU");
        assert!(gpu.kernels.contains("outputs") && gpu.kernels.ends_with("f32"), "{}", gpu.kernels);
        assert!(gpu.peak_gigabytes > 0.0);
        // 24 × 16 blocks: 16 features in and out in f32, 9 × 16 × 16 weights and 16 biases; one output is added to.
        let (features, weights) = (24 * 16 * 16 * 4, (9 * 16 * 16 + 16) * 4);
        let moved: Vec<_> = profile.steps.iter().map(|step| step.moved_bytes.expect("bytes")).collect();
        assert_eq!((moved[2], moved[6]), (2 * features + weights, 3 * features + weights), "{moved:?}");
    }
}
