//! Conversion between the planes of a picture and features, on a GPU.
//!
//! For each plane there is one feature for each position in a block of `stride` × `stride` px.

use cubecl::{calculate_cube_count_elemwise, client::Client, prelude::*};

use super::{buffer::Buffer, storage::Storage, tiling::LANES};
use crate::{
    engine::layers::{LARGEST, SMALLEST},
    pixels,
};

/// Threads of a group.
const THREADS: u32 = 256;

/// Queues the conversion of planes, a picture of `size` px, to `features` per block.
pub fn to_features(client: &Client, picture: &Buffer, size: pixels::Size, stride: usize, features: usize) -> Buffer {
    let vectors = size.area() / (stride * stride) * features / LANES;
    let output = Buffer::empty(client, vectors * LANES, Storage::F32);
    let dim = CubeDim::new_1d(THREADS);
    split::launch(
        client,
        calculate_cube_count_elemwise(client, vectors, dim),
        dim,
        LANES,
        picture.arg(),
        output.arg(),
        size.width,
        size.height,
        features / LANES,
        stride,
    );
    output
}

/// Queues the addition of `features` per block to the first `planes` of a picture of `size` px. Returns the sum.
pub fn add_to_picture(
    client: &Client,
    residual: &Buffer,
    features: usize,
    picture: &Buffer,
    size: pixels::Size,
    stride: usize,
    planes: usize,
) -> Buffer {
    let output = Buffer::empty(client, size.area() * planes, Storage::F32);
    let dim = CubeDim::new_1d(THREADS);
    let cubes = calculate_cube_count_elemwise(client, output.len(), dim);
    join::launch(
        client,
        cubes,
        dim,
        residual.arg(),
        picture.arg(),
        output.arg(),
        size.width,
        size.height,
        features,
        stride,
    );
    output
}

/// One thread for each vector of features.
#[cube(launch)]
fn split<N: Size>(
    picture: &[f32],
    features: &mut [Vector<f32, N>],
    width: usize,
    height: usize,
    vectors: usize,
    #[comptime] stride: usize,
) {
    let at = ABSOLUTE_POS;
    if at < features.len() {
        let blocks = width / stride;
        let (block, first) = (at / vectors, at % vectors * LANES);
        let (left, top) = (block % blocks * stride, block / blocks * stride);
        let mut values = Vector::<f32, N>::new(0.0f32);
        #[unroll]
        for lane in 0..LANES {
            let feature = first + lane;
            let phase = feature % comptime!(stride * stride);
            let plane = feature / comptime!(stride * stride);
            let source = (plane * height + top + phase / stride) * width + left + phase % stride;
            if source < picture.len() {
                let value = picture[source];
                if value.abs() >= SMALLEST {
                    values.insert(lane, clamp(value, -LARGEST, LARGEST));
                }
            }
        }
        features[at] = values;
    }
}

/// One thread for each value of the output.
#[cube(launch)]
fn join(
    residual: &[f32],
    picture: &[f32],
    output: &mut [f32],
    width: usize,
    height: usize,
    features: usize,
    #[comptime] stride: usize,
) {
    let at = ABSOLUTE_POS;
    if at < output.len() {
        let (x, y, plane) = (at % width, at / width % height, at / width / height);
        let phase = y % stride * stride + x % stride;
        let block = y / stride * (width / stride) + x / stride;
        output[at] = picture[at] + residual[block * features + plane * comptime!(stride * stride) + phase];
    }
}
