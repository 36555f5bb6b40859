//! Parallel loops over the rows of a picture.

use rayon::prelude::*;

/// Fewer values than this are processed faster than other threads wake up.
const PARALLEL_FROM: usize = 1 << 18;

/// Calls `each` with the index and the values of every row of `width` values, in parallel if there are many.
pub fn each_row<T: Send>(data: &mut [T], width: usize, each: impl Fn(usize, &mut [T]) + Sync) {
    let width = width.max(1);
    if data.len() < PARALLEL_FROM {
        data.chunks_mut(width).enumerate().for_each(|(row, values)| each(row, values));
    } else {
        data.par_chunks_mut(width).enumerate().for_each(|(row, values)| each(row, values));
    }
}
