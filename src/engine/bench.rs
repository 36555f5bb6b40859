//! How fast a device runs a network: the network alone, one untiled picture.

use std::time::Instant;

use super::{DeviceChoice, DeviceInfo, EngineError, TileChoice, models, open_weights};
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
    let mut restorer = open_weights(&options.device, TileChoice::Auto, &weights)?.restorer;
    let values = (0..shape.planes_in * size.area()).map(|i| (i.wrapping_mul(2_654_435_761) >> 8 & 255) as f32 / 255.0);
    let picture = Planes::new(shape.planes_in, size, values.collect());
    restorer.restore(&picture)?;
    let mut seconds = f64::INFINITY;
    for _ in 0..options.runs.max(1) {
        let start = Instant::now();
        restorer.restore(&picture)?;
        seconds = seconds.min(start.elapsed().as_secs_f64());
    }
    Ok(BenchResult {
        seconds,
        megapixels_per_second: size.area() as f64 / 1e6 / seconds,
        gflops: shape.flops(size.area()) / 1e9 / seconds,
        peak_memory_bytes: peak_memory(),
        device: restorer.device().clone(),
        model: weights.name,
    })
}

/// Peak resident memory of this process in bytes (`VmHWM`), where the system says.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
}
