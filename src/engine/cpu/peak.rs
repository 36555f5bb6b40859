//! How many multiply-adds this machine can do, as a measure for the engine.

use std::{hint::black_box, time::Instant};

use pulp::{Simd, WithSimd};
use rayon::ThreadPool;

use super::simd::{Instructions, mul_add};

/// Rounds of one measurement: about 10 ms.
const ROUNDS: u32 = 2_000_000;
/// Sums that don't wait for each other: more than a multiply-add takes cycles, on two units.
const SUMS: usize = 12;

struct Burn;

impl WithSimd for Burn {
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
        let flops: f64 = threads.broadcast(|_| instructions.run(Burn)).into_iter().sum();
        best = best.max(flops / start.elapsed().as_secs_f64());
    }
    best
}
