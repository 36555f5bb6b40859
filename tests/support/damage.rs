//! Networks with random weights that find and fill damage, inputs, and the outputs of `models/training/repair.py`: see
//! `tests/golden/README.md`.

use redawn::{
    engine::{self, RestorerFactory, Task, Weights},
    pixels::Planes,
};

use super::golden::GoldenFile;

/// A picture, its mask (of the filling network only), and what Python made of them.
pub struct Case {
    pub picture: Planes,
    pub mask: Option<Planes>,
    pub output: Planes,
}

/// The weights for `detect` or `repair`, and the cases.
pub fn load(task: &str) -> (Weights, Vec<Case>) {
    let name = format!("{task}-s2-w8");
    let file = GoldenFile::read(&name);
    let case = |k| {
        let [picture, output] = ["picture", "output"].map(|of| file.planes(k, of));
        Some(Case { picture: picture?, mask: file.planes(k, "mask"), output: output? })
    };
    let cases: Vec<_> = (0..).map_while(case).collect();
    assert!(cases.len() >= 4, "{name} has its cases");
    (file.weights(), cases)
}

/// Opens these networks to find and fill damage, and the built-in ones for other tasks.
pub fn opener() -> RestorerFactory {
    let [(detect, _), (repair, _)] = ["detect", "repair"].map(load);
    let mut built_in = engine::opener();
    Box::new(move |choice, tile, network, preparing| match network.task {
        Task::Detect => engine::open_weights(choice, tile, &detect),
        Task::Repair => engine::open_weights(choice, tile, &repair),
        _ => built_in(choice, tile, network, preparing),
    })
}
