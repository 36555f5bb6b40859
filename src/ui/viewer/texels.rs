//! The texels of a picture: a photo, or a result at the selected strength. Reduced by averaging.

use std::ops::Range;

use egui::{Color32, ColorImage};

use crate::{
    pixels::{self, Planes, Raster},
    restore::{Grid, Rendition},
};

/// Maximum number of samples per texel along each axis.
const MAX_SAMPLES: usize = 4;

/// One texel per column and row of pixel ranges, averaged: RGB and straight alpha. `cell`: pixels per texel side, about.
pub fn texels(rendition: &Rendition, columns: &[Range<usize>], rows: &[Range<usize>], cell: usize) -> Vec<[u8; 4]> {
    let step = cell.div_ceil(MAX_SAMPLES);
    let blended = match rendition {
        Rendition::Blended(blended) if !blended.weights.is_all() => blended,
        _ => return Means::of(&rendition.base().pixels, columns, rows, step).bytes(),
    };
    let [photo, size] = [&blended.photo, &blended.result].map(|picture| picture.size());
    let factor = size.width.div_ceil(photo.width);
    let aligned = factor.is_power_of_two() && photo.times(factor) == size;
    if cell < factor || (!aligned && cell < 2 * factor) {
        // Texels smaller than a photo pixel, or across several: interpolated as when saving.
        let (across, down) = (hull(columns), hull(rows));
        let part = blended.part(pixels::Rect::new(across.start, down.start, across.len(), down.len()));
        let within = |ranges: &[Range<usize>], hull: Range<usize>| -> Vec<_> {
            ranges.iter().map(|range| range.start - hull.start..range.end - hull.start).collect()
        };
        return Means::of(&part, &within(columns, across), &within(rows, down), step).bytes();
    }
    // The mean of a blend is the blend of the means, if the weights vary little within a texel.
    let weights = blended.weights.at(&Grid::of_ranges(columns, rows, size, photo, cell));
    let in_photo = |ranges: &[Range<usize>], photo: usize, size: usize| -> Vec<_> {
        ranges.iter().map(|range| range.start * photo / size..(range.end * photo).div_ceil(size)).collect()
    };
    let full = Means::of(&blended.result.pixels, columns, rows, step);
    let (columns, rows) = (in_photo(columns, photo.width, size.width), in_photo(rows, photo.height, size.height));
    let step = (cell / factor).div_ceil(MAX_SAMPLES);
    let before = Means::of(&blended.photo.pixels, &columns, &rows, step);
    let alpha = full.alpha.zip(before.alpha).map(|(full, before)| weights.blend(full, &before));
    Means { colours: weights.blend(full.colours, &before.colours), alpha }.bytes()
}

/// The smallest range that contains all ranges.
fn hull(ranges: &[Range<usize>]) -> Range<usize> {
    let first = ranges.iter().map(|range| range.start).min().unwrap_or(0);
    first..ranges.iter().map(|range| range.end).max().unwrap_or(first)
}

/// Mean colours of texels (1 or 3 planes) and their alpha.
struct Means {
    colours: Planes,
    alpha: Option<Planes>,
}

impl Means {
    fn of(pixels: &Raster, columns: &[Range<usize>], rows: &[Range<usize>], step: usize) -> Self {
        let (colours, all) = (pixels.colour_channels(), pixels.channels());
        let means = |channels: Range<usize>| pixels.means(channels, columns, rows, step);
        Self { colours: means(0..colours), alpha: (colours < all).then(|| means(colours..all)) }
    }

    fn bytes(&self) -> Vec<[u8; 4]> {
        let last = self.colours.channels() - 1;
        let [red, green, blue] = [0, 1, 2].map(|channel| self.colours.plane(channel.min(last)));
        let alpha = |at: usize| self.alpha.as_ref().map_or(255, |alpha| byte(alpha.data()[at]));
        (0..red.len()).map(|at| [byte(red[at]), byte(green[at]), byte(blue[at]), alpha(at)]).collect()
    }
}

/// A value of 0–1 as a byte, clamped.
pub fn byte(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

/// An image from RGBA texels with straight alpha.
pub fn image(size: [usize; 2], texels: Vec<[u8; 4]>) -> ColorImage {
    let colour = |[r, g, b, a]: [u8; 4]| Color32::from_rgba_unmultiplied(r, g, b, a);
    ColorImage::new(size, texels.into_iter().map(colour).collect())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{
        imaging::{Depth, Format, Photo, Rows},
        pixels::Size,
        restore::{Area, Blended, Effect, Mask, Painting, Recipe, Scale, Strength, Stroke, WeightMap},
    };

    fn photo(size: Size, channels: usize, seed: usize) -> Arc<Photo> {
        let value = |index: usize| ((index * 37 + index * index * 11 + seed * 71) % 101) as f32 / 100.0;
        let planes = Planes::new(channels, size, (0..channels * size.area()).map(value).collect());
        let pixels = Raster::from_planes(&planes, None, Depth::Eight);
        Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() })
    }

    fn ones(from: usize, to: usize) -> Vec<Range<usize>> {
        (from..to).map(|at| at..at + 1).collect()
    }

    /// At level 0 every pixel on screen equals the saved one.
    #[test]
    fn what_is_shown_is_what_is_saved() {
        for (scale, channels) in [(Scale::X1, 3), (Scale::X2, 3), (Scale::X3, 1)] {
            let size = Size::new(40, 30);
            let (photo, full) = (photo(size, channels, 1), photo(scale.size_of(size), channels, 2));
            let stroke = Stroke { points: vec![[9.0, 7.0]], radius: 12.0, feather: 0.6, effect: Effect::Add };
            let painting = Painting::from(vec![stroke]);
            for strength in [Strength::of(0.0), Strength { luminance: 0.3, ..Strength::of(0.7) }, Strength::FULL] {
                let recipe = Recipe { scale, strength, ..Recipe::default() };
                let mask = Mask { area: Area::Painted, painting: painting.clone(), elsewhere: 0.2 };
                let weights = WeightMap::new(strength, &mask);
                let blended = Blended::new(photo.clone(), full.clone(), weights, recipe, mask);
                let mut rows = blended.rows();
                let saved: Vec<Raster> = std::iter::from_fn(|| rows.next()).collect();
                assert_eq!(saved.len(), 1);
                let (columns, rows) = (ones(5, 33), ones(4, 30));
                let shown = texels(&Rendition::Blended(blended.clone()), &columns, &rows, 1);
                for (at, texel) in shown.iter().enumerate() {
                    let (x, y) = (5 + at % columns.len(), 4 + at / columns.len());
                    for (channel, value) in texel[..channels].iter().enumerate() {
                        assert_eq!(*value, byte(saved[0].value(channel, x, y)), "{scale:?} {strength:?} ({x}, {y})");
                    }
                }
            }
        }
    }

    /// Reduced texels are nearly the means of the saved pixels.
    #[test]
    fn every_reduction_shows_the_same_strength() {
        let (size, scale) = (Size::new(64, 48), Scale::X2);
        let flat = |size: Size, value: f32| {
            let pixels = Raster::from_planes(&Planes::filled(3, size, value), None, Depth::Eight);
            Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() })
        };
        let (recipe, mask) = (Recipe { scale, ..Recipe::default() }, Mask::default());
        let weights = WeightMap::new(Strength::of(0.25), &mask);
        let (photo, result) = (flat(size, 0.2), flat(size.times(2), 0.6));
        let rendition = Rendition::Blended(Blended::new(photo, result, weights, recipe, mask));
        for level in 0..6 {
            let cell = 1 << level;
            let ranges = |side: usize| (0..side).step_by(cell).map(|at| at..(at + cell).min(side)).collect::<Vec<_>>();
            let texels = texels(&rendition, &ranges(128), &ranges(96), cell);
            assert_eq!(texels.len(), 128_usize.div_ceil(cell) * 96_usize.div_ceil(cell));
            assert!(texels.iter().all(|texel| texel[0].abs_diff(77) <= 1), "{cell}: {:?}", texels[0]);
        }
    }
}
