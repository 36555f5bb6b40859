//! Saves photos atomically: writes a temporary file beside the target and renames it.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    Format, Head, IfExists, Photo, PictureError, Rows, SaveOptions,
    encode::{self, EncodeFailure},
    format_of,
    part_file::{PartFile, existing_folder, part_file},
    quoted,
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
    let failed = |failure: EncodeFailure| failure.of_file(path);
    let (plan, mut notices) = encode::plan(head, format, options).map_err(failed)?;
    let mut part = PartFile::create(path, options.if_exists).map_err(not_writable)?;
    encode::encode(&plan, rows, part.file()).map_err(failed)?;
    let placed = part.place().map_err(not_writable)?;
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
