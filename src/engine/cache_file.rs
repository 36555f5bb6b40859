//! Files of measurements, in the folder for files that may be deleted. Their content is valid for this version of the
//! program.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::folders;

/// A file with measurements.
#[derive(Debug, Clone)]
pub struct CacheFile(PathBuf);

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    program: String,
    content: T,
}

impl CacheFile {
    /// The user's file of that name. None if their home folder is unknown.
    pub fn of_user(name: &str) -> Option<Self> {
        folders::cache().map(|folder| Self(folder.join(name)))
    }

    #[cfg(test)]
    pub fn at(path: &Path) -> Self {
        Self(path.to_owned())
    }

    /// Its content; none if there is none from this version.
    pub fn load<T: DeserializeOwned>(&self) -> Option<T> {
        let Versioned { program, content } = serde_json::from_slice(&fs::read(&self.0).ok()?).ok()?;
        (program == env!("CARGO_PKG_VERSION")).then_some(content)
    }

    /// Replaces its content. If that fails, it is measured again next time.
    pub fn save<T: Serialize>(&self, content: &T) {
        let versioned = Versioned { program: env!("CARGO_PKG_VERSION").into(), content };
        if let Err(error) = write(&self.0, &versioned) {
            log::warn!("measurements could not be kept in {}: {error}", self.0.display());
        }
    }
}

/// Writes another file first, since two processes may write at the same time.
fn write(path: &Path, content: &impl Serialize) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let temporary = path.with_extension(format!("{}.tmp", std::process::id()));
    fs::write(&temporary, serde_json::to_vec_pretty(content)?)?;
    fs::rename(&temporary, path).inspect_err(|_| drop(fs::remove_file(&temporary)))
}
