//! Networks with random weights that find and fill damage, inputs, and the outputs of `models/training/repair.py`: see
//! `tests/golden/README.md`.

use redawn::{
    engine::{self, RestorerFactory, Task, Weights},
    pixels::{Planes, Size},
};
use safetensors::SafeTensors;

/// A picture, its mask (of the filling network only), and what Python made of them.
pub struct Case {
    pub picture: Planes,
    pub mask: Option<Planes>,
    pub output: Planes,
}

/// The weights for `detect` or `repair`, and the cases.
pub fn load(task: &str) -> (Weights, Vec<Case>) {
    let name = format!("{task}-s2-w8");
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/golden/{name}.safetensors"));
    let bytes = std::fs::read(&path).expect("golden file");
    let tensors = SafeTensors::deserialize(&bytes).expect("golden file");
    let planes = |name: String| {
        let view = tensors.tensor(&name).ok()?;
        let values = view.data().chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]));
        let [channels, height, width] = view.shape() else { panic!("C×H×W") };
        Some(Planes::new(*channels, Size::new(*width, *height), values.collect()))
    };
    let case = |k: usize| {
        let [picture, output] = ["picture", "output"].map(|of| planes(format!("golden.{k}.{of}")));
        Some(Case { picture: picture?, mask: planes(format!("golden.{k}.mask")), output: output? })
    };
    let cases: Vec<_> = (0..).map_while(case).collect();
    assert!(cases.len() >= 4, "{name} has its cases");
    (Weights::parse(&name, &bytes).expect("golden weights"), cases)
}

/// Opens these networks to find and fill damage, and the built-in ones for other tasks.
pub fn opener() -> RestorerFactory {
    let [(detect, _), (repair, _)] = ["detect", "repair"].map(load);
    let mut built_in = engine::opener();
    Box::new(move |choice, tile, task| match task {
        Task::Detect => engine::open_weights(choice, tile, &detect),
        Task::Repair => engine::open_weights(choice, tile, &repair),
        _ => built_in(choice, tile, task),
    })
}
