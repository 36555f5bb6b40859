//! Results at full strength, of photos that were saved at a strength so low that their files don't tell what the
//! restoration was: files in a folder of the program's own, so that the strength can be moved later.

use std::{
    collections::HashSet,
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::imaging::Format;

/// The folder of those files.
#[derive(Debug)]
pub struct FullResults {
    /// None where there can't be one.
    folder: Option<PathBuf>,
    /// Takes the folder away with the window.
    _temporary: Option<TempDir>,
}

impl FullResults {
    /// In a folder that outlives the window. It is made when it is needed.
    pub fn lasting(folder: PathBuf) -> Self {
        Self { folder: Some(folder), _temporary: None }
    }

    /// In a folder that is gone with the window.
    pub fn temporary() -> Self {
        let temporary = tempfile::Builder::new().prefix("redawn-").tempdir().ok();
        Self { folder: temporary.as_ref().map(|folder| folder.path().to_owned()), _temporary: temporary }
    }

    /// The file for the result of a photo, or for one of them: another one may have it already.
    pub fn file_for(&self, photo: &Path) -> Option<PathBuf> {
        let mut name = photo.file_stem().unwrap_or_default().to_owned();
        name.push(".");
        name.push(Format::Tiff.extension());
        self.folder.as_ref().map(|folder| folder.join(name))
    }

    /// Removes all files but those `kept`. What can't be removed stays for another time.
    pub fn sweep<'a>(&self, kept: impl IntoIterator<Item = &'a PathBuf>) {
        let kept: HashSet<&PathBuf> = kept.into_iter().collect();
        let entries = self.folder.iter().filter_map(|folder| fs::read_dir(folder).ok()).flatten();
        for path in entries.flatten().map(|entry| entry.path()) {
            let is_ours = path.extension().is_some_and(|extension| extension == Format::Tiff.extension());
            if is_ours && !kept.contains(&path) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_needs_goes() {
        let folder = tempfile::tempdir().unwrap();
        let full = FullResults::lasting(folder.path().to_owned());
        let [kept, other] = ["a/photo.one.jpg", "b/other"].map(|photo| full.file_for(Path::new(photo)).unwrap());
        assert_eq!([&kept, &other], [&folder.path().join("photo.one.tif"), &folder.path().join("other.tif")]);
        let written = folder.path().join(".redawn-1.part");
        for file in [&kept, &other, &written] {
            fs::write(file, "").unwrap();
        }
        full.sweep([&kept]);
        assert_eq!([kept, other, written].map(|file| file.exists()), [true, false, true]);
    }

    #[test]
    fn a_temporary_folder_goes_with_the_window() {
        let full = FullResults::temporary();
        let file = full.file_for(Path::new("photo.png")).unwrap();
        fs::write(&file, "").unwrap();
        drop(full);
        assert!(!file.exists() && !file.parent().unwrap().exists());
    }
}
