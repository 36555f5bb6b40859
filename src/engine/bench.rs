//! Benchmark of a network on a device: one untiled picture, without reading and writing files.

use std::time::Instant;

use super::{
    DeviceChoice, DeviceInfo, DeviceKind, EngineError, NetworkShape, Restorer, Threads, choose,
    cpu::{CpuRestorer, CpuWeights},
    gpu::{self, GpuRestorer, Kernels},
    layers::{NetworkStep, TimedStep},
    models,
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
    /// Whether to time each layer too.
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
    pub profile: Option<Profile>,
}

/// Time per step of an engine, and its distance from the device's limits.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The steps in order; none with burn's kernels.
    pub steps: Vec<StepTime>,
    /// f32 multiply-adds in registers of the same device, in 10⁹ flop/s: the roofline.
    pub peak_gflops: f64,
    /// Arithmetic of the products alone, divided by the time of all steps, in 10⁹ flop/s. On the CPU a fifth of direct
    /// convolution's.
    pub products_gflops: f64,
    /// What is known of a GPU only.
    pub gpu: Option<GpuProfile>,
}

/// What a profile of a GPU has in addition.
#[derive(Debug, Clone)]
pub struct GpuProfile {
    /// How the kernels divide the work, and what they store.
    pub kernels: String,
    /// Bytes read and written per second when memory is copied, in 10⁹ bytes/s: the other roofline.
    pub peak_gigabytes: f64,
}

/// A step of an engine.
#[derive(Debug, Clone)]
pub struct StepTime {
    /// Its name.
    pub name: String,
    /// Fastest time, in seconds.
    pub seconds: f64,
    /// Arithmetic of its products, in flop.
    pub flops: f64,
    /// What a GPU has to read from memory and write, each value once, in bytes.
    pub moved_bytes: Option<usize>,
}

impl StepTime {
    /// Memory traffic, in 10⁹ bytes/s.
    pub fn gigabytes_per_second(&self) -> Option<f64> {
        self.moved_bytes.map(|bytes| bytes as f64 / 1e9 / self.seconds.max(f64::MIN_POSITIVE))
    }
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
    let device = choose(&options.device)?.device;
    let (seconds, device, profile) = if device.kind == DeviceKind::Cpu {
        let mut restorer = CpuRestorer::load(CpuWeights::new(&weights), usize::MAX, options.threads)?;
        let seconds = best_time(&mut restorer, &picture, options.runs)?;
        let profile = options.profile.then(|| profile_cpu(&mut restorer, &picture, options.runs, shape));
        (seconds, restorer.device().clone(), profile)
    } else {
        let gpu = gpu::open(&device)?;
        let kernels = gpu.tuned(&weights, &mut || {})?.map_or(Kernels::Burn, |tuned| Kernels::Own(tuned.variant));
        let mut restorer = GpuRestorer::load(kernels, &weights, &gpu, usize::MAX)?;
        let seconds = best_time(&mut restorer, &picture, options.runs)?;
        let profile = options.profile.then(|| {
            let steps = fastest_steps(options.runs, shape, size, || restorer.time_steps(&picture))?;
            let peak_gigabytes = gpu.measure_bandwidth()? / 1e9;
            Ok(Profile::new(steps, gpu.measure_peak()?, Some(GpuProfile { kernels: kernels.name(), peak_gigabytes })))
        });
        (seconds, device, profile.transpose()?)
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

impl Profile {
    fn new(steps: Vec<StepTime>, peak: f64, gpu: Option<GpuProfile>) -> Self {
        let sum = |value: fn(&StepTime) -> f64| steps.iter().map(value).sum::<f64>();
        let products_gflops = sum(|step| step.flops) / 1e9 / sum(|step| step.seconds).max(f64::MIN_POSITIVE);
        Self { steps, peak_gflops: peak / 1e9, products_gflops, gpu }
    }
}

fn profile_cpu(restorer: &mut CpuRestorer, picture: &Planes, runs: usize, shape: NetworkShape) -> Profile {
    let steps = fastest_steps(runs, shape, picture.size(), || {
        let steps = restorer.restore_timed(picture.clone()).1.into_iter();
        Ok(steps.map(|(step, time)| TimedStep { step, time, moved_bytes: None }).collect())
    });
    Profile::new(steps.unwrap_or_default(), restorer.measure_peak(), None)
}

/// The fastest time of each step in `runs` runs.
fn fastest_steps(
    runs: usize,
    shape: NetworkShape,
    size: Size,
    mut run: impl FnMut() -> Result<Vec<TimedStep>, EngineError>,
) -> Result<Vec<StepTime>, EngineError> {
    let pixels = (size.area() / (shape.stride * shape.stride)) as f64;
    let mut steps: Vec<StepTime> = Vec::new();
    for _ in 0..runs.max(1) {
        for (place, TimedStep { step, time, moved_bytes }) in run()?.into_iter().enumerate() {
            let seconds = time.as_secs_f64();
            if let Some(known) = steps.get_mut(place) {
                known.seconds = known.seconds.min(seconds);
                continue;
            }
            let (name, flops) = match step {
                NetworkStep::Input => ("picture in".to_owned(), 0.0),
                NetworkStep::Layer { index, flops_per_pixel } => {
                    (format!("layer {}", index + 1), flops_per_pixel * pixels)
                }
                NetworkStep::Output => ("picture out".to_owned(), 0.0),
            };
            steps.push(StepTime { name, seconds, flops, moved_bytes });
        }
    }
    Ok(steps)
}

/// Peak resident memory of this process in bytes (`VmHWM`), where the system reports it.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
