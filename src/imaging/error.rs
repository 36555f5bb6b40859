//! Errors of picture files, as sentences for the user.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Damage, quoted};
use crate::pixels::Size;

/// The formats that can be read, for a sentence.
const READABLE: &str = "JPEG, PNG, TIFF, WebP, AVIF, JPEG XL, BMP, GIF, PNM, QOI or TGA";
/// The extensions that can be written, for a sentence.
const WRITABLE: &str = ".jpg, .png, .tif, .webp or .bmp";

/// Why a picture could not be opened or saved. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Nothing has that name.
    #[error("There is no file {file}. Check the name and the folder.", file = quoted(path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// A folder, a pipe, a device.
    #[error("{file} is a {kind}, not a picture file. Choose a picture file.", file = quoted(path))]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// No permission to read it.
    #[error("You may not read {file}. Change its permissions, or copy it to a folder of yours.", file = quoted(path))]
    NotAllowed {
        /// The file.
        path: PathBuf,
    },
    /// Reading failed below the picture format.
    #[error("{file} could not be read: {source}. Check the disk or the network drive it is on.", file = quoted(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// Zero bytes.
    #[error("{file} is empty (0 bytes). Copy it again from where it came.", file = quoted(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// No known beginning.
    #[error("{file} is not a picture that can be read. Choose a {readable} file.", readable = READABLE, file = quoted(path))]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// A picture of a kind that is not read.
    #[error("{file} is {kind}, which cannot be read yet. Export it as PNG, TIFF or JPEG and open that.", file = quoted(path))]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What it is, as the end of a sentence.
        kind: String,
    },
    /// The file ends before the picture does.
    #[error("The file is incomplete: {file}. Copy or download it again.", file = quoted(path))]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The file contradicts its format.
    #[error("{file} is damaged ({reason}). Copy or download it again.", file = quoted(path))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why, as a part of a sentence.
        reason: String,
    },
    /// More bytes than this machine has memory for.
    #[error(
        "{file} is {length} long, and {have} of memory may be used. Close other programs, or allow more with --memory.",
        length = super::memory::words(*length), have = super::memory::left_in_words(*have), file = quoted(path)
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Bytes of the file.
        length: u64,
        /// Bytes that may be taken.
        have: u64,
    },
    /// The file is damaged, and only a part of its picture is there.
    #[error(
        "The file is {what}: {words}. Copy or download {file} again, or keep what is there with restore --damaged keep.",
        what = if damage.is_cut_off { "incomplete" } else { "damaged" },
        words = damage.in_words(), file = quoted(&damage.file)
    )]
    Damaged {
        /// Which part is missing.
        damage: Damage,
    },
    /// More pixels than this machine has memory for.
    #[error(
        "{file} says it is {width} × {height} px, which needs about {need} of memory, and {have} may be used. \
         Close other programs, allow more with --memory, or cut the picture into parts.",
        width = size.width, height = size.height, need = super::memory::words(*need),
        have = super::memory::left_in_words(*have),
        file = quoted(path)
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The size of the picture in px.
        size: Size,
        /// Bytes it takes to decode it.
        need: u64,
        /// Bytes that may be taken.
        have: u64,
    },
    /// The name to save under has no extension of a format that can be written.
    #[error("{file} has no extension of a format that can be written. Use one of {writable}.", writable = WRITABLE, file = quoted(path))]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The format cannot hold a picture of this size.
    #[error(
        "{file} cannot hold {width} × {height} px: {limit}. Save it as {instead}, or make it smaller.",
        width = size.width, height = size.height,
        file = quoted(path)
    )]
    FormatTooSmall {
        /// The file.
        path: PathBuf,
        /// The size of the picture in px.
        size: Size,
        /// What the format can hold.
        limit: String,
        /// A format that can hold more.
        instead: &'static str,
    },
    /// The file cannot be put into its folder.
    #[error("{file} cannot be written: {reason}. Choose another folder or name.", file = quoted(path))]
    NotWritable {
        /// The file.
        path: PathBuf,
        /// Why, as a part of a sentence.
        reason: String,
    },
    /// Not enough disk space.
    #[error(
        "Not enough disk space: about {need} needed, {free} free on the disk of {file}. Free some, or choose another folder.",
        need = super::memory::words(*need), free = super::memory::words(*free),
        file = quoted(path)
    )]
    NoRoom {
        /// The file.
        path: PathBuf,
        /// Estimated size of the file in bytes.
        need: u64,
        /// Free bytes on the disk.
        free: u64,
    },
    /// Its pixels ended before the last row.
    #[error("{file} was not finished, and nothing of it was kept.", file = quoted(path))]
    Unfinished {
        /// The file.
        path: PathBuf,
    },
    /// The encoder refused.
    #[error("{file} could not be encoded: {reason}. Choose another format.", file = quoted(path))]
    NotEncoded {
        /// The file.
        path: PathBuf,
        /// Why, as a part of a sentence.
        reason: String,
    },
}

impl PictureError {
    /// The file it is about.
    pub fn path(&self) -> &Path {
        use PictureError::*;
        match self {
            Damaged { damage } => &damage.file,
            Missing { path }
            | NotAFile { path, .. }
            | NotAllowed { path }
            | Unreadable { path, .. }
            | Empty { path }
            | NotAPicture { path }
            | Unsupported { path, .. }
            | Truncated { path }
            | Broken { path, .. }
            | TooLong { path, .. }
            | TooLarge { path, .. }
            | UnknownFormat { path }
            | FormatTooSmall { path, .. }
            | NotWritable { path, .. }
            | NoRoom { path, .. }
            | Unfinished { path }
            | NotEncoded { path, .. } => path,
        }
    }

    /// A failure to write, with the common reasons in plain words.
    pub(super) fn not_writable(path: impl Into<PathBuf>, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".into(),
            io::ErrorKind::FileTooLarge => "its disk, or what you may store, has no room for so large a file".into(),
            io::ErrorKind::PermissionDenied => "you may not write into its folder".into(),
            io::ErrorKind::ReadOnlyFilesystem => "its folder is read-only".into(),
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "its folder is a file".into(),
            io::ErrorKind::IsADirectory => "a folder has that name".into(),
            io::ErrorKind::InvalidFilename => "the name is not allowed there".into(),
            _ => error.to_string(),
        };
        Self::NotWritable { path: path.into(), reason }
    }
}
