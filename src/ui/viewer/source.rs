//! What a pyramid shows: a picture as it is saved, or what it differs by from its photo. The one place
//! where the texels of its tiles come from.

use std::{
    ops::Range,
    sync::{Arc, OnceLock},
};

use super::texels;
use crate::{
    imaging::{Photo, ScreenColours},
    pixels::Size,
    restore::{BlendWeights, Blended, Recipe, Rendition, Scale},
};

/// How much a difference is amplified.
pub const AMPLIFICATION: u8 = 8;

/// The way of a photo's colours to the screen. Reading a profile takes a moment, so it is done by whoever
/// needs it first: a thread that paints.
#[derive(Clone)]
pub struct Colours(Arc<(Arc<Photo>, OnceLock<Option<ScreenColours>>)>);

impl Colours {
    /// Those of a photo.
    pub fn of(photo: Arc<Photo>) -> Self {
        Self(Arc::new((photo, OnceLock::new())))
    }

    /// Converts red, green, blue and alpha (not multiplied into them), which stays.
    pub fn convert(&self, texels: &mut [[u8; 4]]) {
        let (photo, colours) = &*self.0;
        if let Some(colours) = colours.get_or_init(|| ScreenColours::of(photo)) {
            colours.convert(texels);
        }
    }
}

/// What is shown.
#[derive(Clone)]
pub enum Source {
    /// A picture.
    Rendition(Rendition),
    /// What a result differs by from its photo, as the screen shows both, amplified.
    Difference {
        /// The photo, at the result's size.
        before: Blended,
        /// The result.
        after: Rendition,
    },
}

impl Source {
    /// What a result of a photo differs by.
    pub fn difference(photo: Arc<Photo>, result: Rendition) -> Self {
        let mut before = match &result {
            Rendition::Blended(mixed) => mixed.clone(),
            Rendition::Photo(full) => {
                let factor = full.size().width / photo.size().width.max(1);
                let scale = Scale::from_factor(factor).unwrap_or_default();
                let recipe = Recipe { scale, ..Recipe::default() };
                Blended { photo, result: full.clone(), weights: BlendWeights::NONE, recipe }
            }
        };
        before.weights = BlendWeights::NONE;
        Self::Difference { before, after: result }
    }

    /// The picture, or the result that differs.
    pub fn print(&self) -> &Rendition {
        match self {
            Source::Rendition(print) | Source::Difference { after: print, .. } => print,
        }
    }

    /// Width and height in px.
    pub fn size(&self) -> Size {
        self.print().size()
    }

    /// Whether both look the same.
    pub fn is(&self, other: &Source) -> bool {
        self.print().is(other.print())
    }

    /// Means over `columns` × `rows` of px, a texel for each of them: red, green, blue in sRGB, and alpha (not
    /// multiplied into them). `cell` is how many px wide and high a texel is, about.
    pub fn texels(
        &self,
        colours: &Colours,
        columns: &[Range<usize>],
        rows: &[Range<usize>],
        cell: usize,
    ) -> Vec<[u8; 4]> {
        let shown = |print: &Rendition| {
            let mut texels = texels::texels(print, columns, rows, cell);
            colours.convert(&mut texels);
            texels
        };
        match self {
            Source::Rendition(print) => shown(print),
            Source::Difference { before, after } => {
                difference(&shown(&Rendition::Blended(before.clone())), shown(after))
            }
        }
    }
}

/// What `after` differs by from `before`, amplified; with its own alpha.
pub fn difference(before: &[[u8; 4]], mut after: Vec<[u8; 4]>) -> Vec<[u8; 4]> {
    for (after, before) in after.iter_mut().zip(before) {
        for channel in 0..3 {
            after[channel] = after[channel].abs_diff(before[channel]).saturating_mul(AMPLIFICATION);
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
    };

    fn photo(planes: &Planes) -> Arc<Photo> {
        let pixels = Raster::from_planes(planes, None, Depth::Eight);
        Arc::new(Photo { pixels, format: Format::Png, metadata: Default::default() })
    }

    fn cells(side: usize, cell: usize) -> Vec<Range<usize>> {
        (0..side).step_by(cell).map(|at| at..(at + cell).min(side)).collect()
    }

    /// A result that is the enlarged photo itself differs by nothing, wherever it is enlarged to; one px
    /// that is changed is seen in its place.
    #[test]
    fn a_difference_is_where_it_is_at_every_scale() {
        let size = Size::new(31, 22);
        let value = |index: usize| ((index * 37 + index * index * 11) % 101) as f32 / 100.0;
        let small = photo(&Planes::new(3, size, (0..3 * size.area()).map(value).collect()));
        for scale in [Scale::X1, Scale::X2, Scale::X3, Scale::X4] {
            let large = size.times(scale.factor());
            let mut enlarged = resize_bicubic(&small.colours(), large);
            enlarged.row_mut(1, 9)[12] = 0.0;
            let full = photo(&enlarged);
            let recipe = Recipe { scale, ..Recipe::default() };
            let source = Source::difference(
                small.clone(),
                Rendition::Blended(Blended {
                    photo: small.clone(),
                    result: full.clone(),
                    weights: BlendWeights::ALL,
                    recipe,
                }),
            );
            let texels = source.texels(&Colours::of(full), &cells(large.width, 1), &cells(large.height, 1), 1);
            for (at, texel) in texels.iter().enumerate() {
                let changed = at == 9 * large.width + 12;
                let most = texel[..3].iter().max().copied().unwrap_or_default();
                assert!(if changed { most > 16 } else { most <= AMPLIFICATION }, "{scale:?}, {at}: {texel:?}");
            }
        }
    }

    #[test]
    fn a_difference_is_amplified_and_keeps_its_alpha() {
        let seen = difference(&[[10, 20, 30, 255], [0; 4]], vec![[12, 17, 30, 128], [255, 1, 0, 7]]);
        assert_eq!(seen, [[16, 24, 0, 128], [255, 8, 0, 7]]);
    }
}
