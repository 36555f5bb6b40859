//! The small matrix product at each point of a transform, which takes most of the time.
//!
//! Plain loops over arrays, no closures around vectors: a closure that is not inlined is compiled without the SIMD
//! instructions.

use pulp::Simd;

use super::{activation::BLOCK, simd::mul_add};

/// Maximum number of rows of a matrix.
pub const ROWS: usize = 12;

/// Up to [`ROWS`] rows of 16 values.
pub type Panel = [[f32; BLOCK]; ROWS];

/// `out = a · b`, the first `rows` rows. `a`: panels of 16 columns; `b`: as many rows as `a` has columns, 16 columns.
/// Each value of `out` is summed in the order of the columns of `a`, for any number of rows, so the result does not
/// depend on how the work is divided.
#[inline(always)]
pub fn multiply<'a, S: Simd>(
    simd: S,
    a: impl Iterator<Item = &'a Panel> + Clone,
    rows: usize,
    b: &[f32],
    out: &mut Panel,
) {
    match BLOCK / S::F32_LANES {
        1 => rows_of::<S, 1>(simd, a, rows, b, out),
        2 => rows_of::<S, 2>(simd, a, rows, b, out),
        _ => rows_of::<S, 4>(simd, a, rows, b, out),
    }
}

#[inline(always)]
fn rows_of<'a, S: Simd, const V: usize>(
    simd: S,
    a: impl Iterator<Item = &'a Panel> + Clone,
    rows: usize,
    b: &[f32],
    out: &mut Panel,
) {
    let b = S::as_simd_f32s(b).0.as_chunks::<V>().0.as_chunks::<BLOCK>().0;
    // As many rows at once as there are registers for their sums, in addition to a row of `b` and a value of `a`;
    // with fewer rows the latency of the sums would show.
    let most = if V == 1 { ROWS } else { 6 };
    let groups = rows.div_ceil(most);
    for index in 0..groups {
        let (row, end) = (index * rows / groups, (index + 1) * rows / groups);
        match end - row {
            1 => group::<S, 1, V>(simd, a.clone(), row, b, out),
            2 => group::<S, 2, V>(simd, a.clone(), row, b, out),
            3 => group::<S, 3, V>(simd, a.clone(), row, b, out),
            4 => group::<S, 4, V>(simd, a.clone(), row, b, out),
            5 => group::<S, 5, V>(simd, a.clone(), row, b, out),
            6 => group::<S, 6, V>(simd, a.clone(), row, b, out),
            7 if V == 1 => group::<S, 7, V>(simd, a.clone(), row, b, out),
            8 if V == 1 => group::<S, 8, V>(simd, a.clone(), row, b, out),
            9 if V == 1 => group::<S, 9, V>(simd, a.clone(), row, b, out),
            10 if V == 1 => group::<S, 10, V>(simd, a.clone(), row, b, out),
            11 if V == 1 => group::<S, 11, V>(simd, a.clone(), row, b, out),
            12 if V == 1 => group::<S, 12, V>(simd, a.clone(), row, b, out),
            rows => unreachable!("a group of {rows} rows"),
        }
    }
}

/// `R` rows at once, with the sums in registers.
#[inline(always)]
fn group<'a, S: Simd, const R: usize, const V: usize>(
    simd: S,
    a: impl Iterator<Item = &'a Panel>,
    row: usize,
    b: &[[[S::f32s; V]; BLOCK]],
    out: &mut Panel,
) {
    let mut sums = [[simd.splat_f32s(0.0); V]; R];
    for (a, b) in a.zip(b) {
        let Some(a) = a[row..].first_chunk::<R>() else { return };
        for k in 0..BLOCK {
            for row in 0..R {
                let a = simd.splat_f32s(a[row][k]);
                for column in 0..V {
                    sums[row][column] = mul_add(simd, a, b[k][column], sums[row][column]);
                }
            }
        }
    }
    let Some(out) = out[row..].first_chunk_mut::<R>() else { return };
    for row in 0..R {
        S::as_mut_simd_f32s(&mut out[row]).0.copy_from_slice(&sums[row]);
    }
}
