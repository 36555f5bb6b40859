//! Photos to files, in one step: written beside the target and renamed into place.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use super::{
    Format, Head, IfExists, Photo, PictureError, Rows, SaveOptions,
    encode::{self, Failure},
    format_of,
    new_names::{persist_beside, persist_new},
    quoted,
    replace::replace,
    stale_temp_files,
};

/// What became of a request to save.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveOutcome {
    /// The file is there.
    Written,
    /// A file of that name was there, and was left as it was.
    Skipped,
}

/// A photo on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The name the file got in the end.
    pub path: PathBuf,
    /// Sentences about what the file does not hold.
    pub notices: Vec<String>,
    /// Whether it was written.
    pub outcome: SaveOutcome,
}

/// Checks, before any work, that a picture can be saved as `path`: the extension is known, the format
/// holds the size, and the folder is there (or can be made), takes files, and has room for `bytes`.
///
/// # Errors
/// A sentence for the first of these that does not hold.
pub fn check_target(path: &Path, head: &Head, bytes: u64) -> Result<(), PictureError> {
    check_format(path, head)?;
    if path.is_dir() {
        return Err(PictureError::not_writable(path, &io::ErrorKind::IsADirectory.into()));
    }
    if let Err(error) = path.symlink_metadata()
        && error.kind() == io::ErrorKind::InvalidFilename
    {
        return Err(PictureError::not_writable(path, &error));
    }
    // Permissions alone do not tell (read-only disks, access lists): try.
    part_file(existing_folder(path)).map_err(|error| PictureError::not_writable(path, &error))?;
    check_room(path, head, bytes)
}

/// The same without a try: nothing is written. Whether the folder takes files is not known then.
///
/// # Errors
/// A sentence for the first of these that does not hold.
pub fn check_room(path: &Path, head: &Head, bytes: u64) -> Result<(), PictureError> {
    check_format(path, head)?;
    let folder = existing_folder(path);
    if !folder.is_dir() {
        return Err(PictureError::not_writable(path, &io::ErrorKind::NotADirectory.into()));
    }
    match fs4::available_space(folder) {
        Ok(free) if free < bytes => Err(PictureError::NoRoom { path: path.into(), need: bytes, free }),
        // Where the system does not say, writing will tell.
        _ => Ok(()),
    }
}

/// The folder of a file, or its nearest ancestor that exists.
fn existing_folder(path: &Path) -> &Path {
    folder_of(path).ancestors().map(here).find(|folder| folder.exists()).unwrap_or(Path::new("."))
}

/// Writes `photo` to `path`, in the format of its extension. The folder is made when it is missing.
/// The file appears complete or not at all, and a failure leaves nothing behind.
///
/// # Errors
/// A sentence when the extension is unknown, the format cannot hold the photo, or the folder does
/// not take the file.
pub fn save(photo: &Photo, path: &Path, options: &SaveOptions) -> Result<Saved, PictureError> {
    save_rows(&photo.head(), &mut photo.rows(), path, options)
}

/// [`save`] for a picture whose pixels come row by row.
///
/// # Errors
/// Those of [`save`], and when the rows end too early.
pub fn save_rows(head: &Head, rows: &mut dyn Rows, path: &Path, options: &SaveOptions) -> Result<Saved, PictureError> {
    let format = check_format(path, head)?;
    if path.is_dir() {
        return Err(PictureError::not_writable(path, &io::ErrorKind::IsADirectory.into()));
    }
    let spared = head.metadata.damage.as_ref().filter(|_| options.if_exists == IfExists::Replace);
    if spared.is_some_and(|damage| are_same(&damage.file, path)) {
        let options = SaveOptions { if_exists: IfExists::Rename, ..*options };
        let mut saved = save_rows(head, rows, path, &options)?;
        saved.notices.push(format!("{} is damaged, and all there is of the photo: it is not replaced.", quoted(path)));
        return Ok(saved);
    }
    let skipped = || Saved { path: path.into(), notices: Vec::new(), outcome: SaveOutcome::Skipped };
    if options.if_exists == IfExists::Skip && path.symlink_metadata().is_ok() {
        return Ok(skipped());
    }
    let not_writable = |error: io::Error| PictureError::not_writable(path, &error);
    let failed = |failure| match failure {
        Failure::Disk(error) => not_writable(error),
        Failure::Refused(reason) => PictureError::NotEncoded { path: path.into(), reason },
        Failure::Unfinished => PictureError::Unfinished { path: path.into() },
    };
    let (plan, mut notices) = encode::plan(head, format, options).map_err(failed)?;
    let folder = NewFolder::make(folder_of(path)).map_err(not_writable)?;
    // Replacing a link means replacing what it points to.
    let target = match options.if_exists {
        IfExists::Replace => fs::canonicalize(path).unwrap_or_else(|_| path.into()),
        IfExists::Rename | IfExists::Skip => path.into(),
    };
    stale_temp_files::remove(folder_of(&target));
    let mut file = part_file(folder_of(&target)).map_err(not_writable)?;
    // Marks it as in use; where there are no locks, its age does.
    let _ = file.as_file().try_lock();
    encode::encode(&plan, rows, file.as_file_mut()).map_err(failed)?;
    let placed = place(file, path, &target, options.if_exists).map_err(not_writable)?;
    folder.keep();
    Ok(match placed {
        Some((path, said)) => {
            notices.extend(said);
            Saved { path, notices, outcome: SaveOutcome::Written }
        }
        None => skipped(),
    })
}

fn check_format(path: &Path, head: &Head) -> Result<Format, PictureError> {
    let format = format_of(path).ok_or_else(|| PictureError::UnknownFormat { path: path.into() })?;
    match format.limit_for(head) {
        Some((limit, instead)) => {
            Err(PictureError::FormatTooSmall { path: path.into(), size: head.size, limit, instead })
        }
        None => Ok(format),
    }
}

/// Whether two names are those of one file.
fn are_same(a: &Path, b: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let file = |path| fs::metadata(path).map(|file| (file.dev(), file.ino())).ok();
        file(a).is_some_and(|a| file(b) == Some(a))
    }
    #[cfg(not(unix))]
    {
        fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
    }
}

fn folder_of(path: &Path) -> &Path {
    here(path.parent().unwrap_or(Path::new("")))
}

/// The empty path is the folder we are in.
fn here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

/// An empty file in `folder`, hidden, that vanishes when it is dropped.
fn part_file(folder: &Path) -> io::Result<NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(stale_temp_files::PREFIX).suffix(stale_temp_files::SUFFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any new file: the umask takes away from it.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(folder)
}

/// Takes a written file down to the disk and renames it into place; the name that it got, and sentences about what of
/// a file in its place could not be kept. None: the name was taken, and was left.
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
    // Closed before it is renamed: some systems insist.
    let part = file.into_temp_path();
    let placed = match if_exists {
        IfExists::Skip => persist_new(part, path)?.is_none().then(|| path.into()),
        IfExists::Rename | IfExists::Replace => Some(persist_beside(part, path)?),
    };
    Ok(placed.map(|path| (path, Vec::new())))
}

/// A folder made for a file; what was made goes again unless it is kept.
struct NewFolder(Vec<PathBuf>);

impl NewFolder {
    fn make(folder: &Path) -> io::Result<Self> {
        let missing =
            folder.ancestors().map(here).take_while(|folder| !folder.exists()).map(Path::to_path_buf).collect();
        let made = Self(missing);
        fs::create_dir_all(folder)?;
        Ok(made)
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        for folder in &self.0 {
            // A file created there meanwhile stays.
            let _ = fs::remove_dir(folder);
        }
    }
}
