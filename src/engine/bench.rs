//! Benchmark of a network on a device: one untiled picture, without reading and writing files.

use std::time::Instant;

use super::{
    DeviceChoice, DeviceInfo, DeviceKind, EngineError, Restorer, Threads, TileChoice, choose,
    cpu::{CpuRestorer, CpuWeights, NetworkStep},
    models, open_weights,
};
use crate::pixels::{Planes, Size};

/// Options of a benchmark.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Device to run on.
    pub device: DeviceChoice,
    /// Name of a built-in model, or path of a weight file.
    pub model: String,
    /// Size of the picture, in px; rounded up to a multiple of the network's stride.
    pub size: Size,
    /// Timed runs, after one warm-up run; at least 1.
    pub runs: usize,
    /// Threads of the CPU engine.
    pub threads: Threads,
    /// Whether to time each layer too (CPU engine only).
    pub profile: bool,
}

/// Result of a benchmark.
#[derive(Debug, Clone)]
pub struct BenchResult {
    /// Fastest run, in seconds, from pixels in memory to pixels in memory.
    pub seconds: f64,
    /// Megapixels (10⁶ px) per second.
    pub megapixels_per_second: f64,
    /// Arithmetic of direct convolution divided by time, in 10⁹ flop/s.
    pub gflops: f64,
    /// Peak resident memory of the process, in bytes, where the system reports it (Linux).
    pub peak_memory_bytes: Option<u64>,
    /// The device it ran on.
    pub device: DeviceInfo,
    /// Name of the network.
    pub model: String,
    /// Time per layer, if requested and supported.
    pub profile: Option<CpuProfile>,
}

/// Time per step of the CPU engine, and its distance from the machine's limit.
#[derive(Debug, Clone)]
pub struct CpuProfile {
    /// Name and fastest time (seconds) of each step, in order.
    pub steps: Vec<(String, f64)>,
    /// f32 multiply-adds in registers on the same threads, in 10⁹ flop/s: the roofline.
    pub peak_gflops: f64,
    /// Arithmetic of the matrix products alone (about a fifth of direct convolution's), divided by
    /// the time of the whole network, in 10⁹ flop/s.
    pub products_gflops: f64,
}

/// Runs a network `runs` times over one picture.
///
/// # Errors
/// When there is no such model or device, or the device fails.
pub fn run(options: &BenchOptions) -> Result<BenchResult, EngineError> {
    let weights = models::find(&options.model)?;
    let shape = weights.shape;
    let size = Size::new(
        options.size.width.next_multiple_of(shape.stride),
        options.size.height.next_multiple_of(shape.stride),
    );
    let values = (0..shape.planes_in * size.area()).map(|i| (i.wrapping_mul(2_654_435_761) >> 8 & 255) as f32 / 255.0);
    let picture = Planes::new(shape.planes_in, size, values.collect());
    let (seconds, device, profile) = if choose(&options.device)?.device.kind == DeviceKind::Cpu {
        let mut restorer = CpuRestorer::load(CpuWeights::new(&weights), usize::MAX, options.threads)?;
        let seconds = best_time(&mut restorer, &picture, options.runs)?;
        let profile = options.profile.then(|| profile(&mut restorer, &picture, options.runs, shape.stride));
        (seconds, restorer.device().clone(), profile)
    } else {
        let mut restorer = open_weights(&options.device, TileChoice::Auto, &weights)?.restorer;
        (best_time(&mut *restorer, &picture, options.runs)?, restorer.device().clone(), None)
    };
    Ok(BenchResult {
        seconds,
        megapixels_per_second: size.area() as f64 / 1e6 / seconds,
        gflops: shape.flops(size.area()) / 1e9 / seconds,
        peak_memory_bytes: peak_memory(),
        device,
        model: weights.name,
        profile,
    })
}

/// The fastest of `runs` runs in seconds, after a warm-up run.
fn best_time(restorer: &mut dyn Restorer, picture: &Planes, runs: usize) -> Result<f64, EngineError> {
    restorer.restore(picture.clone())?;
    let mut seconds = f64::INFINITY;
    for _ in 0..runs.max(1) {
        let picture = picture.clone();
        let start = Instant::now();
        restorer.restore(picture)?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    Ok(seconds)
}

fn profile(restorer: &mut CpuRestorer, picture: &Planes, runs: usize, stride: usize) -> CpuProfile {
    let features = (picture.size().area() / (stride * stride)) as f64;
    let (mut steps, mut flops): (Vec<(String, f64)>, f64) = (Vec::new(), 0.0);
    for run in 0..runs.max(1) {
        for (place, (step, time)) in restorer.restore_timed(picture.clone()).1.into_iter().enumerate() {
            let seconds = time.as_secs_f64();
            if run > 0 {
                steps[place].1 = steps[place].1.min(seconds);
                continue;
            }
            let name = match step {
                NetworkStep::Input => "picture in".to_owned(),
                NetworkStep::Layer { index, flops_per_pixel } => {
                    flops += flops_per_pixel * features;
                    format!("layer {}", index + 1)
                }
                NetworkStep::Output => "picture out".to_owned(),
            };
            steps.push((name, seconds));
        }
    }
    let seconds: f64 = steps.iter().map(|(_, seconds)| seconds).sum();
    CpuProfile { steps, peak_gflops: restorer.measure_peak() / 1e9, products_gflops: flops / 1e9 / seconds }
}

/// Peak resident memory of this process in bytes (`VmHWM`), where the system reports it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
