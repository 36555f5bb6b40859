//! The GPU engine agrees with the CPU engine for every way to divide the work, on every GPU of this machine (in tests, software
//! Vulkan), and its output is the same in every run.

use redawn::{
    engine::{
        DeviceKind, Restorer, Task, Threads, Weights,
        cpu::{CpuRestorer, CpuWeights},
        gpu::{self, GpuRestorer, Kernels, OpenGpu, Tiling},
        list_devices,
    },
    pixels::{Planes, Size},
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
    GpuRestorer::load_for(Kernels::Tiled(tiling), weights, gpu, 512).expect("a network")
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
                    assert!(difference <= 1e-5, "{} {tiling:?} {size:?}: {difference}", weights.name);
                    assert!(restored(restorer, &input) == output, "the same in every run");
                }
            }
        }
    }
}
