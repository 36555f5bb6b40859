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
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
    let bytes = std::fs::read(&path).expect("golden file");
    let tensors = SafeTensors::deserialize(&bytes).expect("golden file");
    let planes = |name: String| {
        let view = tensors.tensor(&name).ok()?;
        let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let [channels, height, width] = view.shape() else { panic!("C×H×W") };
        Some(Planes::new(*channels, Size::new(*width, *height), values.collect()))
    };
    let cases =
        (0..).map_while(|k| Some((planes(format!("golden.{k}.input"))?, planes(format!("golden.{k}.output"))?)));
    let cases: Vec<_> = cases.collect();
    assert!(cases.len() >= 2, "{name} has its cases");
    Golden { weights: Weights::parse(name, &bytes).expect("golden weights"), cases }
}

/// The largest difference between two pictures.
pub fn max_difference(a: &Planes, b: &Planes) -> f32 {
    assert_eq!((a.channels(), a.size()), (b.channels(), b.size()));
    a.data().iter().zip(b.data()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
