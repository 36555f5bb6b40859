//! A RED-Net as a list of 3×3 convolutions of stride 1, run layer by layer.
//!
//! With an outer stride of 2 the picture is taken in as four pictures of half the size, one for
//! each place in a 2×2 block, and comes out so: then the outer 4×4 kernels too are 3×3 ones.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use rayon::{
    ThreadPool,
    iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator},
    slice::ParallelSliceMut,
};

use super::{
    activation::{Activation, BLOCK},
    conv::{After, Conv, PIECES, Scratch},
    peak,
    simd::Instructions,
};
use crate::{
    engine::{Layer, Shape, Weights},
    pixels::{Planes, Size},
};

/// Values further from 0 than this go in as this: those of a picture are within 0–1. It bounds what
/// rounding can do to a pixel that does not see them, yet shares a piece of a transform with them.
const LARGEST: f32 = 16.0;
/// Values nearer to 0 than this go in as 0, so that no layer computes with denormal numbers.
const SMALLEST: f32 = 1e-20;

/// A step of the network's work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// The picture becomes features.
    TakeIn,
    /// A layer, counted from the first.
    Layer {
        /// Its number, from 0.
        index: usize,
        /// Multiplications and additions of its matrix products a pixel of its output, in flop.
        flops_per_pixel: f64,
    },
    /// The features become a picture.
    GiveOut,
}

/// The network, ready to run.
#[derive(Debug)]
pub struct Network {
    shape: Shape,
    layers: Vec<Conv>,
    instructions: Instructions,
    threads: ThreadPool,
    scratch: Vec<Mutex<Scratch>>,
    /// Feature maps of the last size, for the next tile.
    idle: Vec<Activation>,
}

impl Network {
    /// Transforms the weights.
    pub fn new(weights: &Weights, instructions: Instructions, threads: ThreadPool) -> Self {
        let shape = weights.shape;
        let Shape { pairs, width, .. } = shape;
        let mut layers = vec![first(&shape, &weights.encoder[0])];
        layers.extend(weights.encoder[1..].iter().map(|layer| inner(width, layer, After::Relu)));
        layers.extend(weights.decoder.iter().enumerate().map(|(j, layer)| {
            let after = if keeps(pairs, pairs - 2 - j) { After::AddRelu } else { After::Relu };
            inner(width, layer, after)
        }));
        layers.push(last(&shape, &weights.out));
        let features = layers.iter().map(Conv::inputs).max().unwrap_or(0);
        let scratch = (0..threads.current_num_threads()).map(|_| Mutex::new(Scratch::new(features))).collect();
        Self { shape, layers, instructions, threads, scratch, idle: Vec::new() }
    }

    /// See [`super::Restorer::restore`]; `watch` hears how long each step took.
    pub fn run(&mut self, picture: &Planes, mut watch: impl FnMut(Step, Duration)) -> Planes {
        let Shape { pairs, stride, .. } = self.shape;
        let start = Instant::now();
        let size = Size::new(picture.width() / stride, picture.height() / stride);
        let mut now = self.take(size, self.layers[0].inputs());
        self.threads.install(|| take_in(picture, stride, &mut now));
        watch(Step::TakeIn, start.elapsed());
        let mut kept = Vec::new();
        for index in 0..self.layers.len() {
            let start = Instant::now();
            let mut next = if self.layers[index].adds() {
                // The answer is added to the mirrored layer's, in its place.
                kept.pop().unwrap_or_else(|| unreachable!("each layer that adds has a mirrored one"))
            } else {
                self.take(size, self.layers[index].outputs())
            };
            self.run_layer(index, &now, &mut next);
            let before = std::mem::replace(&mut now, next);
            if (1..=pairs).contains(&index) && keeps(pairs, index - 1) {
                kept.push(before);
            } else {
                self.idle.push(before);
            }
            watch(Step::Layer { index, flops_per_pixel: self.layers[index].flops_per_pixel() }, start.elapsed());
        }
        let start = Instant::now();
        let answer = self.threads.install(|| give_out(&now, picture, stride, self.shape.planes_out));
        self.idle.push(now);
        watch(Step::GiveOut, start.elapsed());
        answer
    }

    /// See [`super::CpuRestorer::measure_peak`].
    pub fn measure_peak(&self) -> f64 {
        peak::measure(self.instructions, &self.threads)
    }

    fn run_layer(&self, index: usize, input: &Activation, output: &mut Activation) {
        let layer = &self.layers[index];
        let strips = output.strips(PIECES);
        self.threads.install(|| {
            strips.into_par_iter().with_max_len(1).for_each(|strip| {
                let scratch = &self.scratch[rayon::current_thread_index().unwrap_or(0)];
                let mut scratch = scratch.lock().unwrap_or_else(PoisonError::into_inner);
                layer.run(self.instructions, input, strip, &mut scratch);
            });
        });
    }

    /// Feature maps to write into, in a frame of zeros.
    fn take(&mut self, size: Size, features: usize) -> Activation {
        if self.idle.iter().any(|idle| idle.size() != size) {
            self.idle.clear();
        }
        match self.idle.iter().position(|idle| idle.features() == features) {
            Some(place) => self.idle.swap_remove(place),
            None => Activation::zeros(size, features),
        }
    }
}

/// Whether the answer of an encoder's layer is added to its mirrored decoder layer's.
fn keeps(pairs: usize, layer: usize) -> bool {
    layer % 2 == 1 && layer + 1 < pairs
}

fn inner(width: usize, layer: &Layer, after: After) -> Conv {
    Conv::new((width, width), &layer.bias, after, |output, input| {
        let base = (output * width + input) * 9;
        std::array::from_fn(|y| std::array::from_fn(|x| layer.weight[base + y * 3 + x]))
    })
}

fn first(shape: &Shape, layer: &Layer) -> Conv {
    let Shape { planes_in, width, stride, .. } = *shape;
    let phases = stride * stride;
    let side = shape.outer_kernel();
    Conv::new((planes_in * phases, width), &layer.bias, After::Relu, |output, input| {
        let (plane, phase) = (input / phases, input % phases);
        let base = (output * planes_in + plane) * side * side;
        // Place of the tap in the 4×4 kernel: pixel 2·(y − 1) + phase, counted from −1.
        let tap = |at: usize, phase: usize| (stride * at + phase + 1).checked_sub(stride).filter(|tap| *tap < side);
        std::array::from_fn(|y| {
            std::array::from_fn(|x| match (tap(y, phase / stride), tap(x, phase % stride)) {
                (Some(y), Some(x)) => layer.weight[base + y * side + x],
                _ => 0.0,
            })
        })
    })
}

fn last(shape: &Shape, layer: &Layer) -> Conv {
    let Shape { planes_out, width, stride, .. } = *shape;
    let phases = stride * stride;
    let side = shape.outer_kernel();
    let bias: Vec<f32> = layer.bias.iter().flat_map(|bias| std::iter::repeat_n(*bias, phases)).collect();
    Conv::new((width, planes_out * phases), &bias, After::Nothing, |output, input| {
        let (plane, phase) = (output / phases, output % phases);
        let base = if stride == 2 { input * planes_out + plane } else { plane * width + input } * side * side;
        // Stride 2, transposed: answer 2·p + phase takes tap `phase + 1 − 2·d` of pixel p + d.
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

/// What the network is to see of a value. What is no number goes in as 0, and so stays at its own
/// pixel: the answer is the picture plus what the network says.
fn seen(value: f32) -> f32 {
    if value.abs() >= SMALLEST { value.clamp(-LARGEST, LARGEST) } else { 0.0 }
}

/// The picture as features: plane by plane, and in a plane the places of a block of pixels.
fn take_in(picture: &Planes, stride: usize, features: &mut Activation) {
    features.fill(|y, block, pixels| {
        // Whatever the buffer held: even times a weight of 0, what is no number would stay so.
        pixels.fill([0.0; BLOCK]);
        for plane in 0..picture.channels() {
            for down in 0..stride {
                let feature = (plane * stride + down) * stride;
                if feature / BLOCK != block {
                    continue;
                }
                let source = picture.row(plane, y * stride + down);
                for (pixel, places) in pixels.iter_mut().zip(source.chunks_exact(stride)) {
                    for (target, value) in pixel[feature % BLOCK..].iter_mut().zip(places) {
                        *target = seen(*value);
                    }
                }
            }
        }
    });
}

/// The picture plus the network's features, placed as [`take_in`] does.
fn give_out(features: &Activation, picture: &Planes, stride: usize, planes: usize) -> Planes {
    let (size, height) = (picture.size(), features.size().height);
    let mut answer = picture.data()[..planes * size.area()].to_vec();
    answer.par_chunks_exact_mut(stride * size.width).enumerate().for_each(|(index, rows)| {
        let (plane, y) = (index / height, index % height);
        for (down, target) in rows.chunks_exact_mut(size.width).enumerate() {
            let feature = (plane * stride + down) * stride;
            let source = features.row(y, feature / BLOCK);
            for (pixel, places) in source.iter().zip(target.chunks_exact_mut(stride)) {
                for (value, target) in pixel[feature % BLOCK..].iter().zip(places) {
                    *target += value;
                }
            }
        }
    });
    Planes::new(planes, size, answer)
}
