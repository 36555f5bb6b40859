//! Work on the rows of a picture.

use rayon::prelude::*;

/// Fewer values than this are done sooner than other threads are woken.
const FEW: usize = 1 << 18;

/// Calls `each` with the number and the values of every row of `width` values: on all cores, where there is enough to do.
pub fn each_row<T: Send>(data: &mut [T], width: usize, each: impl Fn(usize, &mut [T]) + Sync) {
    let width = width.max(1);
    if data.len() < FEW {
        data.chunks_mut(width).enumerate().for_each(|(row, values)| each(row, values));
    } else {
        data.par_chunks_mut(width).enumerate().for_each(|(row, values)| each(row, values));
    }
}
