//! How fast a device runs a network: the network alone, one untiled picture.

use std::time::Instant;

use super::{
    DeviceChoice, DeviceInfo, DeviceKind, EngineError, Restorer, Threads, TileChoice, choose,
    cpu::{CpuRestorer, NetworkStep},
    models, open_weights,
};
use crate::pixels::{Planes, Size};

/// What to measure.
#[derive(Debug, Clone)]
pub struct BenchOptions {
    /// Where.
    pub device: DeviceChoice,
    /// Name of a built-in model, or path of a weight file.
    pub model: String,
    /// Size of the picture, in px; rounded up to a multiple of the network's stride.
    pub size: Size,
    /// Timed runs, after one that is not counted; at least 1.
    pub runs: usize,
    /// Threads of the CPU engine.
    pub threads: Threads,
    /// Whether to time each step too. The CPU engine alone can.
    pub profile: bool,
}

/// What was measured.
#[derive(Debug, Clone)]
pub struct BenchResult {
    /// The best run, in seconds: from pixels in memory to pixels in memory.
    pub seconds: f64,
    /// Pixels of the picture per second, in millions.
    pub megapixels_per_second: f64,
    /// Arithmetic of direct convolution divided by time, in 10⁹ flop/s.
    pub gflops: f64,
    /// Most memory the process ever held, in bytes, where the system says (Linux).
    pub peak_memory_bytes: Option<u64>,
    /// Where it ran in the end.
    pub device: DeviceInfo,
    /// Name of the network.
    pub model: String,
    /// Where the time went, when asked for and the device can tell.
    pub profile: Option<CpuProfile>,
}

/// Where the time of the CPU engine goes, and how near it is to the machine's limit.
#[derive(Debug, Clone)]
pub struct CpuProfile {
    /// The steps in turn, each with its best time in seconds.
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
    let (seconds, device, profile) = if choose(&options.device)?.0.kind == DeviceKind::Cpu {
        let mut restorer = CpuRestorer::load(&weights, usize::MAX, options.threads)?;
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

/// The best of `runs` times in seconds, after a run that is not counted.
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

/// Peak resident memory of this process in bytes (`VmHWM`), where the system says.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
