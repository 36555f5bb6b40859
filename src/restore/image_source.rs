//! Pictures that are read part by part, stored or computed on demand, so that no step needs a complete intermediate
//! picture.

use super::transparent_fill;
use crate::{
    imaging::Resizing,
    pixels::{Planes, Raster, Rect, Size},
};

/// A picture that is read part by part.
pub trait ImageSource: Sync {
    /// Width and height in px.
    fn size(&self) -> Size;
    /// Number of planes: 1 or 3; 2 or 6 for repair (see [`crate::engine::Task::Repair`]).
    fn channels(&self) -> usize;
    /// The part inside `rect`, which must lie inside the picture.
    fn part(&self, rect: Rect) -> Planes;
    /// Itself, if it is the output of an earlier step.
    fn buffered(&self) -> Option<&BufferedPart> {
        None
    }
    /// The picture that it is resized from, and how, if it is.
    fn resized(&self) -> Option<(&dyn ImageSource, &Resizing)> {
        None
    }
}

/// The colours of a photo. Fully transparent pixels are filled from visible ones within [`transparent_fill::REACH`].
pub struct PhotoColours<'a> {
    pixels: &'a Raster,
    has_transparent: bool,
}

impl<'a> PhotoColours<'a> {
    /// The colours of `pixels`; searches all of them for transparent ones.
    pub fn new(pixels: &'a Raster) -> Self {
        Self { pixels, has_transparent: transparent_fill::any(pixels) }
    }

    /// The same without the search, for reading a few parts.
    pub fn unsearched(pixels: &'a Raster) -> Self {
        Self { pixels, has_transparent: pixels.has_alpha() }
    }

    /// Whether there are transparent pixels to fill. Then a part depends on its surroundings.
    pub fn has_transparent(&self) -> bool {
        self.has_transparent
    }

    /// Resets the colours of transparent pixels in the restored part `rect` to the photo's.
    pub fn reset_transparent(&self, part: &mut Planes, rect: Rect) {
        if let Some(alpha) = self.pixels.alpha_in(rect).filter(|_| self.has_transparent) {
            transparent_fill::reset(part, &self.pixels.colours_in(rect), &alpha);
        }
    }
}

impl ImageSource for PhotoColours<'_> {
    fn size(&self) -> Size {
        self.pixels.size()
    }

    fn channels(&self) -> usize {
        self.pixels.colour_channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        if !self.has_transparent {
            return self.pixels.colours_in(rect);
        }
        let reach = rect.grown(transparent_fill::REACH, self.size());
        let Some(alpha) = self.pixels.alpha_in(reach) else { return self.pixels.colours_in(rect) };
        transparent_fill::filled(self.pixels.colours_in(reach), &alpha).crop(rect.relative_to(reach.x, reach.y))
    }
}

impl ImageSource for Planes {
    fn size(&self) -> Size {
        self.size()
    }

    fn channels(&self) -> usize {
        self.channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        self.crop(rect)
    }
}

/// The alpha channel of a photo.
pub struct PhotoAlpha<'a>(pub &'a Raster);

impl ImageSource for PhotoAlpha<'_> {
    fn size(&self) -> Size {
        self.0.size()
    }

    fn channels(&self) -> usize {
        1
    }

    fn part(&self, rect: Rect) -> Planes {
        self.0.alpha_in(rect).unwrap_or_else(|| Planes::filled(1, rect.size(), 1.0))
    }
}

/// One part of a picture, in memory; only this part can be read.
pub struct BufferedPart {
    planes: Planes,
    rect: Rect,
    picture: Size,
}

impl BufferedPart {
    /// A black part `rect` of a picture of size `picture`.
    pub fn blank(channels: usize, rect: Rect, picture: Size) -> Self {
        Self { planes: Planes::filled(channels, rect.size(), 0.0), rect, picture }
    }

    /// The part `rect` of a picture.
    pub fn of(source: &dyn ImageSource, rect: Rect) -> Self {
        Self { planes: source.part(rect), rect, picture: source.size() }
    }

    /// The part, in px of the picture.
    pub fn rect(&self) -> Rect {
        self.rect
    }

    /// Mean of all values in `rect`.
    pub fn mean(&self, rect: Rect) -> f32 {
        self.planes.mean(self.planes.channels(), rect.relative_to(self.rect.x, self.rect.y))
    }

    /// The part `rect` of the resized picture, which must depend on this part only.
    pub fn resized(&self, resizing: &Resizing, rect: Rect) -> Planes {
        resizing.part(&self.planes, self.rect, rect)
    }

    /// The part.
    pub fn planes(&self) -> &Planes {
        &self.planes
    }

    /// The part.
    pub fn into_planes(self) -> Planes {
        self.planes
    }

    /// Writes the part `rect`.
    pub fn put(&mut self, part: &Planes, rect: Rect) {
        self.planes.paste(part, rect.size().rect(), rect.x - self.rect.x, rect.y - self.rect.y);
    }
}

impl ImageSource for BufferedPart {
    fn size(&self) -> Size {
        self.picture
    }

    fn channels(&self) -> usize {
        self.planes.channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        self.planes.crop(rect.relative_to(self.rect.x, self.rect.y))
    }

    fn buffered(&self) -> Option<&BufferedPart> {
        Some(self)
    }
}

/// A picture with both sides even: odd ones repeat their last row or column.
pub struct Evened<'a>(pub &'a dyn ImageSource);

impl ImageSource for Evened<'_> {
    fn size(&self) -> Size {
        self.0.size().evened()
    }

    fn channels(&self) -> usize {
        self.0.channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        let inside = rect.intersection(self.0.size().rect());
        if inside == rect {
            return self.0.part(rect);
        }
        // At least one row and column of the picture, in case only the repeated ones are wanted.
        let (x, y) = (rect.x.min(self.0.size().width - 1), rect.y.min(self.0.size().height - 1));
        let known = self.0.part(Rect::new(x, y, inside.right().max(x + 1) - x, inside.bottom().max(y + 1) - y));
        let mut part = Planes::filled(known.channels(), rect.size(), 0.0);
        for channel in 0..known.channels() {
            for row in 0..rect.height {
                let from = known.row(channel, row.min(known.height() - 1));
                let to = part.row_mut(channel, row);
                to[..from.len()].copy_from_slice(from);
                to[from.len()..].fill(from[from.len() - 1]);
            }
        }
        part
    }
}

/// A picture, bicubically enlarged.
pub struct Enlarged<'a> {
    source: &'a dyn ImageSource,
    size: Size,
    resizing: &'a Resizing,
}

impl<'a> Enlarged<'a> {
    /// `resizing` must be from the size of `source` to `size`.
    pub fn new(source: &'a dyn ImageSource, size: Size, resizing: &'a Resizing) -> Self {
        Self { source, size, resizing }
    }
}

impl ImageSource for Enlarged<'_> {
    fn size(&self) -> Size {
        self.size
    }

    fn channels(&self) -> usize {
        self.source.channels()
    }

    fn part(&self, rect: Rect) -> Planes {
        let source = self.resizing.source_of(rect);
        self.resizing.part(&self.source.part(source), source, rect)
    }

    fn resized(&self) -> Option<(&dyn ImageSource, &Resizing)> {
        Some((self.source, self.resizing))
    }
}

/// The position within a length that stands for `at`, which may lie beyond it by 1.
pub fn reflected(at: usize, length: usize) -> usize {
    if at < length { at } else { (2 * length - 2).saturating_sub(at) }
}

/// The part `rect` of a picture that is padded by reflection at the right and the bottom (by up to 1 px, to a
/// multiple of a network's stride).
pub fn padded_part(picture: &dyn ImageSource, rect: Rect) -> Planes {
    let size = picture.size();
    let inside = rect.intersection(size.rect());
    if inside == rect {
        return picture.part(rect);
    }
    // Reflection needs the pixel before the last one, too.
    let (left, top) = (inside.x.min(size.width.saturating_sub(2)), inside.y.min(size.height.saturating_sub(2)));
    let wanted = Rect::new(left, top, inside.right() - left, inside.bottom() - top);
    let known = picture.part(wanted);
    let mut part = Planes::filled(picture.channels(), rect.size(), 0.0);
    for channel in 0..picture.channels() {
        for y in 0..rect.height {
            let row = known.row(channel, reflected(rect.y + y, size.height) - wanted.y);
            for (x, value) in part.row_mut(channel, y).iter_mut().enumerate() {
                *value = row[reflected(rect.x + x, size.width) - wanted.x];
            }
        }
    }
    part
}
