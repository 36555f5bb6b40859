//! A 3×3 convolution of stride 1 with zero padding, and what follows it, in one kernel.
//!
//! The features of a pixel are contiguous (height × width × features). A group of threads loads a few features of its
//! pixels and their surroundings, and the weights for these features, into shared memory; each thread adds their products
//! to its sums, which stay in registers; then come the next features. Sums are f32, whatever the features are stored as.
//! `README.md` has the counts.

use cubecl::{client::Client, prelude::*};

use super::{
    buffer::Buffer,
    storage::Storage,
    tiling::{FEATURES, LANES, ThreadGroup, Tiling},
};
use crate::{
    engine::layers::{Convolution, PostOp},
    pixels,
};

/// The largest value of f16: larger ones are stored as this one, so that none is infinite.
const LARGEST_F16: f32 = 65504.0;

/// What a layer's numbers are stored as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LayerStorage {
    /// Its inputs, its weights, and both in shared memory.
    pub input: Storage,
    /// Its outputs.
    pub output: Storage,
}

/// A layer on a GPU. Its numbers of features are padded: inputs as the tiling needs, outputs to a multiple of [`FEATURES`].
#[derive(Debug, Clone)]
pub struct GpuConvolution {
    weights: Buffer,
    bias: Buffer,
    inputs: usize,
    outputs: usize,
    group: ThreadGroup,
    storage: LayerStorage,
    flops_per_pixel: f64,
    /// What follows.
    pub after: PostOp,
}

impl GpuConvolution {
    /// Copies the weights of a layer to the GPU. `inputs` is the padded number of inputs.
    pub fn new(client: &Client, layer: &Convolution, inputs: usize, tiling: Tiling, storage: LayerStorage) -> Self {
        let outputs = layer.outputs.next_multiple_of(FEATURES);
        let group = tiling.group(outputs);
        let mut bias = layer.bias.clone();
        bias.resize(outputs, 0.0);
        Self {
            weights: Buffer::new(client, &arranged(layer, inputs, outputs, &group), storage.input),
            bias: Buffer::new(client, &bias, Storage::F32),
            inputs,
            outputs,
            group,
            storage,
            flops_per_pixel: layer.flops_per_pixel(),
            after: layer.after,
        }
    }

    /// Multiplications and additions per output pixel without those for padding, in flop.
    pub fn flops_per_pixel(&self) -> f64 {
        self.flops_per_pixel
    }

    /// Number of output features, padded.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// The output for `pixels` px, with undefined content.
    pub fn new_output(&self, client: &Client, pixels: usize) -> Buffer {
        Buffer::empty(client, pixels * self.outputs, self.storage.output)
    }

    /// What a run from `input` to `output` has to read and write, each value once, in bytes.
    pub fn moved_bytes(&self, input: &Buffer, output: &Buffer) -> usize {
        let times = if self.after == PostOp::AddRelu { 2 } else { 1 };
        input.bytes() + self.weights.bytes() + self.bias.bytes() + times * output.bytes()
    }

    /// Queues the kernel: from `input` to `output`, features of a picture of `size` px.
    pub fn run(&self, client: &Client, input: &Buffer, output: &Buffer, size: pixels::Size) {
        let Self { group, .. } = self;
        let cubes = CubeCount::Static(
            size.width.div_ceil(group.width()) as u32,
            size.height.div_ceil(group.rows) as u32,
            (self.outputs / LANES / group.outputs()) as u32,
        );
        convolution::launch(
            client,
            cubes,
            CubeDim::new_1d(group.threads() as u32),
            LANES,
            input.arg(),
            self.weights.arg(),
            self.bias.arg(),
            output.arg(),
            size.width,
            size.height,
            self.inputs / LANES,
            self.outputs / LANES,
            u32::from(self.after == PostOp::AddRelu),
            u32::from(self.after != PostOp::Bias),
            *group,
            self.storage.output == Storage::F16,
            [self.storage.input.element(), self.storage.output.element()],
        );
    }
}

/// Number of inputs of a layer with `inputs` features, padded.
pub fn padded_inputs(inputs: usize, tiling: Tiling) -> usize {
    inputs.next_multiple_of(LANES * tiling.group(FEATURES).depth)
}

/// The weights in the order in which the kernel reads them: for each block of outputs, for each block of inputs, for each
/// row of the kernel, for each input, for each column of the kernel: the outputs.
fn arranged(layer: &Convolution, inputs: usize, outputs: usize, group: &ThreadGroup) -> Vec<f32> {
    let (block_in, block_out) = (LANES * group.depth, LANES * group.outputs());
    let mut weights = Vec::with_capacity(9 * inputs * outputs);
    for first_output in (0..outputs).step_by(block_out) {
        for first_input in (0..inputs).step_by(block_in) {
            for row in 0..3 {
                for input in first_input..first_input + block_in {
                    for column in 0..3 {
                        weights.extend((first_output..first_output + block_out).map(|output| {
                            let is_padding = input >= layer.inputs || output >= layer.outputs;
                            if is_padding { 0.0 } else { layer.kernel(output, input)[row][column] }
                        }));
                    }
                }
            }
        }
    }
    weights
}

/// `inputs` and `outputs` are counted in vectors.
#[cube(launch)]
fn convolution<I: Float, O: Float, N: Size>(
    input: &[Vector<I, N>],
    weights: &[Vector<I, N>],
    bias: &[Vector<f32, N>],
    output: &mut [Vector<O, N>],
    width: usize,
    height: usize,
    inputs: usize,
    outputs: usize,
    adds: u32,
    is_relu: u32,
    #[comptime] group: ThreadGroup,
    #[comptime] is_limited: bool,
    #[define(I, O)] _stored: [ElemType; 2],
) {
    let threads = comptime!(group.threads());
    let (pixels, vectors, depth) = comptime!((group.pixels, group.vectors, group.depth));
    let (halo_width, halo_len) = comptime!((group.width() + 2, group.halo()));
    let (block_outputs, taps_len) = comptime!((group.outputs(), group.taps()));
    let shared_len = comptime!(if group.shared_weights { taps_len } else { 1 });

    let mut halo = Shared::<[Vector<I, N>]>::new_slice(halo_len);
    let mut taps = Shared::<[Vector<I, N>]>::new_slice(shared_len);

    let unit = UNIT_POS as usize;
    let part = unit % group.across;
    let place = unit / group.across;
    let left = place % group.columns * pixels;
    let row = place / group.columns;
    let first_x = CUBE_POS_X as usize * group.columns * pixels;
    let first_y = CUBE_POS_Y as usize * group.rows;
    let first_output = CUBE_POS_Z as usize * block_outputs + part;
    let blocks = inputs / depth;

    // The vectors of a thread are `across` apart: neighbours read neighbouring weights.
    let mut sums = Array::<Vector<f32, N>>::new(comptime!(pixels * vectors));
    #[unroll]
    for vector in 0..vectors {
        let start = bias[first_output + vector * group.across];
        #[unroll]
        for pixel in 0..pixels {
            sums[pixel * vectors + vector] = start;
        }
    }

    for block in 0..blocks {
        #[unroll]
        for round in 0..comptime!(halo_len.div_ceil(threads)) {
            let at = unit + round * threads;
            if at < halo_len {
                // Counted from 1.
                let x = first_x + at / depth % halo_width;
                let y = first_y + at / depth / halo_width;
                let mut value = Vector::<I, N>::new(I::from_int(0));
                if x >= 1 && x <= width && y >= 1 && y <= height {
                    value = input[((y - 1) * width + x - 1) * inputs + block * depth + at % depth];
                }
                halo[at] = value;
            }
        }
        let first_tap = (CUBE_POS_Z as usize * blocks + block) * taps_len;
        if comptime!(group.shared_weights) {
            #[unroll]
            for round in 0..comptime!(taps_len.div_ceil(threads)) {
                let at = unit + round * threads;
                if at < taps_len {
                    taps[at] = weights[first_tap + at];
                }
            }
        }
        sync_cube();

        for step in 0..comptime!(3 * depth) {
            let line = (row + step / depth) * halo_width + left;
            let mut values = Array::<Vector<f32, N>>::new(comptime!(pixels + 2));
            #[unroll]
            for pixel in 0..comptime!(pixels + 2) {
                values[pixel] = Vector::<f32, N>::cast_from(halo[(line + pixel) * depth + step % depth]);
            }
            #[unroll]
            for lane in 0..LANES {
                #[unroll]
                for column in 0..3 {
                    #[unroll]
                    for vector in 0..vectors {
                        let tap = ((step * LANES + lane) * 3 + column) * block_outputs + vector * group.across + part;
                        let stored = if comptime!(group.shared_weights) { taps[tap] } else { weights[first_tap + tap] };
                        let weight = Vector::<f32, N>::cast_from(stored);
                        #[unroll]
                        for pixel in 0..pixels {
                            let value = Vector::<f32, N>::new(values[pixel + column].extract(lane));
                            let at = comptime!(pixel * vectors + vector);
                            sums[at] = fma(value, weight, sums[at]);
                        }
                    }
                }
            }
        }
        sync_cube();
    }

    let y = first_y + row;
    if y < height {
        #[unroll]
        for pixel in 0..pixels {
            let x = first_x + left + pixel;
            if x < width {
                #[unroll]
                for vector in 0..vectors {
                    let at = (y * width + x) * outputs + first_output + vector * group.across;
                    let mut sum = sums[pixel * vectors + vector];
                    if adds != 0 {
                        sum += Vector::<f32, N>::cast_from(output[at]);
                    }
                    if is_relu != 0 {
                        sum = max(sum, Vector::new(0.0f32));
                    }
                    if comptime!(is_limited) {
                        sum = min(sum, Vector::new(LARGEST_F16));
                    }
                    output[at] = Vector::<O, N>::cast_from(sum);
                }
            }
        }
    }
}
