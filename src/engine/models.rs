//! Built-in weight files, from `models/` (see `models/README.md`).

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{EngineError, Task, Weights};

/// Name and bytes of every weight file in `models/`.
const FILES: [(&str, &[u8]); 7] = [
    ("denoise-red10", include_bytes!("../../models/denoise-red10.safetensors")),
    ("denoise-red20", include_bytes!("../../models/denoise-red20.safetensors")),
    ("jpeg-red10", include_bytes!("../../models/jpeg-red10.safetensors")),
    ("enlarge-red10", include_bytes!("../../models/enlarge-red10.safetensors")),
    ("noise-estimate", include_bytes!("../../models/noise-estimate.safetensors")),
    ("detect-red20", include_bytes!("../../models/detect-red20.safetensors")),
    ("repair-red20", include_bytes!("../../models/repair-red20.safetensors")),
];

/// Which of a task's networks: some have a small and a large one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Model {
    /// The smallest.
    Fast,
    /// The largest.
    #[default]
    Best,
}

/// A built-in network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NetworkId {
    /// Its task.
    pub task: Task,
    /// Which one for this task.
    pub model: Model,
}

impl NetworkId {
    /// The network for a task.
    pub fn new(task: Task, model: Model) -> Self {
        Self { task, model }
    }

    /// The largest network for a task.
    pub fn best(task: Task) -> Self {
        Self { task, model: Model::Best }
    }

    /// Its name: that of its file in `models/`.
    pub fn name(self) -> &'static str {
        match (self.task, self.model) {
            (Task::Denoise, Model::Fast) => "denoise-red10",
            (Task::Denoise, Model::Best) => "denoise-red20",
            (Task::Deblock, _) => "jpeg-red10",
            (Task::Enlarge, _) => "enlarge-red10",
            (Task::Estimate, _) => "noise-estimate",
            (Task::Detect, _) => "detect-red20",
            (Task::Repair, _) => "repair-red20",
        }
    }

    /// Its weight file.
    pub fn file(self) -> &'static [u8] {
        FILES.iter().find(|(file, _)| *file == self.name()).map_or(&[], |(_, bytes)| bytes)
    }
}

/// Whether a task has a fast network beside the best one.
pub fn has_fast(task: Task) -> bool {
    NetworkId::new(task, Model::Fast).name() != NetworkId::best(task).name()
}

/// Loads a built-in network.
///
/// # Errors
/// When the program was built with a broken weight file.
pub fn load(network: NetworkId) -> Result<Weights, EngineError> {
    find(network.name())
}

/// Loads a built-in model by name, or a weight file by path.
///
/// # Errors
/// When there is neither, or the file is not a weight file.
pub fn find(name_or_path: &str) -> Result<Weights, EngineError> {
    if let Some((name, bytes)) = FILES.iter().find(|(name, _)| *name == name_or_path) {
        return Weights::parse(name, bytes);
    }
    let path = Path::new(name_or_path);
    if path.exists() {
        return Weights::open(path);
    }
    let known = FILES.map(|(name, _)| name).join(", ");
    Err(EngineError::Weights {
        file: name_or_path.to_owned(),
        reason: format!("there is no such file, and no model of that name; built in are {known}"),
    })
}
