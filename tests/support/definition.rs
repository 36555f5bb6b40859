//! Reference implementation of the network by its definition, in double precision; slow, and independent of the engines'
//! code. Mao, Shen, Yang, "Image Restoration Using Very Deep Convolutional Encoder-Decoder Networks with Symmetric Skip
//! Connections", NIPS 2016.

use rayon::prelude::*;
use redawn::{
    engine::{LayerWeights, Weights},
    pixels::{Planes, Size},
};

/// Runs the network over a picture whose sides are multiples of its stride.
pub fn restore(weights: &Weights, picture: &Planes) -> Planes {
    let (pairs, stride) = (weights.shape.pairs, weights.shape.stride);
    let mut maps = Maps::of(picture);
    let mut skips = Vec::new();
    for (index, layer) in weights.encoder.iter().enumerate() {
        maps = relu(convolution(&maps, layer, if index == 0 { stride } else { 1 }));
        // Every second activation is added to its mirror, except the innermost one.
        skips.push((index % 2 == 1 && index + 1 < pairs).then(|| maps.clone()));
    }
    for (index, layer) in weights.decoder.iter().enumerate() {
        maps = convolution(&maps, layer, 1);
        if let Some(skip) = &skips[pairs - 2 - index] {
            maps = sum(maps, skip);
        }
        maps = relu(maps);
    }
    let residual = match stride {
        1 => convolution(&maps, &weights.out, 1),
        _ => transposed_convolution(&maps, &weights.out, stride),
    };
    let values = residual.planes.concat();
    let restored = values.iter().zip(picture.data()).map(|(residual, input)| (residual + f64::from(*input)) as f32);
    Planes::new(weights.shape.planes_out, picture.size(), restored.collect())
}

/// Feature maps: planes of one size.
#[derive(Clone)]
struct Maps {
    size: Size,
    planes: Vec<Vec<f64>>,
}

impl Maps {
    fn of(picture: &Planes) -> Self {
        let plane = |index| picture.plane(index).iter().map(|value| f64::from(*value)).collect();
        Self { size: picture.size(), planes: (0..picture.channels()).map(plane).collect() }
    }

    /// Padded by 1 px of zeros.
    fn padded(&self) -> Self {
        let size = Size::new(self.size.width + 2, self.size.height + 2);
        let padded = |plane: &Vec<f64>| {
            let mut padded = vec![0.0; size.area()];
            for (y, row) in plane.chunks_exact(self.size.width).enumerate() {
                padded[(y + 1) * size.width + 1..][..row.len()].copy_from_slice(row);
            }
            padded
        };
        Self { size, planes: self.planes.iter().map(padded).collect() }
    }
}

fn relu(mut maps: Maps) -> Maps {
    maps.planes.iter_mut().flatten().for_each(|value| *value = value.max(0.0));
    maps
}

fn sum(mut maps: Maps, others: &Maps) -> Maps {
    let values = maps.planes.iter_mut().flatten().zip(others.planes.iter().flatten());
    values.for_each(|(value, other)| *value += other);
    maps
}

/// Padding 1. `out[o](x, y) = bias[o] + Σ weight[o][i](dx, dy) · padded[i](stride·x + dx, stride·y + dy)`.
fn convolution(maps: &Maps, layer: &LayerWeights, stride: usize) -> Maps {
    let [outputs, inputs, side, _] = layer.dims;
    let padded = maps.padded();
    let size = Size::new((padded.size.width - side) / stride + 1, (padded.size.height - side) / stride + 1);
    let plane = |output: usize| {
        let mut plane = vec![f64::from(layer.bias[output]); size.area()];
        for (y, sums) in plane.chunks_exact_mut(size.width).enumerate() {
            for input in 0..inputs {
                for dy in 0..side {
                    let row = &padded.planes[input][(stride * y + dy) * padded.size.width..][..padded.size.width];
                    for dx in 0..side {
                        let weight = f64::from(layer.weight[((output * inputs + input) * side + dy) * side + dx]);
                        match stride {
                            // The same as a loop that the compiler can vectorise.
                            1 => sums.iter_mut().zip(&row[dx..]).for_each(|(sum, value)| *sum += weight * value),
                            _ => (0..size.width).for_each(|x| sums[x] += weight * row[stride * x + dx]),
                        }
                    }
                }
            }
        }
        plane
    };
    Maps { size, planes: (0..outputs).into_par_iter().map(plane).collect() }
}

/// Padding 1. Each value `in[i](x, y)` adds `weight[i][o](dx, dy)` times itself to the output's
/// `(stride·x + dx − 1, stride·y + dy − 1)`, if that is inside.
fn transposed_convolution(maps: &Maps, layer: &LayerWeights, stride: usize) -> Maps {
    let [inputs, outputs, side, _] = layer.dims;
    let size = Size::new(stride * maps.size.width, stride * maps.size.height);
    let plane = |output: usize| {
        let mut plane = vec![f64::from(layer.bias[output]); size.area()];
        for input in 0..inputs {
            for (at, value) in maps.planes[input].iter().enumerate() {
                let (x, y) = (at % maps.size.width, at / maps.size.width);
                for tap in 0..side * side {
                    let (left, top) = (stride * x + tap % side, stride * y + tap / side);
                    if (1..=size.width).contains(&left) && (1..=size.height).contains(&top) {
                        let weight = f64::from(layer.weight[(input * outputs + output) * side * side + tap]);
                        plane[(top - 1) * size.width + left - 1] += weight * value;
                    }
                }
            }
        }
        plane
    };
    Maps { size, planes: (0..outputs).into_par_iter().map(plane).collect() }
}
