//! Winograd's minimal filtering for 3×3 kernels (Lavin, Gray, "Fast Algorithms for Convolutional
//! Neural Networks", CVPR 2016), F(6×6, 3×3): 6×6 output pixels from 8×8 input pixels (a
//! tile in the literature, here a *piece*) take 64 multiplications instead of 324. The interpolation points are 0, ±1,
//! ±2, ±½ and ∞.
//!
//! The two-dimensional transforms apply these one-dimensional ones to rows and columns.

use pulp::Simd;

use super::simd::mul_add;

/// Points of a piece along each axis; also the side of its input, in px.
pub const POINTS: usize = 8;
/// Side of the output of a piece, in px.
pub const OUTPUTS: usize = 6;

/// Transform of a row of a kernel.
const KERNEL: [[f64; 3]; POINTS] = [
    [1.0, 0.0, 0.0],
    [-2.0 / 9.0, -2.0 / 9.0, -2.0 / 9.0],
    [-2.0 / 9.0, 2.0 / 9.0, -2.0 / 9.0],
    [1.0 / 90.0, 1.0 / 45.0, 2.0 / 45.0],
    [1.0 / 90.0, -1.0 / 45.0, 2.0 / 45.0],
    [32.0 / 45.0, 16.0 / 45.0, 8.0 / 45.0],
    [32.0 / 45.0, -16.0 / 45.0, 8.0 / 45.0],
    [0.0, 0.0, 1.0],
];

/// Transforms a 3×3 kernel.
pub fn kernel(kernel: [[f32; 3]; 3]) -> [[f32; POINTS]; POINTS] {
    let dot = |a: [f64; 3], b: [f64; 3]| a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
    let kernel = kernel.map(|row| row.map(f64::from));
    let rows = kernel.map(|row| KERNEL.map(|points| dot(points, row)));
    KERNEL.map(|points| std::array::from_fn(|x| dot(points, [rows[0][x], rows[1][x], rows[2][x]]) as f32))
}

/// Transforms a row of input pixels.
#[inline(always)]
pub fn input<S: Simd>(s: S, d: [S::f32s; POINTS]) -> [S::f32s; POINTS] {
    let [even_1, odd_1] = [madd(s, -4.25, d[4], s.add_f32s(d[2], d[6])), madd(s, -4.25, d[3], s.add_f32s(d[1], d[5]))];
    let [even_2, odd_2] = [
        madd(s, 0.25, d[2], madd(s, -1.25, d[4], d[6])),
        madd(s, 0.5, d[1], madd(s, -2.5, d[3], s.add_f32s(d[5], d[5]))),
    ];
    let [even_half, odd_half] = [
        madd(s, 4.0, d[2], madd(s, -5.0, d[4], d[6])),
        madd(s, 0.5, d[5], madd(s, -2.5, d[3], s.add_f32s(d[1], d[1]))),
    ];
    [
        madd(s, 5.25, s.sub_f32s(d[4], d[2]), s.sub_f32s(d[0], d[6])),
        s.add_f32s(even_1, odd_1),
        s.sub_f32s(even_1, odd_1),
        s.add_f32s(even_2, odd_2),
        s.sub_f32s(even_2, odd_2),
        s.add_f32s(even_half, odd_half),
        s.sub_f32s(even_half, odd_half),
        madd(s, 5.25, s.sub_f32s(d[3], d[5]), s.sub_f32s(d[7], d[1])),
    ]
}

/// Transforms a row of products back to output pixels.
#[inline(always)]
pub fn output<S: Simd>(s: S, p: [S::f32s; POINTS]) -> [S::f32s; OUTPUTS] {
    let [sum_1, difference_1] = [s.add_f32s(p[1], p[2]), s.sub_f32s(p[1], p[2])];
    let [sum_2, difference_2] = [s.add_f32s(p[3], p[4]), s.sub_f32s(p[3], p[4])];
    let [sum_half, difference_half] = [s.add_f32s(p[5], p[6]), s.sub_f32s(p[5], p[6])];
    [
        s.add_f32s(s.add_f32s(p[0], sum_1), s.add_f32s(sum_2, sum_half)),
        madd(s, 0.5, difference_half, madd(s, 2.0, difference_2, difference_1)),
        madd(s, 0.25, sum_half, madd(s, 4.0, sum_2, sum_1)),
        madd(s, 0.125, difference_half, madd(s, 8.0, difference_2, difference_1)),
        madd(s, 0.0625, sum_half, madd(s, 16.0, sum_2, sum_1)),
        s.add_f32s(madd(s, 0.03125, difference_half, madd(s, 32.0, difference_2, difference_1)), p[7]),
    ]
}

/// `factor * a + b`.
#[inline(always)]
fn madd<S: Simd>(simd: S, factor: f32, a: S::f32s, b: S::f32s) -> S::f32s {
    mul_add(simd, simd.splat_f32s(factor), a, b)
}
