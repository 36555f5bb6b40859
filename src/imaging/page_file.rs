//! A TIFF with several pages, written one after the other.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::{
    Format, Head, IfExists, PictureError, Rows, SaveOptions, SaveOutcome, SavedFile, check_space,
    encode::{self, EncodeFailure, WrittenPages},
    metadata::{MOVED_NOTE, has_maker_note},
    part_file::PartFile,
};

/// An unfinished TIFF, under a temporary name. Dropping it leaves nothing.
#[derive(Debug)]
pub struct PageFile {
    path: PathBuf,
    options: SaveOptions,
    part: PartFile,
    written: Option<WrittenPages>,
    /// Number of pages.
    count: usize,
}

impl PageFile {
    /// Creates one for the TIFF `path`; none if that exists and is to be skipped. Creates its folder if it is missing.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn create(path: &Path, options: SaveOptions) -> Result<Option<Self>, PictureError> {
        if options.if_exists == IfExists::Skip && path.symlink_metadata().is_ok() {
            return Ok(None);
        }
        let not_writable = |error: io::Error| PictureError::not_writable(path, &error);
        if path.is_dir() {
            return Err(not_writable(io::ErrorKind::IsADirectory.into()));
        }
        let part = PartFile::create(path, options.if_exists).map_err(not_writable)?;
        Ok(Some(Self { path: path.into(), options, part, written: None, count: 0 }))
    }

    /// The file that it becomes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How the pages are written.
    pub fn options(&self) -> &SaveOptions {
        &self.options
    }

    /// Checks that there is room for further pages of together `bytes`, the next of which is `head`.
    ///
    /// # Errors
    /// If the format can't store the page, the disk has less space, or the file would get too large.
    pub fn check(&self, head: &Head, bytes: u64) -> Result<(), PictureError> {
        let length = self.written.as_ref().map_or(0, |written| written.end);
        check_pages(&self.path, head, &self.options, length, bytes)
    }

    /// Appends a page. Returns sentences about what is not kept. After an error the file is to be dropped.
    ///
    /// # Errors
    /// If the page can't be stored or written, or its rows end too early.
    pub fn append(&mut self, head: &Head, rows: &mut dyn Rows) -> Result<Vec<String>, PictureError> {
        let failed = |failure: EncodeFailure| failure.of_file(&self.path);
        let (plan, mut notices) = encode::plan(head, Format::Tiff, &self.options).map_err(failed)?;
        if self.written.is_some() && plan.kept.exif.as_deref().is_some_and(has_maker_note) {
            notices.push(MOVED_NOTE.into());
        }
        let written = encode::append_page(&plan, rows, self.written.take(), self.part.file()).map_err(failed)?;
        self.written = Some(written);
        self.count += 1;
        Ok(notices.into_iter().map(|notice| page_notice(self.count, &notice)).collect())
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn finish(self) -> Result<SavedFile, PictureError> {
        let Self { path, part, .. } = self;
        let placed = part.place().map_err(|error| PictureError::not_writable(&path, &error))?;
        Ok(match placed {
            Some((path, notices)) => SavedFile { path, notices, outcome: SaveOutcome::Written },
            None => SavedFile { path, notices: Vec::new(), outcome: SaveOutcome::Skipped },
        })
    }
}

/// Checks in advance that pages of together `bytes` can be saved as the TIFF `path`, which has `length` bytes so far. `head`: the
/// first of them. Writes nothing.
///
/// # Errors
/// If the format can't store that page, the disk has less space, or the file would get too large.
pub fn check_pages(
    path: &Path,
    head: &Head,
    options: &SaveOptions,
    length: u64,
    bytes: u64,
) -> Result<(), PictureError> {
    check_space(path, head, options, bytes)?;
    let all = length.saturating_add(bytes);
    match Format::Tiff.max_bytes() {
        Some(most) if all > most => Err(PictureError::TooManyPages { path: path.into(), need: all }),
        _ => Ok(()),
    }
}

/// A sentence about a page. `page`: from 1.
pub fn page_notice(page: usize, sentence: &str) -> String {
    format!("Page {page}: {sentence}")
}
