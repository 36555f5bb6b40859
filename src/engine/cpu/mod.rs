//! The CPU engine, specialised for RED-Nets.
//!
//! All layers become 3×3 convolutions of stride 1 ([`network`]), computed by Winograd's minimal filtering ([`conv`],
//! [`transform`]) with a fifth of the multiplications of direct convolution. Feature maps keep one layout
//! ([`activation`]), a few rows at a time go through all layers ([`row_pipeline`]), and the SIMD instructions are
//! selected at run time ([`simd`]).

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

pub use network::CpuWeights;
pub use simd::Instructions;

use self::network::Network;
use super::{
    DeviceInfo, DeviceKind, EngineError, Footprint, NetworkShape, Restorer, RowIo, StreamingRestorer, Threads,
    layers::NetworkStep,
};
use crate::pixels::{Planes, Size};

/// The CPU as a device.
pub fn info() -> DeviceInfo {
    describe(Instructions::best(), Threads::All.count())
}

/// Side of the tiles for a network, in px: the smallest for which the halo is at most a tenth of the work, so that
/// visible parts come soon. Memory depends only on the width of a tile, and [`Restorer::restore_unless`] can stop
/// within one.
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

/// One network on the CPU. The output does not depend on the number of threads, to the bit.
///
/// The network sees NaN as 0 and clamps values to ±16; its residual is added to the original values.
pub struct CpuRestorer {
    network: Network,
    shape: NetworkShape,
    info: DeviceInfo,
    tile_side: usize,
}

impl CpuRestorer {
    /// Loads a network for the fastest instructions of this machine.
    ///
    /// # Errors
    /// When threads can't be started.
    pub fn load(weights: CpuWeights, tile_side: usize, threads: Threads) -> Result<Self, EngineError> {
        Self::load_for(Instructions::best(), weights, tile_side, threads)
    }

    /// Loads a network for given instructions, which must be available.
    ///
    /// # Errors
    /// When threads can't be started.
    pub fn load_for(
        instructions: Instructions,
        weights: CpuWeights,
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
        let shape = weights.shape();
        Ok(Self { network: Network::new(weights, instructions, pool), shape, info, tile_side })
    }

    /// [`Restorer::restore`], and the time of each step.
    pub fn restore_timed(&mut self, tile: Planes) -> (Planes, Vec<(NetworkStep, Duration)>) {
        self.network.run(tile, &|| false).unwrap_or_else(|| unreachable!("it is never stopped"))
    }

    /// Measures the peak of f32 multiply-adds in registers on these threads, in flop/s. Takes about 0.1 s.
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
        Ok(self.network.run(tile, stop).map(|(output, _)| output))
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
