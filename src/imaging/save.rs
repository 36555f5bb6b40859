//! Saves photos atomically: writes a temporary file beside the target and renames it.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    Format, Head, IfExists, Photo, PictureError, Rows, SaveOptions,
    encode::{self, EncodeFailure},
    format_of,
    persist::{persist_new, persist_numbered},
    quoted,
    replace::replace,
    stale_temp_files,
};

/// Outcome of saving.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The file was written.
    Written,
    /// A file of that name exists, and was not changed.
    Skipped,
}

/// Result of saving.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFile {
    /// The actual name of the file.
    pub path: PathBuf,
    /// Sentences about what is not kept.
    pub notices: Vec<String>,
    /// Whether it was written.
    pub outcome: SaveOutcome,
}

/// Checks in advance that a picture can be saved as `path`: that the extension is known, the format can store the size,
/// and the folder exists (or can be created), is writable, and has `bytes` free.
///
/// # Errors
/// The first of these checks that fails.
pub fn check_target(path: &Path, head: &Head, options: &SaveOptions, bytes: u64) -> Result<(), PictureError> {
    check_format(path, head, options)?;
    if path.is_dir() {
        return Err(PictureError::not_writable(path, &io::ErrorKind::IsADirectory.into()));
    }
    if let Err(error) = path.symlink_metadata()
        && error.kind() == io::ErrorKind::InvalidFilename
    {
        return Err(PictureError::not_writable(path, &error));
    }
    // Permissions alone are not enough (read-only disks, access control lists): try.
    part_file(existing_folder(path)).map_err(|error| PictureError::not_writable(path, &error))?;
    check_space(path, head, options, bytes)
}

/// The same without writing anything, so whether the folder is writable is not checked.
///
/// # Errors
/// The first check that fails.
pub fn check_space(path: &Path, head: &Head, options: &SaveOptions, bytes: u64) -> Result<(), PictureError> {
    check_format(path, head, options)?;
    let folder = existing_folder(path);
    if !folder.is_dir() {
        return Err(PictureError::not_writable(path, &io::ErrorKind::NotADirectory.into()));
    }
    match fs4::available_space(folder) {
        Ok(free) if free < bytes => Err(PictureError::NoSpace { path: path.into(), need: bytes, free }),
        // If the free space is unknown, writing will show.
        _ => Ok(()),
    }
}

/// The folder of a file, or its nearest ancestor that exists.
fn existing_folder(path: &Path) -> &Path {
    folder_of(path).ancestors().map(or_current_folder).find(|folder| folder.exists()).unwrap_or(Path::new("."))
}

/// Writes `photo` to `path`, in the format of its extension. Creates the folder if it is missing. The file is complete or
/// absent; nothing is left after a failure.
///
/// # Errors
/// If the extension is unknown, the format can't store the photo, or the file can't be written.
pub fn save(photo: &Photo, path: &Path, options: &SaveOptions) -> Result<SavedFile, PictureError> {
    save_rows(&photo.head(), &mut photo.rows(), path, options)
}

/// [`save`] for a stream of rows.
///
/// # Errors
/// Those of [`save`], and if the rows end too early.
pub fn save_rows(
    head: &Head,
    rows: &mut dyn Rows,
    path: &Path,
    options: &SaveOptions,
) -> Result<SavedFile, PictureError> {
    let format = check_format(path, head, options)?;
    if path.is_dir() {
        return Err(PictureError::not_writable(path, &io::ErrorKind::IsADirectory.into()));
    }
    let damaged = head.metadata.damage.as_ref().filter(|_| options.if_exists == IfExists::Replace);
    if damaged.is_some_and(|damage| same_file::is_same_file(&damage.file, path).unwrap_or(false)) {
        let options = SaveOptions { if_exists: IfExists::Rename, ..*options };
        let mut saved = save_rows(head, rows, path, &options)?;
        saved.notices.push(format!("{} is a damaged original: it is not replaced.", quoted(path)));
        return Ok(saved);
    }
    let skipped = || SavedFile { path: path.into(), notices: Vec::new(), outcome: SaveOutcome::Skipped };
    if options.if_exists == IfExists::Skip && path.symlink_metadata().is_ok() {
        return Ok(skipped());
    }
    let not_writable = |error: io::Error| PictureError::not_writable(path, &error);
    let failed = |failure| match failure {
        EncodeFailure::Disk(error) => not_writable(error),
        EncodeFailure::Refused(reason) => PictureError::NotEncoded { path: path.into(), reason },
        EncodeFailure::Unfinished => PictureError::Unfinished { path: path.into() },
    };
    let (plan, mut notices) = encode::plan(head, format, options).map_err(failed)?;
    let folder = NewFolder::create(folder_of(path)).map_err(not_writable)?;
    // Replacing a symbolic link replaces its target.
    let target = match options.if_exists {
        IfExists::Replace => fs::canonicalize(path).unwrap_or_else(|_| path.into()),
        IfExists::Rename | IfExists::Skip => path.into(),
    };
    stale_temp_files::remove(folder_of(&target));
    let mut file = part_file(folder_of(&target)).map_err(not_writable)?;
    // Marks it as in use. On file systems without locks its age does.
    let _ = file.as_file().try_lock();
    encode::encode(&plan, rows, file.as_file_mut()).map_err(failed)?;
    let placed = place(file, path, &target, options.if_exists).map_err(not_writable)?;
    folder.keep();
    Ok(match placed {
        Some((path, replace_notices)) => {
            notices.extend(replace_notices);
            SavedFile { path, notices, outcome: SaveOutcome::Written }
        }
        None => skipped(),
    })
}

fn check_format(path: &Path, head: &Head, options: &SaveOptions) -> Result<Format, PictureError> {
    let format = format_of(path).ok_or_else(|| PictureError::UnknownFormat { path: path.into() })?;
    match format.limit_for(head, options.depth_of(head)) {
        Some((limit, instead)) => {
            Err(PictureError::TooLargeForFormat { path: path.into(), size: head.size, limit, instead })
        }
        None => Ok(format),
    }
}

fn folder_of(path: &Path) -> &Path {
    or_current_folder(path.parent().unwrap_or(Path::new("")))
}

/// Turns the empty path into the current folder.
fn or_current_folder(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// An empty hidden file in `folder`, which is removed when dropped.
fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
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

/// Syncs a temporary file and renames it. Returns its name, and sentences about what of the replaced file could not be
/// kept; none if the name exists and was not to be replaced.
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

/// Folders created for a file, removed again when dropped, unless kept.
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
