//! The pages of a TIFF: the pictures in the chain of its directories, without reduced copies and masks (TIFF 6.0,
//! NewSubfileType).

use std::collections::HashSet;

use image::ImageResult;
use img_parts::Bytes;

use super::tags::TiffTags;
use crate::{
    imaging::{container::ifd::tag, decode::errors::broken},
    pixels::Size,
};

/// The pages of a file; at least one.
pub struct TiffPages {
    pages: Vec<Page>,
    has_reduced: bool,
    has_masks: bool,
}

struct Page {
    /// Position and bytes of the file's header that make it the first picture; none if its directory can't be read.
    as_first: Option<(usize, Vec<u8>)>,
    /// 0 × 0 if unknown.
    size: Size,
}

enum Subfile {
    Page,
    Reduced,
    Mask,
}

impl TiffPages {
    /// Finds them. A directory that can't be read counts as a page, the last one.
    ///
    /// # Errors
    /// If the first directory can't be read.
    pub fn find(bytes: Bytes) -> ImageResult<Self> {
        let length = bytes.len();
        let first = TiffTags::first(bytes)?;
        let only_reduced = Page::new(&first);
        let mut found = Self { pages: Vec::new(), has_reduced: false, has_masks: false };
        let (mut starts, mut directory_bytes) = (HashSet::new(), 0);
        let mut next = Ok(Some(first));
        while let Some(directory) = next.transpose() {
            if directory.as_ref().is_ok_and(|directory| !starts.insert(directory.start)) {
                break;
            }
            // Directories that overlap could be far longer, together, than their file.
            let Some(directory) = directory.ok().filter(|directory| {
                directory_bytes += directory.end - directory.start;
                directory_bytes <= length
            }) else {
                found.pages.push(Page { as_first: None, size: Size::new(0, 0) });
                break;
            };
            match subfile(&directory) {
                Subfile::Page => found.pages.push(Page::new(&directory)),
                Subfile::Reduced => found.has_reduced = true,
                Subfile::Mask => found.has_masks = true,
            }
            next = directory.next();
        }
        if found.pages.is_empty() {
            // The only picture may be marked as a copy of one in another file.
            found.has_reduced &= starts.len() > 1;
            found.pages.push(only_reduced);
        }
        Ok(found)
    }

    /// Their sizes in px, before they are turned upright; 0 × 0 if unknown.
    pub fn sizes(&self) -> Vec<Size> {
        self.pages.iter().map(|page| page.size).collect()
    }

    /// The position and bytes of the file's header that make a page its first picture. `page`: from 0.
    ///
    /// # Errors
    /// If there is no such page, or its directory can't be read.
    pub fn as_first(&self, page: usize) -> ImageResult<(usize, Vec<u8>)> {
        let page = self.pages.get(page).ok_or_else(|| broken("TIFF", "it has fewer pages"))?;
        page.as_first.clone().ok_or_else(|| broken("TIFF", "the directory of the page is invalid"))
    }

    /// Sentences about pictures that are no pages.
    pub fn notices(&self) -> Vec<String> {
        let reduced = self.has_reduced.then_some("Reduced copies of its pictures (thumbnails) are not kept.");
        let masks = self.has_masks.then_some("Masks of its pictures are not kept.");
        reduced.into_iter().chain(masks).map(str::to_owned).collect()
    }
}

impl Page {
    fn new(directory: &TiffTags) -> Self {
        let side =
            |tag| directory.number(tag).ok().flatten().and_then(|side| u32::try_from(side).ok()).unwrap_or(0) as usize;
        Self { as_first: Some(directory.as_first()), size: Size::new(side(tag::WIDTH), side(tag::HEIGHT)) }
    }
}

fn subfile(directory: &TiffTags) -> Subfile {
    let number = |tag| directory.number(tag).ok().flatten();
    let kind = number(tag::SUBFILE_TYPE).unwrap_or(0);
    // That of EXIF data, a JPEG, has no size.
    let is_thumbnail = number(tag::THUMBNAIL_OFFSET).is_some() && number(tag::WIDTH).is_none();
    if kind & 4 != 0 {
        Subfile::Mask
    } else if kind & 1 != 0 || number(tag::OLD_SUBFILE_TYPE) == Some(2) || is_thumbnail {
        Subfile::Reduced
    } else {
        Subfile::Page
    }
}
