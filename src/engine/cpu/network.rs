//! A RED-Net as a list of 3×3 convolutions of stride 1 ([`crate::engine::layers`]), run a few rows at a time
//! ([`super::row_pipeline`]).

use std::{
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use rayon::{
    ThreadPool,
    iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator},
    slice::ParallelSliceMut,
};

use super::{
    activation::{Activation, BLOCK},
    conv::{InputWindow, PIECES, Scratch, WinogradConv},
    peak,
    row_pipeline::{LayerPlan, RowPipeline},
    simd::Instructions,
    transform::OUTPUTS,
};
use crate::{
    engine::{
        NetworkShape, RowIo, Weights,
        layers::{self, NetworkStep},
    },
    pixels::{Planes, Size},
};

/// Minimum number of jobs per thread and layer, to balance the load.
const JOBS: usize = 16;

/// A RED-Net with transformed weights.
#[derive(Debug)]
pub struct Network {
    shape: NetworkShape,
    layers: Arc<[WinogradConv]>,
    instructions: Instructions,
    threads: ThreadPool,
    scratch: Vec<Mutex<Scratch>>,
    layer_plan: LayerPlan,
    /// Feature maps of the last run, reused for the same size.
    pipeline: Option<RowPipeline>,
}

/// Transformed weights of a network.
#[derive(Clone)]
pub struct CpuWeights {
    shape: NetworkShape,
    layers: Arc<[WinogradConv]>,
}

impl CpuWeights {
    /// Transforms weights, which takes as long as a small tile.
    pub fn new(weights: &Weights) -> Self {
        Self {
            shape: weights.shape,
            layers: layers::convolutions(weights).map(|layer| WinogradConv::new(&layer)).collect(),
        }
    }

    /// Shape of the network.
    pub fn shape(&self) -> NetworkShape {
        self.shape
    }
}

impl Network {
    /// A network with these weights.
    pub fn new(CpuWeights { shape, layers }: CpuWeights, instructions: Instructions, threads: ThreadPool) -> Self {
        let pairs = shape.pairs;
        let features = layers.iter().map(WinogradConv::inputs).max().unwrap_or(0);
        let scratch = (0..threads.current_num_threads()).map(|_| Mutex::new(Scratch::new(features))).collect();
        let layer_plan = LayerPlan {
            features: std::iter::once(layers[0].inputs()).chain(layers.iter().map(WinogradConv::outputs)).collect(),
            // Index 0 is the picture: layer `l` has index `l + 1`.
            added_to: std::iter::once(None)
                .chain(layers.iter().enumerate().map(|(l, layer)| layer.adds().then(|| layers::mirrored(pairs, l) + 1)))
                .collect(),
        };
        Self { shape, layers, instructions, threads, scratch, layer_plan, pipeline: None }
    }

    /// See [`super::Restorer::restore_unless`]; also returns the time of each step. The output replaces the picture in
    /// place, behind the rows that are still to be read.
    pub fn run(
        &mut self,
        mut picture: Planes,
        stop: &dyn Fn() -> bool,
    ) -> Option<(Planes, Vec<(NetworkStep, Duration)>)> {
        let NetworkShape { planes_out, .. } = self.shape;
        let mut pipeline = self.begin(picture.size());
        let height = picture.height();
        let mut times = vec![Duration::ZERO; self.layers.len() + 2];
        for step in 0..pipeline.steps() {
            if stop() {
                return None;
            }
            self.threads.install(|| self.run_step(step, &mut pipeline, &mut picture, height, &mut times));
        }
        self.pipeline = Some(pipeline);
        let layers = self.layers.iter().enumerate();
        let layers =
            layers.map(|(index, layer)| NetworkStep::Layer { index, flops_per_pixel: layer.flops_per_pixel() });
        let steps = std::iter::once(NetworkStep::Input).chain(layers).chain([NetworkStep::Output]);
        Some((picture.into_first(planes_out), steps.zip(times).collect()))
    }

    /// See [`super::StreamingRestorer::restore_stream`].
    pub fn restore_stream(&mut self, size: Size, rows: &mut dyn RowIo) -> bool {
        let NetworkShape { stride, planes_in, planes_out, .. } = self.shape;
        let mut pipeline = self.begin(size);
        // Ring buffer: row `y` is at `y % height`, until its output is written.
        let mut buffer = Planes::filled(planes_in, Size::new(size.width, stride * pipeline.rows_in_flight()), 0.0);
        let mut times = vec![Duration::ZERO; self.layers.len() + 2];
        let in_px = |rows: Range<usize>| rows.start * stride..rows.end * stride;
        let mut next = in_px(pipeline.rows_to_read(0));
        let mut part = rows.read(next.clone());
        let mut finished: Option<(Range<usize>, Planes)> = None;
        for step in 0..pipeline.steps() {
            next.clone().for_each(|y| buffer.copy_row(y % buffer.height(), &part, y - next.start));
            next = in_px(pipeline.rows_to_read(step + 1));
            // Meanwhile one of the threads writes the last rows and reads the next.
            let meanwhile = || {
                let continues = finished.take().is_none_or(|(done, output)| rows.write(done, output));
                if continues && !next.is_empty() {
                    part = rows.read(next.clone());
                }
                continues
            };
            let run_step = || self.run_step(step, &mut pipeline, &mut buffer, size.height, &mut times);
            let (_, continues) = self.threads.join(run_step, meanwhile);
            if !continues {
                return false;
            }
            let done = in_px(pipeline.output(step).2);
            if !done.is_empty() {
                let mut output = Planes::filled(planes_out, Size::new(size.width, done.len()), 0.0);
                done.clone().for_each(|y| output.copy_row(y - done.start, &buffer, y % buffer.height()));
                finished = Some((done, output));
            }
        }
        self.pipeline = Some(pipeline);
        finished.is_none_or(|(done, output)| rows.write(done, output))
    }

    /// Feature maps for a picture of that size, cleared.
    fn begin(&mut self, picture: Size) -> RowPipeline {
        let NetworkShape { stride, .. } = self.shape;
        let size = Size::new(picture.width / stride, picture.height / stride);
        let rows_of_pieces = self.rows_of_pieces(size);
        let pipeline = self.pipeline.take().filter(|pipeline| pipeline.is_for(size, rows_of_pieces));
        let mut pipeline = pipeline.unwrap_or_else(|| RowPipeline::new(&self.layer_plan, size, rows_of_pieces));
        pipeline.begin();
        pipeline
    }

    /// Computes the rows of one step in all layers. `picture` is a ring buffer of the rows of a picture of `height` px:
    /// row `y` is at `y % picture.height()`.
    fn run_step(
        &self,
        step: usize,
        pipeline: &mut RowPipeline,
        picture: &mut Planes,
        height: usize,
        times: &mut [Duration],
    ) {
        let NetworkShape { stride, planes_out, .. } = self.shape;
        let mut start = Instant::now();
        let mut times = times.iter_mut();
        let mut done = || {
            let now = Instant::now();
            times.next().into_iter().for_each(|time| *time += now - start);
            start = now;
        };
        let (features, rows) = pipeline.picture(step);
        load_features(picture, height, stride, features, rows);
        done();
        let rows_of_pieces = pipeline.rows_of_pieces();
        for (index, layer) in self.layers.iter().enumerate() {
            let (input, first, output, place) = pipeline.layer(step, index);
            output.strips(place, rows_of_pieces, PIECES).into_par_iter().with_max_len(1).for_each(|strip| {
                let row = strip.row * OUTPUTS;
                let inside = RowPipeline::inside(height / stride, step * rows_of_pieces * OUTPUTS + row, index);
                let scratch = &self.scratch[rayon::current_thread_index().unwrap_or(0)];
                let mut scratch = scratch.lock().unwrap_or_else(PoisonError::into_inner);
                layer.run(self.instructions, InputWindow { input, from: first + row, inside }, strip, &mut scratch);
            });
            done();
        }
        let (features, first, rows) = pipeline.output(step);
        add_residual(features, first, rows, picture, planes_out, stride);
        done();
    }

    /// Memory for the feature maps of a picture of that size, in bytes.
    pub fn memory(&self, picture: Size) -> usize {
        let NetworkShape { stride, .. } = self.shape;
        let size = Size::new(picture.width.div_ceil(stride), picture.height.div_ceil(stride));
        RowPipeline::bytes(&self.layer_plan, size.width, self.rows_of_pieces(size))
    }

    /// Rows of pieces per step: as few as keep all threads busy.
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

/// Converts rows of the picture to features: for each plane, one feature for each position in a block of `stride` ×
/// `stride` px. Row `row` of the features is row `row - 1` of the blocks; rows below the picture are zeros.
fn load_features(picture: &Planes, height: usize, stride: usize, features: &mut Activation, rows: Range<usize>) {
    features.fill(rows, |row, block, pixels| {
        // Also for unused features: an old NaN would survive a weight of 0.
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
                        *target = layers::sanitised(*value);
                    }
                }
            }
        }
    });
}

/// Adds the residual, in features from row `first` on (in the layout of [`load_features`]), to `rows` of the picture,
/// counted in blocks.
fn add_residual(
    features: &Activation,
    first: usize,
    rows: Range<usize>,
    picture: &mut Planes,
    planes_out: usize,
    stride: usize,
) {
    let (width, stored) = (picture.width(), picture.height());
    let lines = picture.data_mut()[..planes_out * width * stored].par_chunks_exact_mut(width).enumerate();
    lines.for_each(|(index, target)| {
        let (plane, slot) = (index / stored, index % stored);
        // The row stored in that slot, from the first on.
        let top = rows.start * stride;
        let y = top + (slot + stored - top % stored) % stored;
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
