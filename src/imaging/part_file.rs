//! Files that are written under a temporary name beside their target, and renamed when they are complete.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    IfExists,
    persist::{persist_new, persist_numbered},
    replace::replace,
    stale_temp_files,
};

/// An unfinished file. Dropping it leaves nothing.
#[derive(Debug)]
pub struct PartFile {
    file: NamedTempFile,
    path: PathBuf,
    target: PathBuf,
    if_exists: IfExists,
    folder: NewFolder,
}

impl PartFile {
    /// Creates one for the file `path`, and its folder if that is missing.
    ///
    /// # Errors
    /// If they can't be created.
    pub fn create(path: &Path, if_exists: IfExists) -> io::Result<Self> {
        let folder = NewFolder::create(folder_of(path))?;
        // Replacing a symbolic link replaces its target.
        let target = match if_exists {
            IfExists::Replace => fs::canonicalize(path).unwrap_or_else(|_| path.into()),
            IfExists::Rename | IfExists::Skip => path.into(),
        };
        stale_temp_files::remove(folder_of(&target));
        let file = part_file(folder_of(&target))?;
        // Marks it as in use. On file systems without locks its age does.
        let _ = file.as_file().try_lock();
        Ok(Self { file, path: path.into(), target, if_exists, folder })
    }

    /// Its content.
    pub fn file(&mut self) -> &mut File {
        self.file.as_file_mut()
    }

    /// Syncs and renames it. Returns its name, and sentences about what of the replaced file could not be kept; none if the name
    /// exists and was not to be replaced.
    ///
    /// # Errors
    /// If that fails. A file that was to be replaced is then unchanged.
    pub fn place(self) -> io::Result<Option<(PathBuf, Vec<String>)>> {
        let Self { file, path, target, if_exists, folder } = self;
        let placed = place(file, &path, &target, if_exists)?;
        folder.keep();
        Ok(placed)
    }
}

fn place(
    file: NamedTempFile,
    path: &Path,
    target: &Path,
    if_exists: IfExists,
) -> io::Result<Option<(PathBuf, Vec<String>)>> {
    if if_exists == IfExists::Replace {
        return Ok(Some((path.into(), replace(file, target)?)));
    }
    file.as_file().sync_all()?;
    // Closed first: some systems can't rename an open file.
    let part = file.into_temp_path();
    let placed = match if_exists {
        IfExists::Skip => persist_new(part, path)?.is_none().then(|| path.into()),
        IfExists::Rename | IfExists::Replace => Some(persist_numbered(part, path)?),
    };
    Ok(placed.map(|path| (path, Vec::new())))
}

/// The folder of a file, or its nearest ancestor that exists.
pub fn existing_folder(path: &Path) -> &Path {
    folder_of(path).ancestors().map(or_current_folder).find(|folder| folder.exists()).unwrap_or(Path::new("."))
}

fn folder_of(path: &Path) -> &Path {
    or_current_folder(path.parent().unwrap_or(Path::new("")))
}

/// Turns the empty path into the current folder.
fn or_current_folder(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// An empty hidden file in `folder`, which is removed when dropped.
pub fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(stale_temp_files::PREFIX).suffix(stale_temp_files::SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // The default for new files; the umask applies.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Folders created for a file, removed again when dropped, unless kept.
#[derive(Debug)]
struct NewFolder(Vec<PathBuf>);

impl NewFolder {
    fn create(folder: &Path) -> io::Result<Self> {
        let missing = folder
            .ancestors()
            .map(or_current_folder)
            .take_while(|folder| !folder.exists())
            .map(Path::to_path_buf)
            .collect();
        let new = Self(missing);
        fs::create_dir_all(folder)?;
        Ok(new)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        for folder in &self.0 {
            // Fails, as intended, if another file was created there meanwhile.
            let _ = fs::remove_dir(folder);
        }
    }
}
