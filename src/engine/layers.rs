//! A RED-Net as a list of 3×3 convolutions of stride 1, as both engines run it.
//!
//! With an outer stride of 2 the picture is split into four of half the size, one for each position in a 2×2 block, at
//! the input and at the output (space to depth). This turns the outer 4×4 kernels into 3×3 ones.

use std::time::Duration;

use super::{LayerWeights, NetworkShape, Weights};

/// What follows a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PostOp {
    /// The bias only.
    Bias,
    /// Bias and ReLU.
    Relu,
    /// Bias, addition of the previous content of the output (skip connection), and ReLU.
    AddRelu,
}

/// Input values are clamped to ± this; those of a picture are within 0–1. Bounds the rounding error of pixels that share
/// a piece of a transform with an extreme value.
pub const LARGEST: f32 = 16.0;
/// Input values with a smaller magnitude become 0, to avoid denormal numbers.
pub const SMALLEST: f32 = 1e-20;

/// Input value for the network. NaN becomes 0, so it affects only its own pixel: the residual is added to the
/// original value.
pub fn sanitised(value: f32) -> f32 {
    if value.abs() >= SMALLEST { value.clamp(-LARGEST, LARGEST) } else { 0.0 }
}

/// A timed step of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NetworkStep {
    /// Conversion of the picture to features.
    Input,
    /// A layer.
    Layer {
        /// Its number, from 0.
        index: usize,
        /// Multiplications and additions of its (matrix) products per output pixel, in flop.
        flops_per_pixel: f64,
    },
    /// Conversion of the features to the picture.
    Output,
}

/// A step, and its time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TimedStep {
    /// The step.
    pub step: NetworkStep,
    /// Its time.
    pub time: Duration,
    /// What it has to read from memory and write, each value once, in bytes. None on the CPU, whose caches hold most of it.
    pub moved_bytes: Option<usize>,
}

/// A 3×3 kernel: rows of taps.
pub type Kernel = [[f32; 3]; 3];

/// A 3×3 convolution of stride 1 with zero padding.
#[derive(Debug, Clone, PartialEq)]
pub struct Convolution {
    /// Number of input features.
    pub inputs: usize,
    /// Number of output features.
    pub outputs: usize,
    /// For each output, the kernel of each input.
    kernels: Vec<Kernel>,
    /// One value per output.
    pub bias: Vec<f32>,
    /// What follows.
    pub after: PostOp,
}

impl Convolution {
    /// `kernel(output, input)` returns the kernel between two features.
    pub fn new(
        (inputs, outputs): (usize, usize),
        bias: Vec<f32>,
        after: PostOp,
        kernel: impl Fn(usize, usize) -> Kernel,
    ) -> Self {
        let kernels = (0..outputs).flat_map(|output| (0..inputs).map(move |input| (output, input)));
        Self { inputs, outputs, kernels: kernels.map(|(output, input)| kernel(output, input)).collect(), bias, after }
    }

    /// The kernel between two features.
    pub fn kernel(&self, output: usize, input: usize) -> &Kernel {
        &self.kernels[output * self.inputs + input]
    }

    /// Multiplications and additions per output pixel, in flop.
    pub fn flops_per_pixel(&self) -> f64 {
        (2 * 9 * self.inputs * self.outputs) as f64
    }
}

/// The layers of a network, first layer first. The input has the features of the picture's planes: for each plane, one for
/// each position in a block of `stride` × `stride` px. So has the output.
pub fn convolutions(weights: &Weights) -> impl Iterator<Item = Convolution> {
    let shape = weights.shape;
    let NetworkShape { pairs, width, .. } = shape;
    let encoder = weights.encoder[1..].iter().map(move |layer| inner(width, layer, PostOp::Relu));
    let decoder = weights.decoder.iter().enumerate().map(move |(j, layer)| {
        let after = if has_skip(pairs, pairs - 2 - j) { PostOp::AddRelu } else { PostOp::Relu };
        inner(width, layer, after)
    });
    [first(&shape, &weights.encoder[0])].into_iter().chain(encoder).chain(decoder).chain([last(&shape, &weights.out)])
}

/// The layer whose output is added in layer `index` (from 0), if its [`PostOp`] is [`PostOp::AddRelu`].
pub fn mirrored(pairs: usize, index: usize) -> usize {
    2 * pairs - 2 - index
}

/// Whether the output of an encoder layer is added to that of its mirrored decoder layer.
pub fn has_skip(pairs: usize, layer: usize) -> bool {
    layer % 2 == 1 && layer + 1 < pairs
}

fn inner(width: usize, layer: &LayerWeights, after: PostOp) -> Convolution {
    Convolution::new((width, width), layer.bias.clone(), after, |output, input| {
        let base = (output * width + input) * 9;
        std::array::from_fn(|y| std::array::from_fn(|x| layer.weight[base + y * 3 + x]))
    })
}

fn first(shape: &NetworkShape, layer: &LayerWeights) -> Convolution {
    let NetworkShape { planes_in, width, stride, .. } = *shape;
    let phases = stride * stride;
    let side = shape.outer_kernel();
    Convolution::new((planes_in * phases, width), layer.bias.clone(), PostOp::Relu, |output, input| {
        let (plane, phase) = (input / phases, input % phases);
        let base = (output * planes_in + plane) * side * side;
        // Slot of the tap in the 4×4 kernel: pixel 2·(y − 1) + phase, counted from −1.
        let tap = |at: usize, phase: usize| (stride * at + phase + 1).checked_sub(stride).filter(|tap| *tap < side);
        std::array::from_fn(|y| {
            std::array::from_fn(|x| match (tap(y, phase / stride), tap(x, phase % stride)) {
                (Some(y), Some(x)) => layer.weight[base + y * side + x],
                _ => 0.0,
            })
        })
    })
}

fn last(shape: &NetworkShape, layer: &LayerWeights) -> Convolution {
    let NetworkShape { planes_out, width, stride, .. } = *shape;
    let phases = stride * stride;
    let side = shape.outer_kernel();
    let bias = layer.bias.iter().flat_map(|bias| std::iter::repeat_n(*bias, phases)).collect();
    Convolution::new((width, planes_out * phases), bias, PostOp::Bias, |output, input| {
        let (plane, phase) = (output / phases, output % phases);
        let base = if stride == 2 { input * planes_out + plane } else { plane * width + input } * side * side;
        // Stride 2, transposed: output pixel 2·p + phase uses tap `phase + 1 − 2·d` of input pixel p + d.
        let tap = |at: usize, phase: usize| {
            if stride == 1 { Some(at) } else { (phase + 3).checked_sub(2 * at).filter(|tap| *tap < side) }
        };
        std::array::from_fn(|y| {
            std::array::from_fn(|x| match (tap(y, phase / stride), tap(x, phase % stride)) {
                (Some(y), Some(x)) => layer.weight[base + y * side + x],
                _ => 0.0,
            })
        })
    })
}
