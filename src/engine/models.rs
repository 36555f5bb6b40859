//! Built-in weight files, from `models/` (see `models/README.md`).

use std::path::Path;

use super::{EngineError, Task, Weights};

/// Name and bytes of every weight file in `models/`.
const FILES: [(&str, &[u8]); 6] = [
    ("denoise-red20", include_bytes!("../../models/denoise-red20.safetensors")),
    ("jpeg-red10", include_bytes!("../../models/jpeg-red10.safetensors")),
    ("enlarge-red10", include_bytes!("../../models/enlarge-red10.safetensors")),
    ("noise-estimate", include_bytes!("../../models/noise-estimate.safetensors")),
    ("detect-red10", include_bytes!("../../models/detect-red10.safetensors")),
    ("repair-red10", include_bytes!("../../models/repair-red10.safetensors")),
];

/// Name of the built-in model for a task.
pub fn model_for(task: Task) -> &'static str {
    match task {
        Task::Denoise => "denoise-red20",
        Task::Deblock => "jpeg-red10",
        Task::Enlarge => "enlarge-red10",
        Task::Estimate => "noise-estimate",
        Task::Detect => "detect-red10",
        Task::Repair => "repair-red10",
    }
}

/// The weight file of the built-in model for a task.
pub fn file_for(task: Task) -> &'static [u8] {
    let name = model_for(task);
    FILES.iter().find(|(file, _)| *file == name).map_or(&[], |(_, bytes)| bytes)
}

/// Loads the built-in model for a task.
///
/// # Errors
/// When the program was built with a broken weight file.
pub fn load(task: Task) -> Result<Weights, EngineError> {
    find(model_for(task))
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
