//! Where a restoration is applied: everywhere, in a painted area, or outside of it; and the weights of the blend that
//! follow from it.

use serde::{Deserialize, Serialize};

use super::{
    blend::{BlendWeights, Strength, blend, blend_varying},
    painting::{Coverage, Grid, Painting, Point},
};
use crate::pixels::Planes;

/// Where the strength applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Area {
    /// Everywhere.
    #[default]
    Everywhere,
    /// In the painted area.
    Painted,
    /// Everywhere except in the painted area.
    Unpainted,
}

impl Area {
    /// All, in the order of the window.
    pub const ALL: [Area; 3] = [Area::Everywhere, Area::Painted, Area::Unpainted];
}

/// Where a restoration is applied. Cheap to copy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Mask {
    /// Where the strength applies.
    pub area: Area,
    /// The painted area. Kept, without effect, with [`Area::Everywhere`].
    pub painting: Painting,
    /// Overall strength elsewhere, 0–1.
    pub elsewhere: f32,
}

impl Mask {
    /// Whether the strength applies everywhere.
    pub fn is_everywhere(&self) -> bool {
        self.area == Area::Everywhere
    }

    /// Whether the restoration can be recovered from a result of this strength: see [`Strength::is_invertible`].
    pub fn is_invertible(&self, strength: Strength) -> bool {
        self.is_everywhere() && strength.is_invertible()
    }

    /// The same without what has no effect.
    pub fn effective(&self) -> Self {
        if self.is_everywhere() { Self::default() } else { self.clone() }
    }

    /// The strength where `strength` does not apply.
    pub fn strength_elsewhere(&self, strength: Strength) -> Strength {
        Strength { overall: self.elsewhere, ..strength }
    }
}

/// Weights of a result in a blend with the original, which may vary over the picture.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightMap {
    /// Weights where nothing is painted.
    base: BlendWeights,
    /// The painted area, and the weights there.
    painted: Option<(Painting, BlendWeights)>,
}

impl From<BlendWeights> for WeightMap {
    fn from(base: BlendWeights) -> Self {
        Self { base, painted: None }
    }
}

impl WeightMap {
    /// The weights of a strength within a mask.
    pub fn new(strength: Strength, mask: &Mask) -> Self {
        Self::within(mask, strength.weights(), mask.strength_elsewhere(strength).weights())
    }

    /// Weights where a mask applies, and elsewhere.
    pub fn within(mask: &Mask, applied: BlendWeights, elsewhere: BlendWeights) -> Self {
        let (base, painted) = match mask.area {
            Area::Everywhere => return applied.into(),
            Area::Painted => (elsewhere, applied),
            Area::Unpainted => (applied, elsewhere),
        };
        let varies = !mask.painting.is_empty() && base != painted;
        Self { base, painted: varies.then(|| (mask.painting.clone(), painted)) }
    }

    /// Whether only the result is shown.
    pub fn is_all(&self) -> bool {
        self.painted.is_none() && self.base == BlendWeights::ALL
    }

    /// Whether only the original is shown.
    pub fn is_none(&self) -> bool {
        self.base == BlendWeights::NONE
            && self.painted.as_ref().is_none_or(|(_, weights)| *weights == BlendWeights::NONE)
    }

    /// The weights, if they are the same everywhere.
    pub fn uniform(&self) -> Option<BlendWeights> {
        self.painted.is_none().then_some(self.base)
    }

    /// The weights at the samples of a grid.
    pub fn at(&self, grid: &Grid) -> GridWeights {
        let Some((painting, painted)) = &self.painted else { return GridWeights::Uniform(self.base) };
        match painting.coverage(grid) {
            Coverage::Uniform(coverage) => GridWeights::Uniform(self.base.towards(*painted, coverage)),
            Coverage::Varying(coverage) => GridWeights::Varying { coverage, base: self.base, painted: *painted },
        }
    }

    /// Where the weights may differ from those of `other`.
    pub fn difference(&self, other: &Self) -> WeightDifference {
        match (&self.painted, &other.painted) {
            _ if self.base != other.base => WeightDifference::Anywhere,
            (Some((one, painted)), Some((other, of_other))) if painted == of_other => {
                one.difference(other).map_or(WeightDifference::Nowhere, WeightDifference::Within)
            }
            (Some((painting, _)), None) | (None, Some((painting, _))) => {
                painting.difference(&Painting::default()).map_or(WeightDifference::Nowhere, WeightDifference::Within)
            }
            (None, None) => WeightDifference::Nowhere,
            _ => WeightDifference::Anywhere,
        }
    }
}

/// Where two [`WeightMap`]s may differ.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum WeightDifference {
    /// Nowhere.
    Nowhere,
    /// Between these corners, in px of the photo.
    Within([Point; 2]),
    /// Anywhere.
    Anywhere,
}

/// Weights at the samples of a grid.
#[derive(Debug, Clone, PartialEq)]
pub enum GridWeights {
    /// The same everywhere.
    Uniform(BlendWeights),
    /// Between `base` where the coverage is 0, and `painted` where it is 1.
    Varying {
        /// One plane.
        coverage: Planes,
        /// Weights at 0.
        base: BlendWeights,
        /// Weights at 1.
        painted: BlendWeights,
    },
}

impl GridWeights {
    /// Whether only the result is shown.
    pub fn is_all(&self) -> bool {
        *self == Self::Uniform(BlendWeights::ALL)
    }

    /// Blends a restored part with the original `before`: see [`blend`].
    pub fn blend(&self, restored: Planes, before: &Planes) -> Planes {
        match self {
            Self::Uniform(weights) => blend(restored, before, *weights),
            Self::Varying { coverage, base, painted } => {
                blend_varying(restored, before, coverage, |coverage| base.towards(*painted, coverage))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        pixels::{Rect, Size},
        restore::painting::{Effect, Stroke},
    };

    const SIZE: Size = Size::new(40, 30);

    fn dot(x: f32, y: f32, radius: f32) -> Painting {
        Painting::from(vec![Stroke { points: vec![[x, y]], radius, feather: 0.5, effect: Effect::Add }])
    }

    fn planes(channels: usize, seed: u32) -> Planes {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        Planes::new(channels, SIZE, (0..channels * SIZE.area()).map(|_| next()).collect())
    }

    fn blended(strength: Strength, mask: &Mask, channels: usize) -> Planes {
        let grid = Grid::of_part(SIZE.rect(), SIZE, SIZE);
        WeightMap::new(strength, mask).at(&grid).blend(planes(channels, 1), &planes(channels, 2))
    }

    #[test]
    fn all_painted_is_the_strength_everywhere_and_nothing_painted_is_that_elsewhere() {
        let strengths = [Strength::FULL, Strength::of(0.6), Strength { luminance: 0.3, colour: 0.9, overall: 0.8 }];
        for (strength, channels) in strengths.into_iter().flat_map(|strength| [(strength, 1), (strength, 3)]) {
            let plain = |overall| blended(Strength { overall, ..strength }, &Mask::default(), channels);
            let (all, nothing) = (dot(20.0, 15.0, 900.0), Painting::default());
            for (area, painting, applied) in [
                (Area::Painted, &all, true),
                (Area::Painted, &nothing, false),
                (Area::Unpainted, &all, false),
                (Area::Unpainted, &nothing, true),
                (Area::Everywhere, &all, true),
            ] {
                let mask = Mask { area, painting: painting.clone(), elsewhere: 0.25 };
                let expected = if applied { plain(strength.overall) } else { plain(0.25) };
                assert_eq!(blended(strength, &mask, channels), expected, "{area:?}");
            }
        }
    }

    #[test]
    fn beyond_the_painted_area_the_original_is_exact_and_in_its_core_the_result() {
        for channels in [1, 3] {
            for strength in [Strength::FULL, Strength { colour: 0.4, ..Strength::FULL }] {
                let mask = Mask { area: Area::Painted, painting: dot(20.0, 15.0, 8.0), elsewhere: 0.0 };
                let shown = blended(strength, &mask, channels);
                let whole = blended(strength, &Mask::default(), channels);
                let before = planes(channels, 2);
                for (channel, at) in (0..channels).flat_map(|channel| (0..SIZE.area()).map(move |at| (channel, at))) {
                    let (x, y) = ((at % SIZE.width) as f32 + 0.5, (at / SIZE.width) as f32 + 0.5);
                    let distance = (x - 20.0).hypot(y - 15.0);
                    let value = shown.plane(channel)[at];
                    if distance > 8.0 {
                        assert_eq!(value, before.plane(channel)[at], "{x} {y}");
                    } else if distance < 4.0 {
                        assert_eq!(value, whole.plane(channel)[at], "{x} {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_same_weights_are_the_same_in_every_part() {
        let mask = Mask { area: Area::Unpainted, painting: dot(12.0, 9.0, 11.0), elsewhere: 0.3 };
        let strength = Strength { overall: 0.9, luminance: 0.5, colour: 1.0 };
        let (whole, map) = (blended(strength, &mask, 3), WeightMap::new(strength, &mask));
        for rect in [Rect::new(0, 0, 7, 30), Rect::new(7, 3, 33, 9), Rect::new(30, 20, 10, 10)] {
            let weights = map.at(&Grid::of_part(rect, SIZE, SIZE));
            let part = weights.blend(planes(3, 1).crop(rect), &planes(3, 2).crop(rect));
            assert_eq!(part, whole.crop(rect), "{rect:?}");
        }
    }

    #[test]
    fn weights_know_what_they_leave() {
        let mask = |area, painting: Painting, elsewhere| Mask { area, painting, elsewhere };
        let (some, none) = (dot(9.0, 9.0, 3.0), Painting::default());
        let of = |overall: f32, mask: &Mask| WeightMap::new(Strength::of(overall), mask);
        assert!(of(1.0, &Mask::default()).is_all() && of(0.0, &Mask::default()).is_none());
        assert!(of(1.0, &mask(Area::Painted, none, 0.0)).is_none());
        assert!(of(0.0, &mask(Area::Painted, some.clone(), 0.0)).is_none());
        assert!(!of(0.0, &mask(Area::Painted, some.clone(), 0.5)).is_none());
        assert!(of(1.0, &mask(Area::Painted, some.clone(), 1.0)).is_all());
        let map = of(1.0, &mask(Area::Painted, some.clone(), 0.0));
        assert!(!map.is_all() && map.uniform().is_none());
        assert_eq!(map.difference(&map), WeightDifference::Nowhere);
        assert_eq!(map.difference(&of(0.5, &mask(Area::Painted, some, 0.0))), WeightDifference::Anywhere);
        let other = of(1.0, &mask(Area::Painted, dot(19.0, 9.0, 3.0), 0.0));
        assert!(matches!(map.difference(&other), WeightDifference::Within(_)));
    }
}
