//! The CPU engine, written for exactly this network.
//!
//! All its layers become 3×3 convolutions of stride 1 ([`network`]), computed by Winograd's minimal
//! filtering ([`conv`], [`transform`]): a fifth of the multiplications of direct convolution.
//! Feature maps stay in one layout from layer to layer ([`activation`]), a few rows at a time go through
//! all layers ([`row_pipeline`]), and the vector instructions are chosen at run time ([`simd`]).

mod activation;
mod aligned;
mod conv;
mod gemm;

mod network;
mod peak;
mod row_pipeline;
mod simd;
mod transform;

use std::time::Duration;

use rayon::ThreadPoolBuilder;

pub use network::NetworkStep;
pub use simd::Instructions;

use self::network::Network;
use super::{
    DeviceInfo, DeviceKind, EngineError, Footprint, NetworkShape, Restorer, RowIo, StreamingRestorer, Threads, Weights,
};
use crate::pixels::{Planes, Size};

/// The CPU as a device.
pub fn info() -> DeviceInfo {
    describe(Instructions::best(), Threads::All.count())
}

/// The side of the tiles for a network, in px: as small as it may be for the halo to be a tenth of the work at
/// most, so that what is on screen comes soon. The memory grows with the width of a tile alone, and
/// [`Restorer::restore_unless`] stops in the middle of one.
pub fn tile_side(footprint: Footprint) -> usize {
    let halo = footprint.radius.next_multiple_of(footprint.stride);
    // (43 / (43 − 2))² = 1.1
    (43 * halo).max(512)
}

fn describe(instructions: Instructions, threads: usize) -> DeviceInfo {
    let plural = if threads == 1 { "" } else { "s" };
    let driver = format!("{}, {threads} thread{plural}", instructions.name());
    DeviceInfo { name: "CPU".into(), kind: DeviceKind::Cpu, driver }
}

/// One network on the CPU. The same input gives the same bytes for any number of threads.
///
/// What is no number in the picture (NaN), or is beyond ±16, stays so at its own pixel, and the
/// network sees 0 or ±16 there.
pub struct CpuRestorer {
    network: Network,
    shape: NetworkShape,
    info: DeviceInfo,
    tile_side: usize,
}

impl CpuRestorer {
    /// Loads a network for the best instructions of this machine.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn load(weights: &Weights, tile_side: usize, threads: Threads) -> Result<Self, EngineError> {
        Self::load_for(Instructions::best(), weights, tile_side, threads)
    }

    /// Loads a network for given instructions, which must be available.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn load_for(
        instructions: Instructions,
        weights: &Weights,
        tile_side: usize,
        threads: Threads,
    ) -> Result<Self, EngineError> {
        let count = threads.count();
        let info = describe(instructions, count);
        let pool = ThreadPoolBuilder::new()
            .num_threads(count)
            .thread_name(|index| format!("redawn-cpu-{index}"))
            .build()
            .map_err(|error| EngineError::Device { device: info.name.clone(), reason: error.to_string() })?;
        Ok(Self { network: Network::new(weights, instructions, pool), shape: weights.shape, info, tile_side })
    }

    /// [`Restorer::restore`], and how long each step took.
    pub fn restore_timed(&mut self, tile: Planes) -> (Planes, Vec<(NetworkStep, Duration)>) {
        self.network.run(tile, &|| false).unwrap_or_else(|| unreachable!("nobody stops it"))
    }

    /// The most f32 multiply-adds that these threads do in registers, in flop/s: measured, in about 0.1 s.
    pub fn measure_peak(&self) -> f64 {
        self.network.measure_peak()
    }
}

impl Restorer for CpuRestorer {
    fn device(&self) -> &DeviceInfo {
        &self.info
    }

    fn footprint(&self) -> Footprint {
        self.shape.footprint()
    }

    fn tile_side(&self) -> usize {
        self.tile_side
    }

    fn memory(&self, tile: Size) -> u64 {
        self.network.memory(tile) as u64
    }

    fn restore(&mut self, tile: Planes) -> Result<Planes, EngineError> {
        Ok(self.restore_timed(tile).0)
    }

    fn restore_unless(&mut self, tile: Planes, stop: &dyn Fn() -> bool) -> Result<Option<Planes>, EngineError> {
        Ok(self.network.run(tile, stop).map(|(answer, _)| answer))
    }

    fn streaming(&mut self) -> Option<&mut dyn StreamingRestorer> {
        Some(self)
    }
}

impl StreamingRestorer for CpuRestorer {
    fn restore_stream(&mut self, size: Size, rows: &mut dyn RowIo) -> bool {
        self.network.restore_stream(size, rows)
    }
}
