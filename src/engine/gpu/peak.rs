//! Peaks of a GPU, the roofline for its kernels: multiply-adds in registers, and copies in its memory.

use std::time::Instant;

use cubecl::{calculate_cube_count_elemwise, client::Client, prelude::*};

use super::{buffer::Buffer, storage::Storage, tiling::LANES};

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
/// Size of what is copied, in bytes: more than caches hold.
const COPIED: usize = 128 << 20;
/// Copies in a row, at most.
const COPIES: usize = 1 << 12;

/// f32 multiply-adds in registers, in flop/s.
///
/// # Errors
/// When the device fails.
pub fn multiply_adds_per_second(client: &Client) -> Result<f64, String> {
    let (mut groups, mut rounds) = (64, 16);
    loop {
        let output = Buffer::empty(client, groups * THREADS * LANES, Storage::F32);
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

/// Copies in memory, in bytes read and written per second. `max_binding`: of a buffer, in bytes.
///
/// # Errors
/// When the device fails.
pub fn bytes_per_second(client: &Client, max_binding: u64) -> Result<f64, String> {
    let bytes = COPIED.min(usize::try_from(max_binding).unwrap_or(COPIED));
    let vectors = bytes / size_of::<f32>() / LANES;
    let input = Buffer::new(client, &vec![0.5; vectors * LANES], Storage::F32);
    let output = Buffer::empty(client, vectors * LANES, Storage::F32);
    let run = |copies: usize| {
        for _ in 0..copies {
            let dim = CubeDim::new_1d(THREADS as u32);
            let cubes = calculate_cube_count_elemwise(client, vectors, dim);
            copy::launch(client, cubes, dim, LANES, input.arg(), output.arg());
        }
        output.wait(client)
    };
    run(1)?;
    let mut copies = 1;
    loop {
        let start = Instant::now();
        run(copies)?;
        let seconds = start.elapsed().as_secs_f64();
        if seconds >= ENOUGH || copies >= COPIES {
            return Ok((copies * (input.bytes() + output.bytes())) as f64 / seconds);
        }
        copies *= 4;
    }
}

/// One thread for each vector.
#[cube(launch)]
fn copy<N: Size>(input: &[Vector<f32, N>], output: &mut [Vector<f32, N>]) {
    if ABSOLUTE_POS < output.len() {
        output[ABSOLUTE_POS] = input[ABSOLUTE_POS];
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
