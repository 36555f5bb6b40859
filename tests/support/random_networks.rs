//! Networks with random weights, and random pictures.

use redawn::{
    engine::{LayerWeights, NetworkShape, Task, Weights},
    pixels::{Planes, Size},
};

/// Deterministic pseudo-random numbers (xorshift).
pub struct Numbers(pub u32);

impl Numbers {
    /// Uniform in −1 to 1.
    pub fn next(&mut self) -> f32 {
        for (left, by) in [(true, 13), (false, 17), (true, 5)] {
            self.0 ^= if left { self.0 << by } else { self.0 >> by };
        }
        self.0 as f32 / (u32::MAX / 2) as f32 - 1.0
    }

    /// An integer from `low` to `high`, inclusive.
    pub fn between(&mut self, low: usize, high: usize) -> usize {
        low + ((self.next() + 1.0) / 2.0 * (high - low + 1) as f32) as usize % (high - low + 1)
    }

    /// Uniform in 0 to 1.
    pub fn planes(&mut self, channels: usize, size: Size) -> Planes {
        let values = (0..channels * size.area()).map(|_| (self.next() + 1.0) / 2.0);
        Planes::new(channels, size, values.collect())
    }

    fn layer(&mut self, dims: [usize; 4], outputs: usize, taps: usize) -> LayerWeights {
        // Scaled so that activations neither grow nor vanish from layer to layer.
        let range = (5.0 / taps as f32).sqrt();
        LayerWeights {
            weight: (0..dims.iter().product()).map(|_| self.next() * range).collect(),
            dims,
            bias: (0..outputs).map(|_| self.next() * 0.1).collect(),
        }
    }

    /// A network with random weights.
    pub fn network(&mut self, task: Task, pairs: usize, width: usize, stride: usize) -> Weights {
        let (planes_in, planes_out) = task.planes();
        let shape = NetworkShape { task, planes_in, planes_out, pairs, width, stride };
        let side = shape.outer_kernel();
        let mut encoder = vec![self.layer([width, planes_in, side, side], width, planes_in * side * side)];
        let mut inner =
            |count: usize| (0..count).map(|_| self.layer([width, width, 3, 3], width, 9 * width)).collect::<Vec<_>>();
        encoder.extend(inner(pairs - 1));
        let decoder = inner(pairs - 1);
        let dims = if stride == 2 { [width, planes_out, side, side] } else { [planes_out, width, side, side] };
        let out = self.layer(dims, planes_out, 9 * width);
        Weights { name: format!("{task:?} {pairs} pairs of {width}, stride {stride}"), shape, encoder, decoder, out }
    }
}
