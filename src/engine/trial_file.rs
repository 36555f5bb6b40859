//! The file of the last trials, in the folder for files that may be deleted. Trials are valid for the program's version,
//! the denoiser, and the devices with their drivers.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{DeviceInfo, Task, models, trials::DeviceTrial};
use crate::folders;

/// Where trials are kept.
#[derive(Debug, Clone)]
pub struct TrialFile(PathBuf);

#[derive(Serialize, Deserialize)]
struct Content {
    program: String,
    network: String,
    trials: Vec<DeviceTrial>,
}

impl TrialFile {
    /// The user's. None if their home folder is unknown.
    pub fn of_user() -> Option<Self> {
        folders::cache().map(|folder| Self(folder.join("devices.json")))
    }

    #[cfg(test)]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// The trials of these devices, if they are still valid.
    pub fn load(&self, devices: &[DeviceInfo]) -> Option<Vec<DeviceTrial>> {
        let content: Content = serde_json::from_slice(&fs::read(&self.0).ok()?).ok()?;
        let is_valid = content.program == env!("CARGO_PKG_VERSION")
            && content.network == models::model_for(Task::Denoise)
            && content.trials.len() == devices.len()
            && devices.iter().all(|device| content.trials.iter().any(|tried| tried.device == *device));
        is_valid.then_some(content.trials)
    }

    /// Keeps trials. If that fails, the devices are tried again next time.
    pub fn save(&self, trials: &[DeviceTrial]) {
        let content = Content {
            program: env!("CARGO_PKG_VERSION").into(),
            network: models::model_for(Task::Denoise).into(),
            trials: trials.to_vec(),
        };
        if let Err(error) = write(&self.0, &content) {
            log::warn!("the speeds of the devices could not be kept in {}: {error}", self.0.display());
        }
    }
}

/// Writes another file first, since two processes may write at the same time.
fn write(path: &Path, content: &Content) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, serde_json::to_vec_pretty(content)?)?;
    fs::rename(&temporary, path).inspect_err(|_| drop(fs::remove_file(&temporary)))
}
