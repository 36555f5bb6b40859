//! Tiles of a picture that is resized on a device.

use std::ops::Range;

use super::ResidentPicture;
use crate::pixels::{Planes, Rect, Size};

/// A tile of the input of a network for [`super::Task::Enlarge`]: luminance of the resized picture, within
/// [`super::INPUT_RANGE`], and the level.
#[derive(Debug, Clone, Copy)]
pub struct ResizedTile<'a> {
    /// The picture before it is resized.
    pub from: ResizedFrom<'a>,
    /// The tile's columns.
    pub columns: &'a Taps,
    /// The tile's rows.
    pub rows: &'a Taps,
    /// The level, the same everywhere.
    pub level: f32,
}

impl ResizedTile<'_> {
    /// Its size, in px.
    pub fn size(&self) -> Size {
        Size::new(self.columns.len(), self.rows.len())
    }
}

/// Where a picture is before it is resized.
#[derive(Debug, Clone, Copy)]
pub enum ResizedFrom<'a> {
    /// In main memory: 1 or 3 planes of this part of it.
    Uploaded(&'a Planes, Rect),
    /// In the device's memory.
    Resident(&'a ResidentPicture),
}

/// Columns or rows of a resized picture. Each is a weighted sum of as many columns or rows of the picture before.
#[derive(Debug, Clone, PartialEq)]
pub struct Taps {
    len: usize,
    places: Vec<usize>,
    weights: Vec<f32>,
}

impl Taps {
    /// These weighted sums: places in the picture, and their weights.
    pub fn new<Sum: IntoIterator<Item = (usize, f32)>>(sums: impl ExactSizeIterator<Item = Sum>) -> Self {
        let len = sums.len();
        let (places, weights) = sums.flatten().unzip();
        Self { len, places, weights }
    }

    /// Number of columns or rows.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Terms of each sum.
    pub fn terms(&self) -> usize {
        self.places.len() / self.len.max(1)
    }

    /// The range of the picture that they are computed from.
    pub fn reach(&self) -> Range<usize> {
        let (first, last) = (self.places.iter().min(), self.places.iter().max());
        first.copied().unwrap_or_default()..last.map_or(0, |last| last + 1)
    }

    /// The weights, sum by sum.
    pub fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// The places relative to the start of the part `part` of the picture, sum by sum; none if one is outside of it.
    pub fn places_in(&self, part: Range<usize>) -> Option<Vec<u32>> {
        let place = |at: &usize| part.contains(at).then_some(at - part.start)?.try_into().ok();
        self.places.iter().map(place).collect()
    }
}
