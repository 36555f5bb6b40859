//! The GPU engine agrees with the CPU engine for every way to divide the work, on every GPU of this machine (in tests, software
//! Vulkan), and its output is the same in every run.

use redawn::{
    engine::{
        DeviceChoice, DeviceKind, Restorer, Task, Threads, Weights,
        bench::{self, BenchOptions},
        cpu::{CpuRestorer, CpuWeights},
        gpu::{self, GpuRestorer, Kernels, OpenGpu, Tiling},
        list_devices,
    },
    pixels::{Planes, Rect, Size},
};

use crate::support::{golden::max_difference, random_networks::Numbers, skip};

/// All GPUs of this machine, opened.
fn gpus() -> Vec<OpenGpu> {
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

fn on_gpu(gpu: &OpenGpu, tiling: Tiling, weights: &Weights) -> GpuRestorer {
    GpuRestorer::load(Kernels::Tiled(tiling), weights, gpu, 512).expect("a network")
}

fn restored(restorer: &mut dyn Restorer, picture: &Planes) -> Planes {
    restorer.restore(picture.clone()).expect("an output")
}

/// 3 pairs have one skip connection.
#[test]
fn every_tiling_agrees_with_the_cpu_for_any_width_and_size() {
    let sizes = [Size::new(1, 1), Size::new(7, 5), Size::new(17, 33), Size::new(49, 16)];
    for gpu in gpus() {
        let mut numbers = Numbers(2016);
        for (width, stride) in [(16, 1), (32, 2), (48, 1), (64, 2), (96, 1), (33, 2)] {
            let weights = numbers.network(Task::Denoise, 3, width, stride);
            let mut cpu = on_cpu(&weights);
            let mut restorers = Tiling::ALL.map(|tiling| (tiling, on_gpu(&gpu, tiling, &weights)));
            for size in sizes {
                let input = numbers.planes(4, Size::new(size.width * stride, size.height * stride));
                let expected = restored(&mut cpu, &input);
                for (tiling, restorer) in &mut restorers {
                    let output = restored(restorer, &input);
                    let difference = max_difference(&output, &expected);
                    println!("{} {tiling:?} {size:?}: {difference:.1e}", weights.name);
                    assert!(difference <= 1e-4, "{} {tiling:?} {size:?}: {difference}", weights.name);
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
            for tiling in Tiling::ALL {
                let mut restorer = on_gpu(&gpu, tiling, &weights);
                let halo = restorer.footprint().radius.next_multiple_of(stride);
                let whole = restored(&mut restorer, &picture);
                let tile = restored(&mut restorer, &picture.crop(Rect::new(20, 12, 34, 30)));
                let kept = Size::new(34 - 2 * halo, 30 - 2 * halo);
                let inside = |x, y| Rect::new(x, y, kept.width, kept.height);
                assert!(tile.crop(inside(halo, halo)) == whole.crop(inside(20 + halo, 12 + halo)), "{tiling:?}");
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
        let (on_cpu, on_gpu) =
            (restored(&mut on_cpu(&weights), &picture), restored(&mut on_gpu(&gpu, Tiling::Wide, &weights), &picture));
        for (index, (one, other)) in on_cpu.data().iter().zip(on_gpu.data()).enumerate() {
            let same = (one - other).abs() <= 1e-3 || one.is_nan() && other.is_nan() || one == other;
            assert!(same, "value {index}: {one} on the CPU, {other} on {}", gpu.info.name);
        }
    }
}

/// The tiling is selected when a network is loaded, and burn's kernels, the fallback, give the same picture.
#[test]
fn a_tiling_is_selected_and_burn_agrees() {
    for gpu in gpus() {
        let mut numbers = Numbers(11);
        let weights = numbers.network(Task::Denoise, 2, 16, 2);
        let tuned = gpu.tuned(&weights).expect("a device").expect("a tiling");
        let picture = numbers.planes(4, Size::new(22, 18));
        let ours = restored(&mut on_gpu(&gpu, tuned.tiling, &weights), &picture);
        let mut burn = GpuRestorer::load(Kernels::Burn, &weights, &gpu, 512).expect("a network");
        assert!(max_difference(&ours, &restored(&mut burn, &picture)) <= 1e-4);
    }
}

#[test]
fn a_benchmark_reports_the_layers_and_the_tiling() {
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
        assert!(profile.kernels.expect("kernels").contains("outputs"));
    }
}
