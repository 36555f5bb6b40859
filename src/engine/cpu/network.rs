//! A RED-Net as a list of 3×3 convolutions of stride 1, run a few rows at a time ([`super::row_pipeline`]).
//!
//! With an outer stride of 2 the picture is taken in as four pictures of half the size, one for
//! each place in a 2×2 block, and comes out so: then the outer 4×4 kernels too are 3×3 ones.

use std::{
    ops::Range,
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
    conv::{InputWindow, PIECES, PostOp, Scratch, WinogradConv},
    peak,
    row_pipeline::{LayerPlan, RowPipeline},
    simd::Instructions,
    transform::OUTPUTS,
};
use crate::{
    engine::{LayerWeights, NetworkShape, RowIo, Weights},
    pixels::{Planes, Size},
};

/// Values further from 0 than this go in as this: those of a picture are within 0–1. It bounds what
/// rounding can do to a pixel that does not see them, yet shares a piece of a transform with them.
const LARGEST: f32 = 16.0;
/// Values nearer to 0 than this go in as 0, so that no layer computes with denormal numbers.
const SMALLEST: f32 = 1e-20;
/// Jobs a thread that a layer is cut into at least, so that no thread waits long for the last one.
const JOBS: usize = 16;

/// A step of the network's work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NetworkStep {
    /// The picture becomes features.
    Input,
    /// A layer, counted from the first.
    Layer {
        /// Its number, from 0.
        index: usize,
        /// Multiplications and additions of its matrix products a pixel of its output, in flop.
        flops_per_pixel: f64,
    },
    /// The features become a picture.
    Output,
}

/// The network, ready to run.
#[derive(Debug)]
pub struct Network {
    shape: NetworkShape,
    layers: Vec<WinogradConv>,
    instructions: Instructions,
    threads: ThreadPool,
    scratch: Vec<Mutex<Scratch>>,
    plan: LayerPlan,
    /// Feature maps of the last size, for the next tile.
    line: Option<RowPipeline>,
}

impl Network {
    /// Transforms the weights.
    pub fn new(weights: &Weights, instructions: Instructions, threads: ThreadPool) -> Self {
        let shape = weights.shape;
        let NetworkShape { pairs, width, .. } = shape;
        let mut layers = vec![first(&shape, &weights.encoder[0])];
        layers.extend(weights.encoder[1..].iter().map(|layer| inner(width, layer, PostOp::Relu)));
        layers.extend(weights.decoder.iter().enumerate().map(|(j, layer)| {
            let after = if keeps(pairs, pairs - 2 - j) { PostOp::AddRelu } else { PostOp::Relu };
            inner(width, layer, after)
        }));
        layers.push(last(&shape, &weights.out));
        let features = layers.iter().map(WinogradConv::inputs).max().unwrap_or(0);
        let scratch = (0..threads.current_num_threads()).map(|_| Mutex::new(Scratch::new(features))).collect();
        let plan = LayerPlan {
            features: std::iter::once(layers[0].inputs()).chain(layers.iter().map(WinogradConv::outputs)).collect(),
            // The picture is counted too: so layer `l` is `l + 1`, and `2 · pairs − 2 − l` mirrors it.
            added_to: std::iter::once(None)
                .chain(layers.iter().enumerate().map(|(l, layer)| layer.adds().then(|| 2 * pairs - 1 - l)))
                .collect(),
        };
        Self { shape, layers, instructions, threads, scratch, plan, line: None }
    }

    /// See [`super::Restorer::restore_unless`]; also tells how long each step took. The answer comes about in the
    /// picture itself, behind the rows that are still to be taken in.
    pub fn run(
        &mut self,
        mut picture: Planes,
        stop: &dyn Fn() -> bool,
    ) -> Option<(Planes, Vec<(NetworkStep, Duration)>)> {
        let NetworkShape { planes_out, .. } = self.shape;
        let mut line = self.begin(picture.size());
        let height = picture.height();
        let mut times = vec![Duration::ZERO; self.layers.len() + 2];
        for step in 0..line.steps() {
            if stop() {
                return None;
            }
            self.threads.install(|| self.run_step(step, &mut line, (&mut picture, height), &mut times));
        }
        self.line = Some(line);
        let layers = self.layers.iter().enumerate();
        let layers =
            layers.map(|(index, layer)| NetworkStep::Layer { index, flops_per_pixel: layer.flops_per_pixel() });
        let steps = std::iter::once(NetworkStep::Input).chain(layers).chain([NetworkStep::Output]);
        Some((picture.into_first(planes_out), steps.zip(times).collect()))
    }

    /// See [`super::StreamingRestorer::restore_stream`].
    pub fn restore_stream(&mut self, size: Size, rows: &mut dyn RowIo) -> bool {
        let NetworkShape { stride, planes_in, planes_out, .. } = self.shape;
        let mut line = self.begin(size);
        // Row `y` lies at `y % height` of these, until its answer is given out.
        let mut held = Planes::filled(planes_in, Size::new(size.width, stride * line.rows_under_way()), 0.0);
        let mut times = vec![Duration::ZERO; self.layers.len() + 2];
        let in_px = |rows: Range<usize>| rows.start * stride..rows.end * stride;
        let mut next = in_px(line.wanted(0));
        let mut part = rows.read(next.clone());
        let mut answered: Option<(Range<usize>, Planes)> = None;
        for step in 0..line.steps() {
            next.clone().for_each(|y| held.copy_row(y % held.height(), &part, y - next.start));
            next = in_px(line.wanted(step + 1));
            // Meanwhile one of the threads gives out the last rows and takes the next.
            let meanwhile = || {
                let goes_on = answered.take().is_none_or(|(done, answer)| rows.write(done, answer));
                if goes_on && !next.is_empty() {
                    part = rows.read(next.clone());
                }
                goes_on
            };
            let run_step = || self.run_step(step, &mut line, (&mut held, size.height), &mut times);
            let (_, goes_on) = self.threads.join(run_step, meanwhile);
            if !goes_on {
                return false;
            }
            let done = in_px(line.answer(step).2);
            if !done.is_empty() {
                let mut answer = Planes::filled(planes_out, Size::new(size.width, done.len()), 0.0);
                done.clone().for_each(|y| answer.copy_row(y - done.start, &held, y % held.height()));
                answered = Some((done, answer));
            }
        }
        self.line = Some(line);
        answered.is_none_or(|(done, answer)| rows.write(done, answer))
    }

    /// The feature maps for a picture of that size.
    fn begin(&mut self, picture: Size) -> RowPipeline {
        let NetworkShape { stride, .. } = self.shape;
        let size = Size::new(picture.width / stride, picture.height / stride);
        let rows_of_pieces = self.rows_of_pieces(size);
        let line = self.line.take().filter(|line| line.is_for(size, rows_of_pieces));
        let mut line = line.unwrap_or_else(|| RowPipeline::new(&self.plan, size, rows_of_pieces));
        line.begin();
        line
    }

    /// Takes some rows through all layers: of a picture of `height` px, of which as many rows are held as `picture` is
    /// high, row `y` at `y % picture.height()`.
    fn run_step(
        &self,
        step: usize,
        line: &mut RowPipeline,
        (picture, height): (&mut Planes, usize),
        times: &mut [Duration],
    ) {
        let NetworkShape { stride, planes_out, .. } = self.shape;
        let mut begun = Instant::now();
        let mut times = times.iter_mut();
        let mut done = || {
            let now = Instant::now();
            times.next().into_iter().for_each(|time| *time += now - begun);
            begun = now;
        };
        let (features, rows) = line.picture(step);
        load_features(picture, height, stride, features, rows);
        done();
        let rows_of_pieces = line.rows_of_pieces();
        for (index, layer) in self.layers.iter().enumerate() {
            let (input, first, output, place) = line.layer(step, index);
            output.strips(place, rows_of_pieces, PIECES).into_par_iter().with_max_len(1).for_each(|strip| {
                let row = strip.row * OUTPUTS;
                let inside = RowPipeline::inside(height / stride, step * rows_of_pieces * OUTPUTS + row, index);
                let scratch = &self.scratch[rayon::current_thread_index().unwrap_or(0)];
                let mut scratch = scratch.lock().unwrap_or_else(PoisonError::into_inner);
                layer.run(self.instructions, InputWindow { input, from: first + row, inside }, strip, &mut scratch);
            });
            done();
        }
        let (features, first, rows) = line.answer(step);
        add_residual(features, first, rows, picture, (planes_out, stride));
        done();
    }

    /// Bytes of the feature maps for a picture of that size.
    pub fn memory(&self, picture: Size) -> usize {
        let NetworkShape { stride, .. } = self.shape;
        let size = Size::new(picture.width.div_ceil(stride), picture.height.div_ceil(stride));
        RowPipeline::bytes(&self.plan, size.width, self.rows_of_pieces(size))
    }

    /// Rows of pieces in a step: no more than give all threads something to do.
    fn rows_of_pieces(&self, size: Size) -> usize {
        let jobs_in_a_row = size.width.div_ceil(OUTPUTS).div_ceil(PIECES).max(1);
        let jobs = JOBS * self.threads.current_num_threads();
        jobs.div_ceil(jobs_in_a_row).min(size.height.div_ceil(OUTPUTS)).max(1)
    }

    /// See [`super::CpuRestorer::measure_peak`].
    pub fn measure_peak(&self) -> f64 {
        peak::measure(self.instructions, &self.threads)
    }
}

/// Whether the answer of an encoder's layer is added to its mirrored decoder layer's.
fn keeps(pairs: usize, layer: usize) -> bool {
    layer % 2 == 1 && layer + 1 < pairs
}

fn inner(width: usize, layer: &LayerWeights, after: PostOp) -> WinogradConv {
    WinogradConv::new((width, width), &layer.bias, after, |output, input| {
        let base = (output * width + input) * 9;
        std::array::from_fn(|y| std::array::from_fn(|x| layer.weight[base + y * 3 + x]))
    })
}

fn first(shape: &NetworkShape, layer: &LayerWeights) -> WinogradConv {
    let NetworkShape { planes_in, width, stride, .. } = *shape;
    let phases = stride * stride;
    let side = shape.outer_kernel();
    WinogradConv::new((planes_in * phases, width), &layer.bias, PostOp::Relu, |output, input| {
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

fn last(shape: &NetworkShape, layer: &LayerWeights) -> WinogradConv {
    let NetworkShape { planes_out, width, stride, .. } = *shape;
    let phases = stride * stride;
    let side = shape.outer_kernel();
    let bias: Vec<f32> = layer.bias.iter().flat_map(|bias| std::iter::repeat_n(*bias, phases)).collect();
    WinogradConv::new((width, planes_out * phases), &bias, PostOp::Nothing, |output, input| {
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

/// The picture as features: plane by plane, and in a plane the places of a block of pixels. Row `row` of the
/// features is row `row - 1` of the picture's; those below it are zeros.
fn load_features(picture: &Planes, height: usize, stride: usize, features: &mut Activation, rows: Range<usize>) {
    features.fill(rows, |row, block, pixels| {
        // Whatever the buffer held: even times a weight of 0, what is no number would stay so.
        pixels.fill([0.0; BLOCK]);
        let top = (row - 1) * stride;
        if top >= height {
            return;
        }
        for plane in 0..picture.channels() {
            for down in 0..stride {
                let feature = (plane * stride + down) * stride;
                if feature / BLOCK != block {
                    continue;
                }
                let source = picture.row(plane, (top + down) % picture.height());
                for (pixel, places) in pixels.iter_mut().zip(source.chunks_exact(stride)) {
                    for (target, value) in pixel[feature % BLOCK..].iter_mut().zip(places) {
                        *target = seen(*value);
                    }
                }
            }
        }
    });
}

/// Adds the network's features from row `first` on, placed as [`load_features`] does, to the picture's rows `rows` of features.
fn add_residual(
    features: &Activation,
    first: usize,
    rows: Range<usize>,
    picture: &mut Planes,
    (planes_out, stride): (usize, usize),
) {
    let (width, held) = (picture.width(), picture.height());
    let lines = picture.data_mut()[..planes_out * width * held].par_chunks_exact_mut(width).enumerate();
    lines.for_each(|(line, target)| {
        let (plane, slot) = (line / held, line % held);
        // The one row from the first on that lies there.
        let top = rows.start * stride;
        let y = top + (slot + held - top % held) % held;
        if y >= rows.end * stride {
            return;
        }
        let feature = (plane * stride + y % stride) * stride;
        let source = features.row(first + y / stride - rows.start, feature / BLOCK);
        for (pixel, places) in source.iter().zip(target.chunks_exact_mut(stride)) {
            for (value, target) in pixel[feature % BLOCK..].iter().zip(places) {
                *target += value;
            }
        }
    });
}
