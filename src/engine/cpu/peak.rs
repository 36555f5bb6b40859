//! Peak multiply-add throughput of this machine: the roofline for the engine.

use std::{hint::black_box, time::Instant};

use pulp::{Simd, WithSimd};
use rayon::ThreadPool;

use super::simd::{Instructions, mul_add};

/// Iterations per measurement: about 10 ms.
const ROUNDS: u32 = 2_000_000;
/// Independent sums: enough to hide the latency of a multiply-add on two units.
const SUMS: usize = 12;

/// Multiply-adds in registers; returns their number in flop.
struct PeakLoop;

impl WithSimd for PeakLoop {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        let factor = simd.splat_f32s(black_box(0.999));
        let addend = simd.splat_f32s(black_box(0.001));
        let mut sums = [simd.splat_f32s(black_box(1.0)); SUMS];
        for _ in 0..ROUNDS {
            for sum in &mut sums {
                *sum = mul_add(simd, *sum, factor, addend);
            }
        }
        black_box(sums);
        2.0 * f64::from(ROUNDS) * (SUMS * S::F32_LANES) as f64
    }
}

/// The best of five measurements of f32 multiply-adds in registers on all threads, in flop/s.
pub fn measure(instructions: Instructions, threads: &ThreadPool) -> f64 {
    let mut best = 0.0_f64;
    for _ in 0..5 {
        let start = Instant::now();
        let flops: f64 = threads.broadcast(|_| instructions.run(PeakLoop)).into_iter().sum();
        best = best.max(flops / start.elapsed().as_secs_f64());
    }
    best
}
