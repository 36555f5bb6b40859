//! Networks with random weights, inputs and PyTorch's outputs (f32, CPU): see `tests/golden/README.md`.
#![allow(dead_code, reason = "each test uses its own part of this file")]

use redawn::{
    engine::Weights,
    pixels::{Planes, Size},
};
use safetensors::SafeTensors;

/// A network and its expected outputs.
pub struct Golden {
    pub weights: Weights,
    /// Input and PyTorch's output.
    pub cases: Vec<(Planes, Planes)>,
}

/// RED10 stride 2, RED20 stride 1 (odd sizes, 1×1), RED30 stride 2.
pub fn all() -> Vec<Golden> {
    ["red10-s2-w16", "red20-s1-w32", "red30-s2-w48"].map(load).into()
}

fn load(name: &str) -> Golden {
    let file = GoldenFile::read(name);
    let case = |k| Some((file.planes(k, "input")?, file.planes(k, "output")?));
    let cases: Vec<_> = (0..).map_while(case).collect();
    assert!(cases.len() >= 2, "{name} has its cases");
    Golden { weights: file.weights(), cases }
}

/// A file of `tests/golden/`.
pub struct GoldenFile {
    name: String,
    bytes: Vec<u8>,
}

impl GoldenFile {
    pub fn read(name: &str) -> Self {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
        Self { name: name.into(), bytes: std::fs::read(&path).expect("golden file") }
    }

    pub fn weights(&self) -> Weights {
        Weights::parse(&self.name, &self.bytes).expect("golden weights")
    }

    /// A picture of case `k`, if it has one.
    pub fn planes(&self, k: usize, of: &str) -> Option<Planes> {
        let tensors = SafeTensors::deserialize(&self.bytes).expect("golden file");
        let view = tensors.tensor(&format!("golden.{k}.{of}")).ok()?;
        let values = view.data().as_chunks().0.iter().map(|&bytes| f32::from_le_bytes(bytes));
        let [channels, height, width] = view.shape() else { panic!("C×H×W") };
        Some(Planes::new(*channels, Size::new(*width, *height), values.collect()))
    }
}

/// The largest difference between two pictures.
pub fn max_difference(a: &Planes, b: &Planes) -> f32 {
    assert_eq!((a.channels(), a.size()), (b.channels(), b.size()));
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
