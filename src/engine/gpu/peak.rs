//! Peak multiply-add throughput of a GPU: the roofline for its kernels.

use std::time::Instant;

use cubecl::{client::Client, prelude::*};

use super::{buffer::Buffer, tiling::LANES};

/// Threads of a group.
const THREADS: usize = 128;
/// Independent sums of a thread, in vectors: enough to hide the latency of a multiply-add.
const SUMS: usize = 8;
/// Multiply-adds of a sum per round.
const STEPS: usize = 8;
/// Enough time to measure, in seconds.
const ENOUGH: f64 = 0.03;
/// Rounds, at most.
const ROUNDS: usize = 1 << 12;

/// f32 multiply-adds in registers, in flop/s.
///
/// # Errors
/// When the device fails.
pub fn measure(client: &Client) -> Result<f64, String> {
    let (mut groups, mut rounds) = (64, 16);
    loop {
        let output = Buffer::empty(client, groups * THREADS * LANES);
        let run = |rounds: usize| {
            let (cubes, dim) = (CubeCount::Static(groups as u32, 1, 1), CubeDim::new_1d(THREADS as u32));
            multiply_adds::launch(client, cubes, dim, LANES, output.arg(), 0.999, 0.001, rounds);
            output.wait(client)
        };
        run(1)?;
        let start = Instant::now();
        run(rounds)?;
        let seconds = start.elapsed().as_secs_f64();
        if seconds >= ENOUGH || rounds >= ROUNDS {
            return Ok((2 * groups * THREADS * rounds * STEPS * SUMS * LANES) as f64 / seconds);
        }
        // First enough groups for a large GPU, then longer ones.
        if groups < 8192 { groups *= 4 } else { rounds *= 4 }
    }
}

#[cube(launch)]
fn multiply_adds<N: Size>(output: &mut [Vector<f32, N>], factor: f32, addend: f32, rounds: usize) {
    let (factors, addends) = (Vector::<f32, N>::new(factor), Vector::<f32, N>::new(addend));
    let mut sums = Array::<Vector<f32, N>>::new(SUMS);
    #[unroll]
    for sum in 0..SUMS {
        sums[sum] = Vector::<f32, N>::new((ABSOLUTE_POS + sum) as f32);
    }
    for _ in 0..rounds {
        #[unroll]
        for _ in 0..STEPS {
            #[unroll]
            for sum in 0..SUMS {
                sums[sum] = fma(sums[sum], factors, addends);
            }
        }
    }
    let mut total = Vector::<f32, N>::new(0.0f32);
    #[unroll]
    for sum in 0..SUMS {
        total += sums[sum];
    }
    output[ABSOLUTE_POS] = total;
}
