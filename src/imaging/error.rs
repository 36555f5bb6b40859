//! Errors of picture files, in sentences for users.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{Damage, quoted};
use crate::pixels::Size;

/// The formats that can be read, in words.
const READABLE: &str = "JPEG, PNG, TIFF, WebP, AVIF, HEIC, JPEG XL, JPEG 2000, BMP, GIF, PNM, QOI or TGA";
/// The extensions that can be written, in words.
const WRITABLE: &str = ".jpg, .png, .tif, .webp, .jxl, .avif or .bmp";

/// Why a picture could not be opened or saved. Each message names the file and what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// The file does not exist.
    #[error("There is no file {file}. Check the name and the folder.", file = quoted(path))]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// It is a folder, a pipe or a device.
    #[error("{file} is a {kind}, not a picture file. Choose a picture file.", file = quoted(path))]
    NotAFile {
        /// The file.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// No permission to read it.
    #[error("No permission to read {file}. Change its permissions, or copy it to one of your folders.", file = quoted(path))]
    NotAllowed {
        /// The file.
        path: PathBuf,
    },
    /// Reading the file failed.
    #[error("{file} could not be read: {source}. Check the disk or the network drive it is on.", file = quoted(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// The file has no bytes.
    #[error("{file} is empty (0 bytes). Copy it again from its source.", file = quoted(path))]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// The file has no known signature.
    #[error("{file} is not a picture that can be read. Choose a {readable} file.", readable = READABLE, file = quoted(path))]
    NotAPicture {
        /// The file.
        path: PathBuf,
    },
    /// The picture is of an unsupported kind.
    #[error("{file} is {kind}, which cannot be read yet. Export it as PNG, TIFF or JPEG and open that.", file = quoted(path))]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// The kind, as the end of a sentence.
        kind: String,
    },
    /// The file ends before the picture does.
    #[error("The file is incomplete: {file}. Copy or download it again.", file = quoted(path))]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// The file violates its format.
    #[error("{file} is damaged ({reason}). Copy or download it again.", file = quoted(path))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Why, as a part of a sentence.
        reason: String,
    },
    /// The file is larger than the memory limit.
    #[error(
        "{file} has {length}, and {have} of memory may be used. Close other programs, or allow more with --memory.",
        length = super::memory::format_bytes(*length), have = super::memory::format_left(*have), file = quoted(path)
    )]
    TooLong {
        /// The file.
        path: PathBuf,
        /// Size of the file, in bytes.
        length: u64,
        /// Memory that may be used, in bytes.
        have: u64,
    },
    /// The file is damaged, and only a part of its picture can be read.
    #[error(
        "The file is {what}: {words}. Copy or download {file} again, or use the readable part with restore --damaged keep.",
        what = if damage.is_cut_off { "incomplete" } else { "damaged" },
        words = damage.in_words(), file = quoted(&damage.file)
    )]
    Damaged {
        /// The damage.
        damage: Damage,
    },
    /// The picture needs more memory than the limit.
    #[error(
        "{file} has {width} × {height} px, which needs about {need} of memory, and {have} may be used. \
         Close other programs, allow more with --memory, or cut the picture into parts.",
        width = size.width, height = size.height, need = super::memory::format_bytes(*need),
        have = super::memory::format_left(*have),
        file = quoted(path)
    )]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The size of the picture in px.
        size: Size,
        /// Memory needed to decode it, in bytes.
        need: u64,
        /// Memory that may be used, in bytes.
        have: u64,
    },
    /// The extension is not that of a format that can be written.
    #[error("{file} has no extension of a format that can be written. Use one of {writable}.", writable = WRITABLE, file = quoted(path))]
    UnknownFormat {
        /// The file.
        path: PathBuf,
    },
    /// The format can't store a picture of this size.
    #[error(
        "{file} can't store {width} × {height} px: {limit}. Save it as {instead}, or make it smaller.",
        width = size.width, height = size.height,
        file = quoted(path)
    )]
    TooLargeForFormat {
        /// The file.
        path: PathBuf,
        /// The size of the picture in px.
        size: Size,
        /// The limit of the format.
        limit: String,
        /// A format with a larger limit.
        instead: &'static str,
    },
    /// The pages together are too large for a TIFF.
    #[error(
        "{file} can't hold all pages: they need about {need}, and a TIFF holds at most 4.3 GB. Choose a smaller scale, \
         or split the input.",
        need = super::memory::format_bytes(*need), file = quoted(path)
    )]
    TooManyPages {
        /// The file.
        path: PathBuf,
        /// Estimated size of the file, in bytes.
        need: u64,
    },
    /// The file can't be written to its folder.
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
        need = super::memory::format_bytes(*need), free = super::memory::format_bytes(*free),
        file = quoted(path)
    )]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// Estimated size of the file, in bytes.
        need: u64,
        /// Free space on the disk, in bytes.
        free: u64,
    },
    /// The pixels ended before the last row.
    #[error("{file} was not finished, and was removed.", file = quoted(path))]
    Unfinished {
        /// The file.
        path: PathBuf,
    },
    /// The encoder failed.
    #[error("{file} could not be encoded: {reason}. Choose another format.", file = quoted(path))]
    NotEncoded {
        /// The file.
        path: PathBuf,
        /// Why, as a part of a sentence.
        reason: String,
    },
}

impl PictureError {
    /// The file that the error is about.
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
            | TooLargeForFormat { path, .. }
            | TooManyPages { path, .. }
            | NotWritable { path, .. }
            | NoSpace { path, .. }
            | Unfinished { path }
            | NotEncoded { path, .. } => path,
        }
    }

    /// [`NotWritable`](Self::NotWritable), with common reasons in words.
    pub(super) fn not_writable(path: impl Into<PathBuf>, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "the disk is full".into(),
            io::ErrorKind::FileTooLarge => "its disk or your quota has no room for so large a file".into(),
            io::ErrorKind::PermissionDenied => "no permission to write to its folder".into(),
            io::ErrorKind::ReadOnlyFilesystem => "its folder is read-only".into(),
            io::ErrorKind::NotADirectory | io::ErrorKind::AlreadyExists => "its folder is a file".into(),
            io::ErrorKind::IsADirectory => "it is a folder".into(),
            io::ErrorKind::InvalidFilename => "the name is not allowed there".into(),
            _ => error.to_string(),
        };
        Self::NotWritable { path: path.into(), reason }
    }
}
