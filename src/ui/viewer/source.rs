//! The picture of a pyramid: a photo or result as it is saved, or its difference from the photo.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use super::texels;
use crate::{
    imaging::{Photo, ScreenColours},
    pixels::{self, Size},
    restore::{BlendWeights, Blended, Mask, Recipe, Rendition, WeightDifference},
};

/// Conversion of a photo's colours to the screen. The profile is read on first use, on the painting thread.
#[derive(Clone)]
pub struct Colours(Arc<(Arc<Photo>, OnceLock<Option<ScreenColours>>)>);

impl Colours {
    /// The conversion for a photo.
    pub fn of(photo: Arc<Photo>) -> Self {
        Self(Arc::new((photo, OnceLock::new())))
    }

    /// Converts RGBA texels (straight alpha, unchanged).
    pub fn convert(&self, texels: &mut [[u8; 4]]) {
        let (photo, colours) = &*self.0;
        if let Some(colours) = colours.get_or_init(|| ScreenColours::of(photo)) {
            colours.convert(texels);
        }
    }
}

/// The picture shown.
#[derive(Clone)]
pub enum Source {
    /// A photo or a result.
    Rendition(Rendition),
    /// The amplified difference of a result from its photo, in screen colours.
    Difference {
        /// The photo at the result's size.
        before: Blended,
        /// The result.
        after: Rendition,
        /// Amplification.
        gain: u8,
    },
}

impl Source {
    /// The difference of a result from its photo, amplified by `gain`.
    pub fn difference(photo: Arc<Photo>, result: Rendition, gain: u8) -> Self {
        let mut before = match &result {
            Rendition::Blended(blended) => blended.clone(),
            Rendition::Photo(full) => {
                let weights = BlendWeights::NONE.into();
                Blended::new(photo, full.clone(), weights, Recipe::default(), Mask::default())
            }
        };
        before.weights = BlendWeights::NONE.into();
        Self::Difference { before, after: result, gain }
    }

    /// The photo or result; of a difference, the result.
    pub fn rendition(&self) -> &Rendition {
        match self {
            Source::Rendition(rendition) | Source::Difference { after: rendition, .. } => rendition,
        }
    }

    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.rendition().size()
    }

    /// Whether both show the same result, a difference with the same amplification.
    pub fn is(&self, other: &Source) -> bool {
        self.rendition().is(other.rendition()) && self.gain() == other.gain()
    }

    fn gain(&self) -> Option<u8> {
        match self {
            Source::Rendition(_) => None,
            Source::Difference { gain, .. } => Some(*gain),
        }
    }

    /// The part that differs when `other`, of the same size, is shown instead, in px.
    pub fn changed_by(&self, other: &Source) -> pixels::Rect {
        let (size, all) = (self.size(), self.size().rect());
        if self.gain() != other.gain() {
            return all;
        }
        let (now, next) = (self.rendition(), other.rendition());
        let (Rendition::Blended(now), Rendition::Blended(next)) = (now, next) else { return all };
        if !Arc::ptr_eq(&now.result, &next.result) {
            return all;
        }
        let photo = now.photo.size();
        match now.weights.difference(&next.weights) {
            WeightDifference::Anywhere => all,
            WeightDifference::Nowhere => pixels::Rect::new(0, 0, 0, 0),
            WeightDifference::Within([[left, top], [right, bottom]]) => {
                let (across, down) = (size.width as f32 / photo.width as f32, size.height as f32 / photo.height as f32);
                // Conversions saturate at the left and the top.
                let (x, y) = ((left * across) as usize, (top * down) as usize);
                let (right, bottom) = ((right * across).ceil() as usize, (bottom * down).ceil() as usize);
                pixels::Rect::new(x, y, right.saturating_sub(x), bottom.saturating_sub(y)).intersection(all)
            }
        }
    }

    /// One texel per column and row of pixel ranges, averaged: sRGB and straight alpha. `cell`: pixels per texel side,
    /// about.
    pub fn texels(
        &self,
        colours: &Colours,
        columns: &[Range<usize>],
        rows: &[Range<usize>],
        cell: usize,
    ) -> Vec<[u8; 4]> {
        let shown = |rendition: &Rendition| {
            let mut texels = texels::texels(rendition, columns, rows, cell);
            colours.convert(&mut texels);
            texels
        };
        match self {
            Source::Rendition(rendition) => shown(rendition),
            Source::Difference { before, after, gain } => {
                difference(&shown(&Rendition::Blended(before.clone())), shown(after), *gain)
            }
        }
    }
}

/// The difference amplified by `gain`, with the alpha of `after`.
pub fn difference(before: &[[u8; 4]], mut after: Vec<[u8; 4]>, gain: u8) -> Vec<[u8; 4]> {
    for (after, before) in after.iter_mut().zip(before) {
        for channel in 0..3 {
            after[channel] = after[channel].abs_diff(before[channel]).saturating_mul(gain);
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        imaging::{Depth, Format, resize_bicubic},
        pixels::{Planes, Raster},
        restore::Scale,
    };

    const GAIN: u8 = 8;

    fn photo(planes: &Planes) -> Arc<Photo> {
        let pixels = Raster::from_planes(planes, None, Depth::Eight);
        Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() })
    }

    fn cells(side: usize, cell: usize) -> Vec<Range<usize>> {
        (0..side).step_by(cell).map(|at| at..(at + cell).min(side)).collect()
    }

    /// An enlarged photo does not differ from itself at any scale; one changed pixel differs at its position.
    #[test]
    fn a_difference_is_at_its_position_at_every_scale() {
        let size = Size::new(31, 22);
        let value = |index: usize| ((index * 37 + index * index * 11) % 101) as f32 / 100.0;
        let small = photo(&Planes::new(3, size, (0..3 * size.area()).map(value).collect()));
        for scale in [Scale::X1, Scale::X2, Scale::Percent(270), Scale::X4] {
            let large = scale.size_of(size);
            let mut enlarged = resize_bicubic(&small.colours(), large);
            enlarged.row_mut(1, 9)[12] = 0.0;
            let full = photo(&enlarged);
            let recipe = Recipe { scale, ..Recipe::default() };
            let source = Source::difference(
                small.clone(),
                Rendition::Blended(Blended::new(
                    small.clone(),
                    full.clone(),
                    BlendWeights::ALL.into(),
                    recipe,
                    Mask::default(),
                )),
                GAIN,
            );
            let texels = source.texels(&Colours::of(full), &cells(large.width, 1), &cells(large.height, 1), 1);
            for (at, texel) in texels.iter().enumerate() {
                let changed = at == 9 * large.width + 12;
                let most = texel[..3].iter().max().copied().unwrap_or_default();
                assert!(if changed { most > 16 } else { most <= GAIN }, "{scale:?}, {at}: {texel:?}");
            }
        }
    }

    #[test]
    fn a_difference_is_amplified_and_keeps_its_alpha() {
        let amplified = |gain| difference(&[[10, 20, 30, 255], [0; 4]], vec![[12, 17, 30, 128], [255, 1, 0, 7]], gain);
        assert_eq!(amplified(8), [[16, 24, 0, 128], [255, 8, 0, 7]]);
        assert_eq!(amplified(1), [[2, 3, 0, 128], [255, 1, 0, 7]]);
    }
}
