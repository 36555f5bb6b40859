//! The file of the last trials. They are valid for the denoiser, and the devices with their drivers.

use serde::{Deserialize, Serialize};

use super::{DeviceInfo, NetworkId, Task, cache_file::CacheFile, trials::DeviceTrial};

/// Where trials are kept.
#[derive(Debug, Clone)]
pub struct TrialFile(CacheFile);

#[derive(Serialize, Deserialize)]
struct Content {
    network: String,
    trials: Vec<DeviceTrial>,
}

impl TrialFile {
    /// The user's. None if their home folder is unknown.
    pub fn of_user() -> Option<Self> {
        CacheFile::of_user("devices.json").map(Self)
    }

    #[cfg(test)]
    pub fn at(path: &std::path::Path) -> Self {
        Self(CacheFile::at(path))
    }

    /// The trials of these devices, if they are still valid.
    pub fn load(&self, devices: &[DeviceInfo]) -> Option<Vec<DeviceTrial>> {
        let Content { network, trials } = self.0.load()?;
        let is_valid = network == NetworkId::best(Task::Denoise).name()
            && trials.len() == devices.len()
            && devices.iter().all(|device| trials.iter().any(|tried| tried.device == *device));
        is_valid.then_some(trials)
    }

    /// Keeps trials.
    pub fn save(&self, trials: &[DeviceTrial]) {
        self.0.save(&Content { network: NetworkId::best(Task::Denoise).name().into(), trials: trials.to_vec() });
    }
}
