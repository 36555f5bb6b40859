//! Results at any strength without running the networks again. The same code computes the parts that are shown and the
//! rows that are saved.

use std::sync::Arc;

use super::{
    BlendWeights, MarkEdits, Mask, Recipe, WeightMap,
    image_source::{Enlarged, ImageSource, PhotoAlpha, PhotoColours},
    painting::Grid,
    plan,
};
use crate::{
    engine::Model,
    imaging::{Head, Metadata, Photo, Resizing, Rows},
    pixels::{Planes, Raster, Rect, Size},
};

/// Approximate size of a band that is blended at once, in bytes.
const BAND_BYTES: usize = 4 << 20;

/// The original photo at the size of the result: bicubically enlarged where the sizes differ. Not rounded.
pub struct BeforeImage<'a> {
    pixels: &'a Raster,
    size: Size,
    enlarging: Option<Resizing>,
}

impl<'a> BeforeImage<'a> {
    /// The original `pixels` for a result of `size` px.
    pub fn new(pixels: &'a Raster, size: Size) -> Self {
        let enlarging = (pixels.size() != size).then(|| Resizing::new(pixels.size(), size));
        Self { pixels, size, enlarging }
    }

    /// The colours of the part `rect`: 1 or 3 planes.
    pub fn colours(&self, rect: Rect) -> Planes {
        match &self.enlarging {
            Some(resizing) => Enlarged::new(&PhotoColours::unsearched(self.pixels), self.size, resizing).part(rect),
            None => self.pixels.colours_in(rect),
        }
    }

    /// The alpha plane of the part `rect`; none if the photo has none.
    pub fn alpha(&self, rect: Rect) -> Option<Planes> {
        let (alpha, Some(resizing)) = (PhotoAlpha(self.pixels), &self.enlarging) else {
            return self.pixels.alpha_in(rect);
        };
        let source = self.pixels.alpha_in(resizing.source_of(rect))?;
        // A constant plane stays exactly constant.
        let constant = source.data().first().copied().filter(|first| source.data().iter().all(|alpha| alpha == first));
        Some(match constant {
            Some(alpha) => Planes::filled(1, rect.size(), alpha),
            None => Enlarged::new(&alpha, self.size, resizing).part(rect),
        })
    }

    /// Blends the restored part `rect` in place. Its values are already rounded, so that the command line, which
    /// restores and blends in one pass, writes what the window shows, which stores the restored picture. Rounding twice
    /// changes a value by less than one level of its depth.
    pub fn blend_into(&self, restored: &mut Raster, rect: Rect, weights: &WeightMap) {
        if weights.is_all() {
            return;
        }
        let weights = weights.at(&Grid::of_part(rect, self.size, self.pixels.size()));
        if weights.is_all() {
            return;
        }
        let all = rect.size().rect();
        let blended = weights.blend(restored.colours_in(all), &self.colours(rect));
        restored.put(0, &blended, 0, 0);
        if let (Some(alpha), Some(before)) = (restored.alpha_in(all), self.alpha(rect)) {
            restored.put(restored.channels() - 1, &weights.blend(alpha, &before), 0, 0);
        }
    }
}

/// Blends the part `rect` of a result of `size` px in place, a few rows at a time. `buffer`: the raster that contains
/// the part, and the position of its top left corner in the result.
pub fn blend_in_place(
    photo: &Raster,
    size: Size,
    buffer: (&mut Raster, (usize, usize)),
    rect: Rect,
    weights: &WeightMap,
) {
    let (pixels, (left, top)) = buffer;
    let before = BeforeImage::new(photo, size);
    for band in bands(rect, pixels) {
        let place = band.relative_to(left, top);
        let mut part = pixels.crop(place);
        before.blend_into(&mut part, band, weights);
        pixels.paste(&part, place.x, place.y);
    }
}

/// Splits a part into bands of rows, from the top, of about [`BAND_BYTES`] each in the format of `pixels`.
fn bands(rect: Rect, pixels: &Raster) -> impl Iterator<Item = Rect> + use<> {
    let row = rect.width * pixels.channels() * pixels.depth().bytes();
    let height = (BAND_BYTES / row.max(1)).max(1);
    let bands = (rect.y..rect.bottom()).step_by(height);
    bands.map(move |y| Rect::new(rect.x, y, rect.width, height.min(rect.bottom() - y)))
}

/// A result at a chosen strength.
#[derive(Debug, Clone)]
pub struct Blended {
    /// The original photo.
    pub photo: Arc<Photo>,
    /// The restored picture, unblended.
    pub result: Arc<Photo>,
    /// Weights of the result in the blend.
    pub weights: WeightMap,
    /// The recipe of the blend, with the σ that was removed.
    pub recipe: Recipe,
    /// Where the recipe applies.
    pub mask: Mask,
    /// The marks by hand that were filled, or not.
    pub edits: MarkEdits,
    /// The networks that were used, if known and there were others.
    pub model: Option<Model>,
}

impl Blended {
    /// A result of unknown networks, without marks by hand.
    pub fn new(photo: Arc<Photo>, result: Arc<Photo>, weights: WeightMap, recipe: Recipe, mask: Mask) -> Self {
        Self { photo, result, weights, recipe, mask, edits: MarkEdits::default(), model: None }
    }

    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.result.size()
    }

    /// The part `rect`, which must lie inside the picture.
    pub fn part(&self, rect: Rect) -> Raster {
        let mut part = self.result.pixels.crop(rect);
        BeforeImage::new(&self.photo.pixels, self.size()).blend_into(&mut part, rect, &self.weights);
        part
    }

    /// All rows, from the top; blended on demand.
    pub fn rows(&self) -> impl Rows {
        let before = BeforeImage::new(&self.photo.pixels, self.size());
        let mut bands = bands(self.size().rect(), &self.result.pixels);
        move || {
            let band = bands.next()?;
            let mut rows = self.result.pixels.rows(band.y, band.bottom());
            before.blend_into(&mut rows, band, &self.weights);
            Some(rows)
        }
    }

    /// The picture without its pixels; the history names this strength.
    pub fn head(&self) -> Head {
        let done = Recipe { repair: self.edits.repeatable(self.recipe.repair), ..self.recipe };
        let history = plan::history(&done, &self.mask, self.model.unwrap_or_default());
        let metadata = Metadata { history, ..self.photo.metadata.clone() };
        Head { metadata, ..self.result.head() }
    }
}

/// A picture to show or to save.
#[derive(Debug, Clone)]
pub enum Rendition {
    /// A photo, unchanged.
    Photo(Arc<Photo>),
    /// A result at a chosen strength.
    Blended(Blended),
}

impl Rendition {
    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.base().size()
    }

    /// The photo itself, or the restored picture, unblended.
    pub fn base(&self) -> &Arc<Photo> {
        match self {
            Rendition::Photo(photo) => photo,
            Rendition::Blended(blended) => &blended.result,
        }
    }

    /// Whether both are the same picture (by identity) with the same weights.
    pub fn is(&self, other: &Rendition) -> bool {
        Arc::ptr_eq(self.base(), other.base()) && self.weights() == other.weights()
    }

    /// Weights of the restored picture in the blend.
    pub fn weights(&self) -> WeightMap {
        match self {
            Rendition::Photo(_) => BlendWeights::ALL.into(),
            Rendition::Blended(blended) => blended.weights.clone(),
        }
    }

    /// The recipe of the result; none for a photo.
    pub fn recipe(&self) -> Option<Recipe> {
        match self {
            Rendition::Photo(_) => None,
            Rendition::Blended(blended) => Some(blended.recipe),
        }
    }

    /// The networks that the result was made with, if known and there were others.
    pub fn model(&self) -> Option<Model> {
        match self {
            Rendition::Photo(_) => None,
            Rendition::Blended(blended) => blended.model,
        }
    }

    /// All rows, from the top.
    pub fn rows(&self) -> Box<dyn Rows + '_> {
        match self {
            Rendition::Photo(photo) => Box::new(photo.rows()),
            Rendition::Blended(blended) => Box::new(blended.rows()),
        }
    }

    /// The picture without its pixels.
    pub fn head(&self) -> Head {
        match self {
            Rendition::Photo(photo) => photo.head(),
            Rendition::Blended(blended) => blended.head(),
        }
    }
}
