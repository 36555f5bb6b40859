//! Converts rows to the channels and depth of a file.

use super::{
    channels::Channels,
    plan::{EncodeFailure, EncodePlan},
};
use crate::{
    imaging::{Background, Depth, Rows},
    pixels::{Planes, Raster, Rect, Samples, Size},
};

/// The rows of a picture as bytes, in the order of [`Channels`] and in native byte order.
pub struct Lines<'a> {
    rows: &'a mut dyn Rows,
    channels: Channels,
    depth: Depth,
    background: Background,
    /// Number of remaining rows.
    left: usize,
    /// The current band, and how many of its rows were returned.
    band: Option<(Raster, usize)>,
}

impl<'a> Lines<'a> {
    /// The rows of the planned picture.
    pub fn new(rows: &'a mut dyn Rows, plan: &EncodePlan) -> Self {
        let &EncodePlan { channels, depth, background, height, .. } = plan;
        Self { rows, channels, depth, background, left: height as usize, band: None }
    }

    /// Whether the rest is no longer wanted.
    pub fn is_stopped(&self) -> bool {
        self.rows.is_stopped()
    }

    /// The next rows, at most `most` and at least one; none after the last.
    ///
    /// # Errors
    /// If they end too early.
    pub fn next(&mut self, most: usize) -> Result<Option<Vec<u8>>, EncodeFailure> {
        if self.left == 0 {
            return Ok(None);
        }
        let (band, done) = match self.band.take() {
            Some(band) => band,
            None => (self.rows.next().filter(|band| band.size().area() > 0).ok_or(EncodeFailure::Unfinished)?, 0),
        };
        let height = band.size().height;
        let end = (done + most.max(1)).min(height).min(done + self.left);
        let bytes = self.bytes_of(&band, Rect::new(0, done, band.size().width, end - done));
        self.left -= end - done;
        self.band = (end < height).then_some((band, end));
        Ok(Some(bytes))
    }

    /// All rows.
    ///
    /// # Errors
    /// If they end too early.
    pub fn all(&mut self) -> Result<Vec<u8>, EncodeFailure> {
        let mut all = Vec::new();
        while let Some(bytes) = self.next(usize::MAX)? {
            all.extend(bytes);
        }
        Ok(all)
    }

    /// The background, in one channel (its luminance) or three.
    fn background_of(&self, channels: usize) -> Vec<f32> {
        let colour = Planes::new(3, Size::new(1, 1), self.background.0.map(|value| f32::from(value) / 255.0).into());
        if channels == 1 { colour.luma().into_data() } else { colour.into_data() }
    }

    fn bytes_of(&self, band: &Raster, rect: Rect) -> Vec<u8> {
        if band.channels() == self.channels.count() && band.depth() == self.depth {
            let row = band.size().width * band.channels();
            return match band.samples() {
                Samples::Eight(data) => data[rect.y * row..rect.bottom() * row].to_vec(),
                _ => bytes(&band.rows(rect.y, rect.bottom())),
            };
        }
        let (mut colours, alpha) = (band.colours_in(rect), band.alpha_in(rect));
        if let Some(alpha) = alpha.as_ref().filter(|_| !self.channels.has_alpha()) {
            for (channel, below) in self.background_of(colours.channels()).into_iter().enumerate() {
                for (value, alpha) in colours.plane_mut(channel).iter_mut().zip(alpha.data()) {
                    *value = *value * alpha + below * (1.0 - alpha);
                }
            }
        }
        if colours.channels() < self.channels.colours() {
            colours = Planes::new(3, rect.size(), colours.data().repeat(3));
        }
        bytes(&Raster::from_planes(&colours, alpha.as_ref().filter(|_| self.channels.has_alpha()), self.depth))
    }
}

/// Samples in native byte order.
fn bytes(raster: &Raster) -> Vec<u8> {
    match raster.samples() {
        Samples::Eight(data) => data.clone(),
        Samples::Sixteen(data) => data.iter().flat_map(|value| value.to_ne_bytes()).collect(),
        Samples::Float(data) => data.iter().flat_map(|value| value.to_ne_bytes()).collect(),
    }
}
