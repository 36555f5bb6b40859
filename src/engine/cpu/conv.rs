//! A 3×3 convolution by Winograd's minimal filtering, fused with bias, skip connection and ReLU.

use std::ops::Range;

use pulp::{Simd, WithSimd};

use super::{
    activation::{Activation, BLOCK, Strip},
    aligned::Aligned,
    gemm::{self, Panel},
    simd::Instructions,
    transform::{self, OUTPUTS, POINTS},
};
use crate::engine::layers::{Convolution, PostOp};

/// Points of a piece.
const AREA: usize = POINTS * POINTS;

/// Maximum number of pieces in a strip: its transformed input (3 KiB per feature) and its products (48 KiB) fit in the
/// L2 cache of a core.
pub const PIECES: usize = gemm::ROWS;

/// A convolution of stride 1 with zero padding. The numbers of features are rounded up to multiples of 16.
#[derive(Debug)]
pub struct WinogradConv {
    inputs: usize,
    outputs: usize,
    /// For each block of outputs, for each point: inputs × 16.
    weights: Aligned,
    bias: Vec<f32>,
    after: PostOp,
}

/// The pieces of a strip at every point, for 16 features.
type Points = [Panel; AREA];

/// Scratch memory of one thread, allocated once.
#[derive(Debug)]
pub struct Scratch {
    /// The transformed input: [`Points`] for each block of features.
    input: Aligned,
    /// The products for one block of features: [`Points`].
    products: Aligned,
}

impl Scratch {
    /// Scratch memory for layers of at most `features` inputs.
    pub fn new(features: usize) -> Self {
        let points = AREA * PIECES * BLOCK;
        Self { input: Aligned::zeros(features / BLOCK * points), products: Aligned::zeros(points) }
    }
}

/// A buffer as consecutive [`Points`].
fn points(numbers: &mut [f32]) -> &mut [Points] {
    numbers.as_chunks_mut().0.as_chunks_mut().0.as_chunks_mut().0
}

impl WinogradConv {
    /// Transforms the weights of a layer; the padding features are zero.
    pub fn new(layer: &Convolution) -> Self {
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let (padded_inputs, padded_outputs) = (inputs.next_multiple_of(BLOCK), outputs.next_multiple_of(BLOCK));
        let mut weights = Aligned::zeros(AREA * padded_inputs * padded_outputs);
        for output in 0..outputs {
            for input in 0..inputs {
                let points = transform::kernel(*layer.kernel(output, input));
                let base = output / BLOCK * AREA * padded_inputs * BLOCK + input * BLOCK + output % BLOCK;
                for (point, value) in points.as_flattened().iter().enumerate() {
                    weights[base + point * padded_inputs * BLOCK] = *value;
                }
            }
        }
        let mut bias = layer.bias.clone();
        bias.resize(padded_outputs, 0.0);
        Self { inputs: padded_inputs, outputs: padded_outputs, weights, bias, after: layer.after }
    }

    /// Number of input features, padded.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Number of output features, padded.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Multiplications and additions of the matrix products per output pixel, in flop.
    pub fn flops_per_pixel(&self) -> f64 {
        (2 * AREA * self.inputs * self.outputs) as f64 / (OUTPUTS * OUTPUTS) as f64
    }

    /// Whether it is added to the previous content of its output.
    pub fn adds(&self) -> bool {
        self.after == PostOp::AddRelu
    }

    /// Computes one strip of the output.
    pub fn run(&self, instructions: Instructions, input: InputWindow, mut strip: Strip, scratch: &mut Scratch) {
        for (index, row) in strip.rows.iter_mut().enumerate() {
            if !input.inside.contains(&(index % OUTPUTS)) {
                row.fill(0.0);
            }
        }
        if !input.inside.is_empty() {
            instructions.run(StripConv { conv: self, input, strip, scratch });
        }
    }
}

/// Input of a row of pieces.
#[derive(Debug, Clone)]
pub struct InputWindow<'a> {
    /// The input features.
    pub input: &'a Activation,
    /// The first of the [`POINTS`] input rows: the one above the pieces.
    pub from: usize,
    /// Those of the pieces' [`OUTPUTS`] rows that are inside the picture; the others become zeros.
    pub inside: Range<usize>,
}

struct StripConv<'a> {
    conv: &'a WinogradConv,
    input: InputWindow<'a>,
    strip: Strip<'a>,
    scratch: &'a mut Scratch,
}

impl WithSimd for StripConv<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.transform_input(simd);
        let inputs = self.conv.inputs;
        let pieces = self.strip.pieces;
        for (block, weights) in self.conv.weights.chunks_exact(AREA * inputs * BLOCK).enumerate() {
            let input = &points(&mut self.scratch.input)[..inputs / BLOCK];
            let [products, ..] = points(&mut self.scratch.products) else { return };
            for (point, weights) in weights.chunks_exact(inputs * BLOCK).take(AREA).enumerate() {
                let input = input.iter().map(|input| &input[point]);
                gemm::multiply(simd, input, pieces, weights, &mut products[point]);
            }
            self.transform_output(simd, block);
        }
    }
}

impl StripConv<'_> {
    /// Transforms the strip's input.
    #[inline(always)]
    fn transform_input<S: Simd>(&mut self, simd: S) {
        let zero = simd.splat_f32s(0.0);
        let vectors = BLOCK / S::F32_LANES;
        let column = self.strip.column * OUTPUTS;
        let mut columns = [[zero; POINTS]; POINTS];
        let blocks = points(&mut self.scratch.input);
        for (block, points) in blocks.iter_mut().enumerate().take(self.conv.inputs / BLOCK) {
            let pixels: [&[[f32; BLOCK]]; POINTS] =
                std::array::from_fn(|y| &self.input.input.framed(self.input.from + y, block).as_chunks().0[column..]);
            for piece in 0..self.strip.pieces.min(PIECES) {
                let mut rows = [&[[0.0; BLOCK]; POINTS]; POINTS];
                for y in 0..POINTS {
                    let Some(row) = pixels[y][piece * OUTPUTS..].first_chunk() else { return };
                    rows[y] = row;
                }
                for vector in 0..vectors {
                    for x in 0..POINTS {
                        let mut column = [zero; POINTS];
                        for y in 0..POINTS {
                            column[y] = S::as_simd_f32s(&rows[y][x]).0[vector];
                        }
                        columns[x] = transform::input(simd, column);
                    }
                    for y in 0..POINTS {
                        let mut row = [zero; POINTS];
                        for x in 0..POINTS {
                            row[x] = columns[x][y];
                        }
                        let row = transform::input(simd, row);
                        for x in 0..POINTS {
                            S::as_mut_simd_f32s(&mut points[y * POINTS + x][piece]).0[vector] = row[x];
                        }
                    }
                }
            }
        }
    }

    /// Transforms the products of one block of features back and writes the output.
    #[inline(always)]
    fn transform_output<S: Simd>(&mut self, simd: S, block: usize) {
        let zero = simd.splat_f32s(0.0);
        let (all, Range { start, end }) = (self.input.input.width(), self.input.inside.clone());
        let bias = S::as_simd_f32s(&self.conv.bias[block * BLOCK..][..BLOCK]).0;
        let rows = &mut self.strip.rows[block * OUTPUTS..][..OUTPUTS];
        let mut columns = [[zero; OUTPUTS]; POINTS];
        let [points, ..] = points(&mut self.scratch.products) else { return };
        for piece in 0..self.strip.pieces.min(PIECES) {
            let width = (all - (self.strip.column + piece) * OUTPUTS).min(OUTPUTS);
            for (vector, bias) in bias.iter().enumerate() {
                for x in 0..POINTS {
                    let mut column = [zero; POINTS];
                    for y in 0..POINTS {
                        column[y] = S::as_simd_f32s(&points[y * POINTS + x][piece]).0[vector];
                    }
                    columns[x] = transform::output(simd, column);
                }
                for (y, row) in rows.iter_mut().enumerate().take(end).skip(start) {
                    let pixels = row.as_chunks_mut::<BLOCK>().0;
                    let Some(pixels) = pixels[piece * OUTPUTS..].first_chunk_mut::<OUTPUTS>() else { return };
                    let mut sums = [zero; POINTS];
                    for x in 0..POINTS {
                        sums[x] = columns[x][y];
                    }
                    let sums = transform::output(simd, sums);
                    for x in 0..OUTPUTS {
                        if x < width {
                            let place = &mut S::as_mut_simd_f32s(&mut pixels[x]).0[vector];
                            let sum = simd.add_f32s(sums[x], *bias);
                            *place = match self.conv.after {
                                PostOp::Bias => sum,
                                PostOp::Relu => simd.max_f32s(sum, zero),
                                PostOp::AddRelu => simd.max_f32s(simd.add_f32s(sum, *place), zero),
                            };
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use pulp::{Scalar128b, Scalar256b, Scalar512b};

    use super::*;
    use crate::pixels::Size;

    const SIZE: Size = Size::new(81, 15);

    fn value(seed: usize) -> f32 {
        (seed.wrapping_mul(2_654_435_761) >> 7 & 1023) as f32 / 1024.0 - 0.5
    }

    fn run<S: Simd>(simd: S, conv: &WinogradConv, input: &Activation) -> Activation {
        let rows_of_pieces = SIZE.height.div_ceil(OUTPUTS);
        let mut output = Activation::zeros(rows_of_pieces * OUTPUTS, SIZE.width, conv.outputs());
        output.fill(0..SIZE.height, |y, block, pixels| {
            pixels.iter_mut().enumerate().for_each(|(x, pixel)| pixel.fill(value(y + 31 * x + block)));
        });
        let mut scratch = Scratch::new(conv.inputs());
        for strip in output.strips(0, rows_of_pieces, PIECES) {
            let from = strip.row * OUTPUTS;
            let input = InputWindow { input, from, inside: 0..(SIZE.height - from).min(OUTPUTS) };
            StripConv { conv, input, strip, scratch: &mut scratch }.with_simd(simd);
        }
        output
    }

    /// With 4, 8 and 16 lanes, whatever this machine has.
    #[test]
    fn it_is_the_convolution_with_any_number_of_lanes() {
        let (inputs, outputs) = (20, 24);
        let kernel = |output: usize, input: usize| {
            [[0, 1, 2], [3, 4, 5], [6, 7, 8]].map(|row| row.map(|tap| value(output * 997 + input * 9 + tap)))
        };
        let bias: Vec<f32> = (0..outputs).map(value).collect();
        let pixel = |y: usize, x: usize, feature: usize| value(feature * 7919 + y * 131 + x);
        // A row of zeros above, and rows of zeros below up to whole pieces.
        let mut features = Activation::zeros(SIZE.height.next_multiple_of(OUTPUTS) + 2, SIZE.width, 32);
        features.fill(1..SIZE.height + 1, |y, block, pixels| {
            for (x, places) in pixels.iter_mut().enumerate() {
                places.iter_mut().enumerate().for_each(|(i, place)| *place = pixel(y - 1, x, block * BLOCK + i));
            }
        });
        for after in [PostOp::Bias, PostOp::Relu, PostOp::AddRelu] {
            let layer = Convolution::new((inputs, outputs), bias.clone(), after, kernel);
            let conv = WinogradConv::new(&layer);
            let results = [
                run(Scalar128b, &conv, &features),
                run(Scalar256b, &conv, &features),
                run(Scalar512b, &conv, &features),
            ];
            for (y, x, output) in
                (0..SIZE.height).flat_map(|y| (0..SIZE.width).flat_map(move |x| (0..outputs).map(move |o| (y, x, o))))
            {
                let mut sum = f64::from(bias[output]);
                for input in 0..inputs {
                    for (down, row) in kernel(output, input).iter().enumerate() {
                        for (right, weight) in row.iter().enumerate() {
                            let (y, x) = (y + down, x + right);
                            if (1..=SIZE.height).contains(&y) && (1..=SIZE.width).contains(&x) {
                                sum += f64::from(weight * pixel(y - 1, x - 1, input));
                            }
                        }
                    }
                }
                let expected = match after {
                    PostOp::Bias => sum,
                    PostOp::Relu => sum.max(0.0),
                    PostOp::AddRelu => (sum + f64::from(value(y + 31 * x + output / BLOCK))).max(0.0),
                };
                for result in &results {
                    let result = result.row(y, output / BLOCK)[x][output % BLOCK];
                    assert!((f64::from(result) - expected).abs() < 1e-4, "{after:?} {y} {x} {output}: {result}");
                }
            }
        }
    }
}
