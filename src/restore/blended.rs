//! A restoration at any strength, part by part and without another run: what is shown of it and what is
//! saved of it are made here, by the same steps.

use std::sync::Arc;

use super::{
    BlendWeights, Recipe,
    blend::blend,
    image_source::{Enlarged, ImageSource, PhotoAlpha, PhotoColours},
    plan,
};
use crate::{
    imaging::{Head, Metadata, Photo, Resizing, Rows},
    pixels::{Planes, Raster, Rect, Size},
};

/// About so many bytes of a picture are mixed at once.
const BAND_BYTES: usize = 4 << 20;

/// A photo at the size of its result, before anything is restored: bicubically enlarged where the sizes
/// differ. Not rounded.
pub struct BeforeImage<'a> {
    pixels: &'a Raster,
    size: Size,
    enlarging: Option<Resizing>,
}

impl<'a> BeforeImage<'a> {
    /// Of a photo's pixels, for a result of `size` px.
    pub fn of(pixels: &'a Raster, size: Size) -> Self {
        let enlarging = (pixels.size() != size).then(|| Resizing::new(pixels.size(), size));
        Self { pixels, size, enlarging }
    }

    /// The colours of the part `rect`: 1 or 3 planes.
    pub fn colours(&self, rect: Rect) -> Planes {
        match &self.enlarging {
            Some(resizing) => Enlarged::new(&PhotoColours::around(self.pixels), self.size, resizing).part(rect),
            None => self.pixels.colours_in(rect),
        }
    }

    /// The transparency of the part `rect`.
    pub fn alpha(&self, rect: Rect) -> Option<Planes> {
        let (alpha, Some(resizing)) = (PhotoAlpha(self.pixels), &self.enlarging) else {
            return self.pixels.alpha_in(rect);
        };
        let source = self.pixels.alpha_in(resizing.source_of(rect))?;
        // What is the same everywhere stays so to the last bit.
        let same = source.data().first().copied().filter(|first| source.data().iter().all(|alpha| alpha == first));
        Some(match same {
            Some(alpha) => Planes::filled(1, rect.size(), alpha),
            None => Enlarged::new(&alpha, self.size, resizing).part(rect),
        })
    }

    /// Takes the restored part `rect`, and leaves of it as much as `weights` says. It is taken as it was
    /// rounded: so the command line, which restores and mixes in one go, writes what the window, which keeps
    /// the restored picture, shows. Rounding twice moves a value by less than one level of its depth.
    pub fn blend_into(&self, restored: &mut Raster, rect: Rect, weights: BlendWeights) {
        if weights == BlendWeights::ALL {
            return;
        }
        let all = rect.size().rect();
        let mixed = blend(restored.colours_in(all), &self.colours(rect), weights);
        restored.put(0, &mixed, 0, 0);
        if let (Some(alpha), Some(before)) = (restored.alpha_in(all), self.alpha(rect)) {
            restored.put(restored.channels() - 1, &blend(alpha, &before, weights), 0, 0);
        }
    }
}

/// The part `rect` of a result, as a raster that holds it has it (its top left corner at `origin` of the
/// result): mixed in place, a few rows at a time.
pub fn blend_in_place(
    photo: &Raster,
    size: Size,
    held: (&mut Raster, (usize, usize)),
    rect: Rect,
    weights: BlendWeights,
) {
    let (pixels, (left, top)) = held;
    let before = BeforeImage::of(photo, size);
    for band in bands(rect, pixels) {
        let place = band.seen_from(left, top);
        let mut part = pixels.crop(place);
        before.blend_into(&mut part, band, weights);
        pixels.paste(&part, place.x, place.y);
    }
}

/// A part in bands of rows, from the top, about [`BAND_BYTES`] each as a raster like `pixels` holds them.
fn bands(rect: Rect, pixels: &Raster) -> impl Iterator<Item = Rect> + use<> {
    let row = rect.width * pixels.channels() * pixels.depth().bytes();
    let height = (BAND_BYTES / row.max(1)).max(1);
    let bands = (rect.y..rect.bottom()).step_by(height);
    bands.map(move |y| Rect::new(rect.x, y, rect.width, height.min(rect.bottom() - y)))
}

/// A restoration at a strength of choice.
#[derive(Debug, Clone)]
pub struct Blended {
    /// The photo as it came.
    pub photo: Arc<Photo>,
    /// The result as it was made.
    pub result: Arc<Photo>,
    /// What of it is mixed into the photo.
    pub weights: BlendWeights,
    /// What was done, with the σ that was taken out; at the strength that comes of the mixing.
    pub recipe: Recipe,
}

impl Blended {
    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.result.size()
    }

    /// The part `rect`, which must lie inside the picture.
    pub fn part(&self, rect: Rect) -> Raster {
        let mut part = self.result.pixels.crop(rect);
        BeforeImage::of(&self.photo.pixels, self.size()).blend_into(&mut part, rect, self.weights);
        part
    }

    /// All rows, from the top, made as they are asked for.
    pub fn rows(&self) -> impl Rows {
        let before = BeforeImage::of(&self.photo.pixels, self.size());
        let mut bands = bands(self.size().rect(), &self.result.pixels);
        move || {
            let band = bands.next()?;
            let mut rows = self.result.pixels.rows(band.y, band.bottom());
            before.blend_into(&mut rows, band, self.weights);
            Some(rows)
        }
    }

    /// All but its pixels; what was done names this strength.
    pub fn head(&self) -> Head {
        let metadata = Metadata { history: plan::history(&self.recipe), ..self.photo.metadata.clone() };
        Head { metadata, ..self.result.head() }
    }
}

/// What is shown and saved.
#[derive(Debug, Clone)]
pub enum Rendition {
    /// A photo as it is.
    Photo(Arc<Photo>),
    /// A restoration at a strength of choice.
    Blended(Blended),
}

impl Rendition {
    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.base().size()
    }

    /// The photo itself, or the restoration as it was made.
    pub fn base(&self) -> &Arc<Photo> {
        match self {
            Rendition::Photo(photo) => photo,
            Rendition::Blended(mixed) => &mixed.result,
        }
    }

    /// Whether both are of the same pixels.
    pub fn is(&self, other: &Rendition) -> bool {
        Arc::ptr_eq(self.base(), other.base()) && self.weights() == other.weights()
    }

    fn weights(&self) -> BlendWeights {
        match self {
            Rendition::Photo(_) => BlendWeights::ALL,
            Rendition::Blended(mixed) => mixed.weights,
        }
    }

    /// What was done; none when that is not known.
    pub fn recipe(&self) -> Option<Recipe> {
        match self {
            Rendition::Photo(_) => None,
            Rendition::Blended(mixed) => Some(mixed.recipe),
        }
    }

    /// All rows, from the top.
    pub fn rows(&self) -> Box<dyn Rows + '_> {
        match self {
            Rendition::Photo(photo) => Box::new(photo.rows()),
            Rendition::Blended(mixed) => Box::new(mixed.rows()),
        }
    }

    /// All but its pixels.
    pub fn head(&self) -> Head {
        match self {
            Rendition::Photo(photo) => photo.head(),
            Rendition::Blended(mixed) => mixed.head(),
        }
    }
}
