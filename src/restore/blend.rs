//! Strength: the blend of the restored picture with the original.

use serde::{Deserialize, Serialize};

use crate::pixels::Planes;

/// How much of the restoration is applied, 0–1 each; 0 leaves the original (bicubically enlarged where the size
/// changes).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Strength {
    /// Factor for all changes.
    pub overall: f32,
    /// Further factor for changes of luminance: less keeps grain.
    pub luminance: f32,
    /// Further factor for changes of chroma: less keeps colour noise.
    pub colour: f32,
}

impl Strength {
    /// Only the restored picture.
    pub const FULL: Self = Self { overall: 1.0, luminance: 1.0, colour: 1.0 };

    /// The same strength for luminance and chroma.
    pub const fn of(overall: f32) -> Self {
        Self { overall, ..Self::FULL }
    }

    /// Weight of the restored luminance, 0–1. Also used for alpha, which is restored as a luminance.
    pub fn luminance_weight(self) -> f32 {
        (self.overall * self.luminance).clamp(0.0, 1.0)
    }

    /// Weight of the restored chroma, 0–1.
    pub fn colour_weight(self) -> f32 {
        (self.overall * self.colour).clamp(0.0, 1.0)
    }

    /// Blend weights for a picture restored at full strength.
    pub fn weights(self) -> BlendWeights {
        BlendWeights { luminance: self.luminance_weight(), colour: self.colour_weight() }
    }

    /// Blend weights for a picture that was saved at the strength `saved_at`; none if the restoration can't be recovered
    /// from it ([`Strength::is_invertible`]) and another strength is requested.
    pub fn weights_from(self, saved_at: Strength) -> Option<BlendWeights> {
        let weight = |wanted: f32, saved_at: f32| match wanted == saved_at {
            true => Some(1.0),
            false => (saved_at >= MIN_INVERTIBLE).then(|| wanted / saved_at),
        };
        let luminance = weight(self.luminance_weight(), saved_at.luminance_weight())?;
        Some(BlendWeights { luminance, colour: weight(self.colour_weight(), saved_at.colour_weight())? })
    }

    /// Whether the restoration can be recovered from a result of this strength, so that any other strength can be
    /// computed from it.
    pub fn is_invertible(self) -> bool {
        self.luminance_weight() >= MIN_INVERTIBLE && self.colour_weight() >= MIN_INVERTIBLE
    }

    /// The strength that takes effect on a photo, grey or not: a grey photo has no chroma.
    pub fn effective_for(self, grey: bool) -> Self {
        Self { colour: if grey { self.luminance } else { self.colour }, ..self }
    }

    /// Whether the result is the original.
    pub fn is_none(self) -> bool {
        self.luminance_weight() == 0.0 && self.colour_weight() == 0.0
    }

    /// Overall, luminance and colour in whole percent, 0–100.
    pub fn percents(self) -> [u8; 3] {
        [self.overall, self.luminance, self.colour].map(|factor| (factor.clamp(0.0, 1.0) * 100.0).round() as u8)
    }
}

impl Default for Strength {
    fn default() -> Self {
        Self::FULL
    }
}

/// Smallest weight from which a restoration is recovered: dividing by it turns rounding by half a level into one
/// level at most, and at most doubles the loss of a lossy file.
const MIN_INVERTIBLE: f32 = 0.5;

/// Weights of a result's luminance and chroma in a blend with the original: 0–1, and up to 2 if the result itself is a
/// blend and a higher strength is requested.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlendWeights {
    luminance: f32,
    colour: f32,
}

impl BlendWeights {
    /// Only the result.
    pub const ALL: Self = Self { luminance: 1.0, colour: 1.0 };
    /// Only the original.
    pub const NONE: Self = Self { luminance: 0.0, colour: 0.0 };

    /// The weights this share of the way to others, 0–1.
    pub fn towards(self, other: Self, share: f32) -> Self {
        let between = |from: f32, to: f32| match share {
            0.0 => from,
            1.0 => to,
            share => from + share * (to - from),
        };
        Self { luminance: between(self.luminance, other.luminance), colour: between(self.colour, other.colour) }
    }

    /// A blended value whose luminance and colour have the same weight.
    fn blend(self, restored: f32, before: f32) -> f32 {
        before + self.luminance * (restored - before)
    }

    /// A blended value. `lumas`: those of the restored pixel and of the original.
    fn blend_apart(self, restored: f32, before: f32, lumas: [f32; 2]) -> f32 {
        before + self.colour * (restored - before) + (self.luminance - self.colour) * (lumas[0] - lumas[1])
    }

    fn are_equal(self) -> bool {
        self.luminance == self.colour
    }
}

/// Blends a restored part with the original `before`, both of 1 (grey, or alpha) or 3 planes:
///
/// before + c·d + (l − c)·Y(d), with d = restored − before, l and c the weights of luminance and colour,
/// and Y the luma of BT.601: values are encoded ones, the enlarging network works on this luma, and JPEG stores it, so
/// it contains the grain of a camera's JPEG.
pub fn blend(mut restored: Planes, before: &Planes, weights: BlendWeights) -> Planes {
    if weights == BlendWeights::ALL {
        return restored;
    }
    if restored.channels() == 1 || weights.are_equal() {
        for (value, before) in restored.data_mut().iter_mut().zip(before.data()) {
            *value = weights.blend(*value, *before);
        }
        return restored;
    }
    // Luma is linear: that of the difference is the difference of the lumas.
    let (after, earlier) = (restored.luma(), before.luma());
    for channel in 0..restored.channels() {
        let places = restored.plane_mut(channel).iter_mut().zip(before.plane(channel));
        for ((value, before), (after, earlier)) in places.zip(after.data().iter().zip(earlier.data())) {
            *value = weights.blend_apart(*value, *before, [*after, *earlier]);
        }
    }
    restored
}

/// [`blend`] with weights that vary from pixel to pixel: those of `coverage`, a plane of the same size.
pub fn blend_varying(
    mut restored: Planes,
    before: &Planes,
    coverage: &Planes,
    weights: impl Fn(f32) -> BlendWeights,
) -> Planes {
    let (after, earlier) = (restored.luma(), before.luma());
    let channels = restored.channels();
    for channel in 0..channels {
        let places = restored.plane_mut(channel).iter_mut().zip(before.plane(channel));
        let lumas = after.data().iter().zip(earlier.data());
        for (((value, before), (after, earlier)), coverage) in places.zip(lumas).zip(coverage.data()) {
            let weights = weights(*coverage);
            *value = match weights {
                BlendWeights::ALL => *value,
                _ if channels == 1 || weights.are_equal() => weights.blend(*value, *before),
                _ => weights.blend_apart(*value, *before, [*after, *earlier]),
            };
        }
    }
    restored
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Size;

    fn planes(channels: usize, seed: u32) -> Planes {
        let mut state = seed;
        let size = Size::new(7, 5);
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 24) as f32
        };
        Planes::new(channels, size, (0..channels * size.area()).map(|_| next()).collect())
    }

    #[test]
    fn full_strength_is_the_result_and_none_is_the_original() {
        for channels in [1, 3] {
            let (before, after) = (planes(channels, 1), planes(channels, 2));
            assert_eq!(blend(after.clone(), &before, BlendWeights::ALL), after);
            for none in [Strength::of(0.0), Strength { luminance: 0.0, colour: 0.0, ..Strength::FULL }] {
                assert!(none.is_none());
                assert_eq!(blend(after.clone(), &before, none.weights()), before);
            }
        }
    }

    #[test]
    fn luminance_and_colour_are_independent() {
        let (before, after) = (planes(3, 3), planes(3, 4));
        let near = |a: &Planes, b: &Planes| a.data().iter().zip(b.data()).all(|(a, b)| (a - b).abs() < 1e-6);
        // Luminance alone: Y is the result's, chroma the original's.
        let light = blend(after.clone(), &before, Strength { colour: 0.0, ..Strength::FULL }.weights());
        assert!(near(&light.luma(), &after.luma()));
        for channel in 0..3 {
            for index in 0..35 {
                let chroma = |planes: &Planes| planes.plane(channel)[index] - planes.luma().data()[index];
                assert!((chroma(&light) - chroma(&before)).abs() < 1e-6);
            }
        }
        // Chroma alone: Y is the original's.
        let colour = blend(after.clone(), &before, Strength { luminance: 0.0, ..Strength::FULL }.weights());
        assert!(near(&colour.luma(), &before.luma()));
        assert!(!near(&colour, &before));
    }

    #[test]
    fn the_formula_holds_at_every_strength() {
        let (before, after) = (planes(3, 5), planes(3, 6));
        for (overall, luminance, colour) in [(0.3, 1.0, 1.0), (1.0, 0.25, 0.75), (0.5, 0.8, 0.1)] {
            let blended = blend(after.clone(), &before, Strength { overall, luminance, colour }.weights());
            for index in 0..35 {
                let d = [0, 1, 2].map(|channel| after.plane(channel)[index] - before.plane(channel)[index]);
                let y = 0.299 * d[0] + 0.587 * d[1] + 0.114 * d[2];
                let (l, c) = (overall * luminance, overall * colour);
                for (channel, d) in d.into_iter().enumerate() {
                    let expected = before.plane(channel)[index] + c * d + (l - c) * y;
                    assert!((blended.plane(channel)[index] - expected).abs() < 1e-6);
                }
            }
        }
    }

    #[test]
    fn another_strength_is_computed_from_a_blend() {
        let (before, after) = (planes(3, 9), planes(3, 10));
        let apart = |luminance, colour| Strength { luminance, colour, ..Strength::FULL };
        let strengths = [Strength::FULL, Strength::of(0.0), Strength::of(0.6), apart(0.5, 0.9), apart(0.7, 0.4)];
        assert_eq!(strengths.map(Strength::is_invertible), [true, false, true, true, false]);
        for saved_at in strengths.into_iter().filter(|saved_at| saved_at.is_invertible()) {
            let blended = blend(after.clone(), &before, saved_at.weights());
            for wanted in strengths {
                let again = blend(blended.clone(), &before, wanted.weights_from(saved_at).unwrap());
                let at_once = blend(after.clone(), &before, wanted.weights());
                let off = again.data().iter().zip(at_once.data()).map(|(a, b)| (a - b).abs());
                assert!(off.fold(0.0, f32::max) < 1e-5, "{saved_at:?} {wanted:?}");
            }
        }
        // A weak restoration is not recovered; its own strength needs no change.
        let faint = apart(1.0, 0.2);
        assert_eq!(Strength::FULL.weights_from(faint), None);
        assert_eq!(faint.weights_from(faint), Some(BlendWeights::ALL));
        assert_eq!(apart(0.5, 0.2).weights_from(faint), Some(BlendWeights { luminance: 0.5, colour: 1.0 }));
        // A grey photo has no chroma.
        assert!(!faint.effective_for(false).is_invertible() && faint.effective_for(true).is_invertible());
    }

    #[test]
    fn grey_depends_on_the_luminance_only() {
        let (before, after) = (planes(1, 7), planes(1, 8));
        let grey = |colour| blend(after.clone(), &before, Strength { overall: 0.5, luminance: 0.5, colour }.weights());
        assert_eq!(grey(0.0), grey(1.0));
        assert!((grey(0.0).data()[3] - (0.75 * before.data()[3] + 0.25 * after.data()[3])).abs() < 1e-6);
    }
}
